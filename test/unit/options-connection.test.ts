import { expect, it } from 'vitest';
import { EtcdClient, type EtcdClientOptions } from '../../src/index.js';
import { testCertificates } from '../support/certs.js';
import { thrownBy } from '../support/client.js';

const { authority, client, otherClient } = await testCertificates();
const https = 'https://a:1';
const cases: readonly (readonly [argument: string, options: Record<string, unknown>])[] = [
  ['endpoints', { endpoints: [] }],
  ['endpoints', { endpoints: '' }],
  ['endpoints', { endpoints: 'ftp://a' }],
  ['endpoints', { endpoints: 'dnssrv://' }],
  ['tls', { endpoints: ['http://a', 'unix:///b'], tls: {} }],
  ['tls.cert', { endpoints: https, tls: { cert: client.cert } }],
  ['tls.key', { endpoints: https, tls: { key: client.key } }],
  ['tls.cert', { endpoints: https, tls: { cert: client.cert, key: otherClient.key } }],
  ['tls.cert', { endpoints: https, tls: { cert: 'no PEM', key: client.key } }],
  ['tls.ca', { endpoints: https, tls: { ca: 'no PEM' } }],
  ['tls.ca', { endpoints: https, tls: { ca: 7 } }],
  ['tls.serverName', { endpoints: https, tls: { serverName: '' } }],
  ['tls.caFile', { endpoints: https, tls: { caFile: 'ca.pem' } }],
  ['auth', { auth: { username: 'a', password: 'b', token: 'c' } }],
  ['auth.password', { auth: { username: 'a' } }],
  ['auth.token', { auth: { token: '' } }],
  ['timeoutMs', { timeoutMs: -1 }],
  ['keepAlive.intervalMs', { keepAlive: { intervalMs: 1_000 } }],
  ['retry.maxAttempts', { retry: { maxAttempts: 0 } }],
  ['endpointSync.intervalSeconds', { endpointSync: { intervalSeconds: 0 } }],
  ['endpointSync.intervalMs', { endpointSync: { intervalMs: 5 } }],
  ['interceptors', { interceptors: [{}] }],
  ['metadata', { metadata: { 'grpc-timeout': '1' } }],
  ['metadata', { metadata: { token: '1' } }],
  ['metadata.x', { metadata: { x: 'line\nbreak' } }],
  ['serverVersion', { serverVersion: 'three' }],
  ['options.endpoint', { endpoint: 'a' }],
];

it.each(cases)('refuses a wrong %s at construction: %o', (argument, options) => {
  const given = { endpoints: 'a:1', ...options } as EtcdClientOptions;
  const error = thrownBy(() => new EtcdClient(given));
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-sent', argument });
  expect(error.message).toContain(argument);
});

it.each([
  { endpoints: 'a' },
  { endpoints: ['http://a', https], tls: { ca: authority.cert } },
  { endpoints: https, tls: { cert: client.cert, key: client.key } },
  { endpoints: https, tls: () => ({}) },
  { endpoints: 'dnssrv://example.com' },
  { endpoints: 'a', timeoutMs: 0, auth: undefined, tls: undefined, endpointSync: undefined },
])('takes what is right: %o', async (options) => {
  await new EtcdClient(options).close();
});
