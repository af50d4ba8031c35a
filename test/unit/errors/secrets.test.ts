import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { codecs, EtcdClient, type EtcdClientOptions, EtcdError } from '../../../src/index.js';
import { decodeValue } from '../../../src/model/codec/index.js';
import { thrownBy } from '../../support/client.js';

const SECRET = 's3cr3t-Value';
const ENDPOINT = 'http://127.0.0.1:2379';
const SECURE = 'https://127.0.0.1:2379';
const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;

/** Every form in which an error may get into a log. */
function forms(error: unknown): readonly string[] {
  expect(error).toBeInstanceOf(EtcdError);
  const { message, stack, cause } = error as EtcdError;
  return [
    message,
    stack ?? '',
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: 9, showHidden: true }),
    inspect(cause, { depth: 9 }),
  ];
}

function expectNoSecret(error: unknown): void {
  for (const form of forms(error)) expect(form).not.toContain(SECRET);
}

describe('a mistake in the options of a client never shows a secret', () => {
  const auth = { username: 'root', password: SECRET };
  const mistakes: Readonly<Record<string, object>> = {
    'a header with the end of its line': { metadata: { authorization: `Bearer ${SECRET}\n` } },
    'a header with a character that is not ASCII': { metadata: { authorization: `${SECRET}ü` } },
    'a header that is no string': { metadata: { authorization: [SECRET] } },
    'a header as the name of one': { metadata: { [`Authorization: ${SECRET}`]: 'x' } },
    'headers as a text': { metadata: `authorization: ${SECRET}` },
    'headers as a map': { metadata: new Map([['authorization', SECRET]]) },
    'a password under another name': { auth: { username: 'root', pass: SECRET } },
    'a password under a wrong name that is near': { auth: { username: 'root', passwrod: SECRET } },
    'a text for auth': { auth: `root:${SECRET}` },
    'a list for auth': { auth: ['root', SECRET] },
    'a password beside the endpoints': { password: SECRET },
    'a token beside the endpoints': { token: SECRET },
    'a key beside the endpoints': { key: PEM },
    'a password and a token': { auth: { ...auth, token: SECRET } },
    'half of a surrogate pair in a password': {
      auth: { username: 'root', password: `${SECRET}\ud800` },
    },
    'half of a surrogate pair in a name': { auth: { ...auth, username: `${SECRET}\ud800` } },
    'a password that is an object': { auth: { username: 'root', password: { value: SECRET } } },
    'a token with a line break': { auth: { token: `${SECRET}\r\n` } },
    'a token of bytes': { auth: { token: Buffer.from(SECRET) } },
    'user and password in an endpoint': { endpoints: `http://root:${SECRET}@127.0.0.1:2379` },
    'a password alone in an endpoint': { endpoints: `http://:${SECRET}@127.0.0.1:2379` },
    'a token as the user of an endpoint': { endpoints: `https://${SECRET}@127.0.0.1` },
    'a password with a slash in an endpoint': { endpoints: `http://root:x/${SECRET}@127.0.0.1` },
    'a password with an @ in an endpoint': { endpoints: `http://root:x@${SECRET}@127.0.0.1` },
    'a password in an endpoint without a scheme': { endpoints: `root:${SECRET}@127.0.0.1:2379` },
    'a password in a comma list': { endpoints: `http://a:1,http://root:${SECRET}@b:2` },
    'a password in an unknown scheme': { endpoints: `etcd://root:${SECRET}@127.0.0.1` },
    'a password in an SRV endpoint': { endpoints: `dnssrv://root:${SECRET}@example.com` },
    'a token in a query': { endpoints: `${ENDPOINT}/?token=${SECRET}` },
    'a token in a fragment': { endpoints: `${ENDPOINT}/#${SECRET}` },
    'a password in the place of a port': { endpoints: `http://root:${SECRET}` },
    'a password with its @ escaped': { endpoints: `http://root:${SECRET}%40127.0.0.1:2379` },
    'a password behind an address': { endpoints: `${ENDPOINT} password=${SECRET}` },
    'a password behind a semicolon': { endpoints: `127.0.0.1:2379;password=${SECRET}` },
    'a connection string': { endpoints: `user=root;password=${SECRET};127.0.0.1:2379` },
    'a password in the address of a socket': { endpoints: `unix://root:${SECRET}@/run/etcd` },
    'a password in one of several, with TLS for none': {
      endpoints: [`http://root:${SECRET}@127.0.0.1`],
      tls: {},
    },
    'PEM for tls': { endpoints: SECURE, tls: PEM },
    'PEM under an unknown name': { endpoints: SECURE, tls: { privateKey: PEM } },
    'a passphrase': { endpoints: SECURE, tls: { passphrase: SECRET } },
    'a key for an authority': { endpoints: SECURE, tls: { ca: PEM } },
    'a key that is none': { endpoints: SECURE, tls: { cert: PEM, key: PEM } },
    'a key that looks like a path': { endpoints: SECURE, tls: { cert: SECRET, key: SECRET } },
    'a key in a list': { endpoints: SECURE, tls: { cert: PEM, key: [PEM] } },
    'a text for keepAlive': { keepAlive: SECRET },
    'a text for timeoutMs': { timeoutMs: SECRET },
  };

  it.each(Object.entries(mistakes))('%s', (_, options) => {
    const all = { endpoints: ENDPOINT, ...options } as EtcdClientOptions;
    expectNoSecret(thrownBy(() => new EtcdClient(all)));
  });

  it('nor does one in variables of the environment', () => {
    const environments = [
      { ETCDCTL_PASSWORD: SECRET },
      { ETCDCTL_USER: `:${SECRET}` },
      { ETCDCTL_USER: SECRET },
      { ETCDCTL_ENDPOINTS: `http://root:${SECRET}@127.0.0.1,` },
      { ETCDCTL_KEY: PEM },
      { ETCDCTL_CERT: PEM },
      { ETCDCTL_CACERT: PEM },
      { ETCDCTL_CACERT: SECRET },
      { ETCDCTL_CERT: '/nowhere/cert.pem', ETCDCTL_KEY: PEM },
    ];
    for (const variables of environments) {
      expectNoSecret(thrownBy(() => EtcdClient.optionsFromEnv(variables)));
    }
    const options = EtcdClient.optionsFromEnv({
      ETCDCTL_ENDPOINTS: `http://root:${SECRET}@127.0.0.1`,
    });
    expectNoSecret(thrownBy(() => new EtcdClient(options)));
  });
});

