// A user's program with OpenTelemetry, as an ES module: node telemetry.mjs <endpoint> <folder with the SDK>
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { EtcdClient } from 'etcd-kit';
import { EtcdKitInstrumentation } from 'etcd-kit/opentelemetry';
import { observed } from './telemetry-sdk.cjs';

const [, , endpoint, folder] = process.argv;
const path = createRequire(pathToFileURL(folder)).resolve('@opentelemetry/sdk-node');
const sdk = await import(pathToFileURL(path).href);
console.log(await observed(sdk.default, { EtcdClient, EtcdKitInstrumentation, endpoint }));
