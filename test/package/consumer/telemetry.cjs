// A user's program with OpenTelemetry, as CommonJS: node telemetry.cjs <endpoint> <folder with the SDK>
const { createRequire } = require('node:module');
const { EtcdClient } = require('etcd-kit');
const { EtcdKitInstrumentation } = require('etcd-kit/opentelemetry');
const { observed } = require('./telemetry-sdk.cjs');

const [, , endpoint, folder] = process.argv;
const sdk = createRequire(folder)('@opentelemetry/sdk-node');
observed(sdk, { EtcdClient, EtcdKitInstrumentation, endpoint }).then(console.log);
