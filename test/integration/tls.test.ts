import { expect, it } from 'vitest';
import { EtcdClient, type EtcdError, type TlsOptions } from '../../src/index.js';
import { freePorts } from '../../src/testing/server/free-ports.js';
import { type TestCertificates, testCertificates } from '../support/certs.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';

const certificates: TestCertificates = await testCertificates();
const { authority, client: identity, otherAuthority, otherClient } = certificates;
const ca = authority.cert;
const OTHER_NAMES = /does not match certificate's altnames/;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Puts until that fails with this in its message, as it does at first or soon: on a busy machine a call can
 * end before there was any answer, and a server that closes at once is not always understood.
 */
async function failureThatSays(client: EtcdClient, explanation: RegExp): Promise<EtcdError> {
  return until(async () => {
    const error = await failureOf(client.put('k', 'v'));
    if (!explanation.test(error.message)) throw error;
    return error;
  });
}

describeEtcd(
  'TLS',
  (etcd) => {
    const byName = (endpoint: string) => endpoint.replace('127.0.0.1', 'localhost');
    const reach = async (endpoint: string, tls: TlsOptions | undefined) => {
      await using client = new EtcdClient({ endpoints: endpoint, tls, timeoutMs: 10_000 });
      await client.put('k', 'v');
    };
    const refused = async (
      endpoint: string,
      tls: TlsOptions | undefined,
      explanation: RegExp,
    ): Promise<void> => {
      await using client = new EtcdClient({ endpoints: endpoint, tls, timeoutMs: 700 });
      const error = await failureThatSays(client, explanation);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
      expect(error.message).toContain(endpoint);
      expect(error.message).not.toMatch(/Resolution note|No connection established|routines/);
    };

    it('reaches a server by its address and by its name, with PEM as text and as bytes', async () => {
      const { endpoint } = await etcd.server();
      await reach(endpoint, { ca });
      await reach(endpoint, { ca: bytes(ca) });
      await reach(byName(endpoint), { ca });
      await reach(byName(endpoint).replace('https://', ''), { ca });
    });

    it('checks the certificate against the name it is told', async () => {
      const { endpoint } = await etcd.server();
      await reach(endpoint, { ca, serverName: 'localhost' });
      await reach(byName(endpoint), { ca, serverName: '127.0.0.1' });
      await refused(endpoint, { ca, serverName: 'etcd.example.com' }, OTHER_NAMES);
    });

    it('refuses a certificate for another address, and for another name', async () => {
      const addressed = await authority.issue({
        commonName: 'addressed',
        ipAddresses: ['127.0.0.1'],
      });
      const [port = 0] = await freePorts(1);
      const urls = `https://127.0.0.1:${port},https://127.0.0.2:${port}`;
      await using server = await etcd.start({
        port,
        flags: [
          ...['--cert-file', addressed.certFile, '--key-file', addressed.keyFile],
          ...['--listen-client-urls', urls],
        ],
      });
      await reach(server.endpoint, { ca });
      const elsewhere = server.endpoint.replace('127.0.0.1', '127.0.0.2');
      for (const endpoint of [elsewhere, byName(server.endpoint)]) {
        await refused(endpoint, { ca }, OTHER_NAMES);
        await reach(endpoint, { ca, serverName: '127.0.0.1' });
      }
    });

    it('refuses a server of another authority', async () => {
      const { endpoint } = await etcd.server();
      const hint = /tls\.ca does not contain the authority of the server/;
      await refused(endpoint, { ca: otherAuthority.cert }, hint);
      await refused(endpoint, undefined, hint);
    });

    it('fails calls at once when no endpoint has a certificate it accepts, whatever their time', async () => {
      const { endpoint } = await etcd.server();
      const endpoints = [endpoint, byName(endpoint)];
      const tls = { ca: otherAuthority.cert };
      await using client = new EtcdClient({ endpoints, tls, timeoutMs: 0 });
      for (const call of [() => client.get('k'), () => client.put('k', 'v')]) {
        const error = await failureOf(call());
        expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent', retryable: false });
        expect(error.message).toMatch(/^no endpoint can be used: /);
        for (const name of endpoints) expect(error.message).toContain(name);
      }
      const failed = failureOf(EtcdClient.connect({ endpoints, tls, timeoutMs: 0 }));
      expect((await failed).message).toContain('tls.ca does not contain the authority');
    });

    it('fails calls at once when one side speaks TLS and the other does not, whatever their time', async () => {
      const { endpoint } = await etcd.server();
      await using plain = await etcd.start({ tls: undefined });
      await using notTls = new EtcdClient({
        endpoints: plain.endpoint.replace('http', 'https'),
        tls: { ca },
        timeoutMs: 0,
      });
      await using notPlain = new EtcdClient({
        endpoints: endpoint.replace('https', 'http'),
        timeoutMs: 0,
      });
      const no = { code: 'UNAVAILABLE', outcome: 'not-sent', retryable: false };
      for (const [client, why] of [
        [notTls, /does not speak TLS on this port: use http:\/\//],
        [notPlain, /speaks TLS on this port: use https:\/\//],
      ] as const) {
        expect(await failureOf(client.get('k'))).toMatchObject(no);
        const error = await failureOf(client.put('k', 'v'));
        expect(error).toMatchObject(no);
        expect(error.message).toMatch(why);
        expect(error.message).toContain(client.endpoints[0]);
        const watcher = client.range('k').watch();
        expect(await failureOf(watcher.ready)).toMatchObject({ code: 'UNAVAILABLE' });
        expect((await failureOf(watcher.ready)).message).toMatch(why);
      }
    });

    it('waits behind a proxy that closes each connection until there is a server', async () => {
      const server = await etcd.server();
      await using proxy = await startProxy({ target: server.endpoint });
      await using client = clientOf(proxy, { tls: { ca }, timeoutMs: 30_000 });
      const put = client.put('k', 'v');
      for (let i = 0; i < 4; i++) await proxy.cutAfterBytes(1, 'toServer');
      await put;
    });

    it('reaches several endpoints of different names', async () => {
      const { endpoint } = await etcd.server();
      await using client = new EtcdClient({
        endpoints: [endpoint, byName(endpoint)],
        tls: { ca },
        batching: false,
      });
      const connected = new Set<string>();
      client.on('connected', (event) => connected.add(event.endpoint));
      while (connected.size < 2) await client.get('k');
      expect(connected).toEqual(new Set([endpoint, byName(endpoint)]));
    });
  },
  { tls: 'server' },
);

describeEtcd(
  'mutual TLS',
  (etcd) => {
    const own = { cert: identity.cert, key: identity.key };

    it('shows the server who the client is', async () => {
      await using client = clientOf(await etcd.server(), { tls: { ca, ...own } });
      await client.put('k', 'v');
    });

    it('says so when the server asks for a certificate and there is none', async () => {
      await using client = clientOf(await etcd.server(), { tls: { ca }, timeoutMs: 700 });
      const error = await failureThatSays(client, /see tls\.cert/);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
    });

    it('says so when the server does not trust the certificate', async () => {
      const stranger = { cert: otherClient.cert, key: otherClient.key };
      await using client = clientOf(await etcd.server(), {
        tls: { ca, ...stranger },
        timeoutMs: 700,
      });
      const distrust = /does not trust the client certificate|see tls\.cert/;
      const error = await failureThatSays(client, distrust);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
    });

    it('reads its certificates again for each new connection', async () => {
      const server = await etcd.server();
      await using proxy = await startProxy({ target: server.endpoint });
      let tls: TlsOptions = { ca, ...own };
      let read = 0;
      await using client = clientOf(proxy, {
        tls: async () => {
          read++;
          return tls;
        },
      });
      await client.put('k', '1');
      await client.put('k', '2');
      expect(read).toBe(1);
      // What the next connection would be refused with, until it is replaced.
      tls = { ca: otherAuthority.cert, ...own };
      const lost = new Promise((resolve) => client.once('disconnected', resolve));
      proxy.resetAll();
      await lost;
      expect((await failureOf(client.put('k', '3', { timeoutMs: 500 }))).outcome).toBe('not-sent');
      const renewed = await authority.issue({ commonName: 'client' });
      tls = { ca, cert: renewed.cert, key: renewed.key };
      await client.put('k', '3');
      expect(read).toBeGreaterThan(2);
    });

    it('says what is wrong with what a function returns', async () => {
      await using client = clientOf(await etcd.server(), {
        tls: () => ({ ca, cert: identity.cert }),
        timeoutMs: 300,
      });
      await failureThatSays(client, /give tls\.key as well/);
    });
  },
  { tls: 'mutual' },
);