describe('a mistake in a call never shows a secret or a value', () => {
  const mistakes: Readonly<Record<string, (etcd: EtcdClient) => Promise<unknown>>> = {
    'a password that cannot be written': (etcd) => etcd.auth.users.add('a', `${SECRET}\ud800`),
    'a password in an object': (etcd) => etcd.auth.users.add('a', { password: SECRET } as never),
    'a password as the options': (etcd) => etcd.auth.users.add('a', 'pw', SECRET as never),
    'a password in the options': (etcd) =>
      etcd.auth.users.addWithoutPassword('a', { password: SECRET } as never),
    'a password of the wrong type in a raw call': (etcd) =>
      etcd.rpc.auth.authenticate({ name: 'a', password: [SECRET] as never }),
    'a password that a raw call cannot write': (etcd) =>
      etcd.rpc.auth.authenticate({ name: 'a', password: `${SECRET}\ud800` }),
    'a text for bytes in a raw call': (etcd) =>
      etcd.rpc.kv.put({ key: new Uint8Array([1]), value: SECRET as never }),
    'a value that its codec refuses': (etcd) => etcd.put('a', [SECRET] as never),
    'a value with half of a surrogate pair': (etcd) => etcd.put('a', `${SECRET}\ud800`),
    'a text for a view of bytes': (etcd) => etcd.as(codecs.bytes).put('a', SECRET as never),
    'a text for a lease': (etcd) => etcd.put('a', 'b', { lease: SECRET as never }),
    'a header of one call': (etcd) => etcd.get('a', { metadata: { authorization: `${SECRET}\n` } }),
    'an endpoint of one call': async (etcd) => etcd.maintenance.status(`http://me:${SECRET}@a:1`),
    'an object with a constructor of its own': (etcd) =>
      etcd.get(Object.create({ constructor: { name: SECRET } })),
    'a text for the URL of a peer': (etcd) => etcd.cluster.add(SECRET),
    'new endpoints': async (etcd) => etcd.setEndpoints([`http://me:${SECRET}@a:1`]),
  };

  it.each(Object.entries(mistakes))('%s', async (_, call) => {
    const etcd = new EtcdClient({ endpoints: ENDPOINT });
    try {
      expectNoSecret(await call(etcd).catch((error: unknown) => error));
    } finally {
      await etcd.close();
    }
  });

  it('stored text that is not JSON', () => {
    for (const codec of [codecs.json(), codecs.schema(anything)]) {
      const stored = new TextEncoder().encode(SECRET);
      const key = { key: 'a', keyBytes: Uint8Array.of(97) };
      expectNoSecret(thrownBy(() => decodeValue(codec, stored, key)));
    }
  });
});

const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;
