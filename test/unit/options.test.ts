import { describe, expect, it } from 'vitest';
import { EtcdClient, type EtcdClientOptions, InvalidArgumentError } from '../../src/index.js';
import { thrownBy } from '../support/client.js';

const ENDPOINT = 'http://127.0.0.1:2379';
const SECURE = 'https://127.0.0.1:2379';
const PEM = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n';

const refusal = (options: unknown): InvalidArgumentError => {
  const error = thrownBy(() => new EtcdClient(options as EtcdClientOptions));
  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect(error).toBeInstanceOf(TypeError);
  return error as InvalidArgumentError;
};

describe('the options of a client', () => {
  it.each([
    ['one endpoint', { endpoints: ENDPOINT }],
    ['several', { endpoints: [ENDPOINT, '127.0.0.1:2380'] }],
    ['a host and a port', { endpoints: 'localhost:2379' }],
    ['a socket', { endpoints: 'unix:///run/etcd.sock' }],
    ['TLS by its scheme', { endpoints: SECURE }],
    ['TLS with an authority', { endpoints: SECURE, tls: { ca: PEM } }],
    ['TLS that is read anew', { endpoints: SECURE, tls: () => ({ ca: PEM }) }],
    ['a user', { endpoints: ENDPOINT, auth: { username: 'u', password: 'p' } }],
    ['a token', { endpoints: ENDPOINT, auth: { token: 't' } }],
    ['a function for tokens', { endpoints: ENDPOINT, auth: { token: async () => 't' } }],
    ['a namespace of bytes', { endpoints: ENDPOINT, namespace: Uint8Array.of(0xff) }],
    ['no deadline', { endpoints: ENDPOINT, timeoutMs: 0 }],
    ['a time to connect', { endpoints: ENDPOINT, connectTimeoutMs: 500 }],
    ['idle connections in use', { endpoints: ENDPOINT, keepAlive: { whileIdle: true } }],
    ['a limit of answers', { endpoints: ENDPOINT, maxReceiveBytes: 4 * 1024 * 1024 }],
    ['a name on plain connections', { endpoints: [ENDPOINT, SECURE], authority: 'etcd.test:2379' }],
    ['no patience', { endpoints: ENDPOINT, waitForReady: false }],
    [
      'undefined everywhere',
      {
        endpoints: ENDPOINT,
        tls: undefined,
        auth: undefined,
        namespace: undefined,
        timeoutMs: undefined,
        retry: undefined,
        keepAlive: undefined,
        connectTimeoutMs: undefined,
        waitForReady: undefined,
        maxReceiveBytes: undefined,
        authority: undefined,
        requireLeader: undefined,
        metadata: undefined,
        serverVersion: undefined,
      },
    ],
  ] satisfies readonly [string, EtcdClientOptions][])('may be %s', async (_, options) => {
    const client = new EtcdClient(options);
    await client.close();
  });

  it.each([
    ['no options', undefined, 'options'],
    ['no object', 'http://127.0.0.1:2379', 'options'],
    ['no endpoints', {}, 'endpoints'],
    ['an empty list', { endpoints: [] }, 'endpoints'],
    ['an empty endpoint', { endpoints: '' }, 'endpoints'],
    ['an endpoint that is no text', { endpoints: [2379] }, 'endpoints'],
    ['an unknown scheme', { endpoints: 'ftp://127.0.0.1:2379' }, 'ftp'],
    ['a port that is none', { endpoints: 'http://127.0.0.1:port' }, 'port'],
    ['a host that no host is called', { endpoints: 'http://\ud800:2379' }, 'endpoints'],
    [
      'half a character in a name',
      { endpoints: ENDPOINT, auth: { username: '\ud800', password: 'p' } },
      'auth.username',
    ],
    [
      'half a character in a password',
      { endpoints: ENDPOINT, auth: { username: 'u', password: '\ud800' } },
      'auth.password',
    ],
    [
      'a token with the end of its line',
      { endpoints: ENDPOINT, auth: { token: 't\n' } },
      'auth.token',
    ],
    ['an unknown option', { endpoints: ENDPOINT, endpoint: ENDPOINT }, 'endpoint'],
    ['TLS for what is not encrypted', { endpoints: ENDPOINT, tls: { ca: PEM } }, 'tls'],
    ['a certificate without its key', { endpoints: SECURE, tls: { cert: PEM } }, 'key'],
    ['a key without its certificate', { endpoints: SECURE, tls: { key: PEM } }, 'cert'],
    ['an unknown option of TLS', { endpoints: SECURE, tls: { caFile: 'ca.pem' } }, 'caFile'],
    [
      'a password and a token',
      { endpoints: ENDPOINT, auth: { username: 'u', password: 'p', token: 't' } },
      'auth',
    ],
    ['a user without a password', { endpoints: ENDPOINT, auth: { username: 'u' } }, 'password'],
    ['a password without a user', { endpoints: ENDPOINT, auth: { password: 'p' } }, 'username'],
    ['an empty token', { endpoints: ENDPOINT, auth: { token: '' } }, 'token'],
    ['a negative deadline', { endpoints: ENDPOINT, timeoutMs: -1 }, 'timeoutMs'],
    ['a deadline that is no number', { endpoints: ENDPOINT, timeoutMs: '5s' }, 'timeoutMs'],
    ['no attempts', { endpoints: ENDPOINT, retry: { maxAttempts: 0 } }, 'retry.maxAttempts'],
    [
      'a negative pause',
      { endpoints: ENDPOINT, retry: { maxBackoffMs: -1 } },
      'retry.maxBackoffMs',
    ],
    ['an unknown option of retry', { endpoints: ENDPOINT, retry: { tries: 3 } }, 'retry.tries'],
    ['pings too often', { endpoints: ENDPOINT, keepAlive: { intervalMs: 100 } }, 'intervalMs'],
    ['pings without patience', { endpoints: ENDPOINT, keepAlive: { timeoutMs: 0 } }, 'timeoutMs'],
    ['no time to connect', { endpoints: ENDPOINT, connectTimeoutMs: 0 }, 'connectTimeoutMs'],
    ['a time that is no number', { endpoints: ENDPOINT, connectTimeoutMs: '1s' }, 'connectTimeout'],
    ['idle as a number', { endpoints: ENDPOINT, keepAlive: { whileIdle: 1 } }, 'whileIdle'],
    ['patience as a word', { endpoints: ENDPOINT, waitForReady: 'no' }, 'waitForReady'],
    ['answers of no bytes', { endpoints: ENDPOINT, maxReceiveBytes: 0 }, 'maxReceiveBytes'],
    ['answers of half a byte', { endpoints: ENDPOINT, maxReceiveBytes: 0.5 }, 'maxReceiveBytes'],
    ['a URL for a name', { endpoints: ENDPOINT, authority: 'http://u:pw@a' }, '"http://***@a"'],
    ['a name where TLS has one', { endpoints: SECURE, authority: 'etcd.test' }, 'tls.serverName'],
    ['a leader that is no switch', { endpoints: ENDPOINT, requireLeader: 1 }, 'requireLeader'],
    ['a version that is none', { endpoints: ENDPOINT, serverVersion: '3.5' }, 'serverVersion'],
    ['a namespace that is none', { endpoints: ENDPOINT, namespace: 5 }, 'namespace'],
  ])('cannot be %s, and say so', (_, options, named) => {
    expect(refusal(options).message).toContain(named);
  });

  it.each([
    ['hosts', { hosts: ENDPOINT }, 'did you mean endpoints?'],
    ['timeout', { endpoints: ENDPOINT, timeout: 5_000 }, 'did you mean timeoutMs?'],
    ['a top-level ca', { endpoints: ENDPOINT, ca: 'c' }, 'did you mean tls?'],
    ['prefix', { endpoints: ENDPOINT, prefix: 'app/' }, 'did you mean namespace?'],
    ['a typing error', { endpoints: ENDPOINT, namspace: 'app/' }, 'did you mean namespace?'],
    ['a comma list', { endpoints: 'http://a:1,http://b:2' }, 'several endpoints are an array'],
    ['a comma list of hosts', { endpoints: 'a:1,b:2' }, 'several endpoints are an array'],
    ['a path', { endpoints: `${ENDPOINT}/v3` }, 'the path /v3 has no meaning here: leave it out'],
    ['user info', { endpoints: 'http://root:pw@a:1' }, 'use the option auth'],
    ['a path for PEM', { endpoints: SECURE, tls: { ca: '/etc/ssl/ca.pem' } }, 'readFileSync(path)'],
    ['TLS as a switch', { endpoints: SECURE, tls: true }, 'or tls: {}'],
    [
      'certificates unchecked',
      { endpoints: SECURE, tls: { rejectUnauthorized: false } },
      'tls.rejectUnauthorized: got false; no such option: certificates are always checked',
    ],
    ['a user beside endpoints', { endpoints: ENDPOINT, username: 'u' }, 'did you mean auth?'],
    ['metadata as a map', { endpoints: ENDPOINT, metadata: new Map() }, 'an instance of Map'],
  ])('say what to do about %s', (_, options, wayOut) => {
    expect(refusal(options).message).toContain(wayOut);
  });
});
