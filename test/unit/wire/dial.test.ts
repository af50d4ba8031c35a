import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../../src/internal/deferred.js';
import { parseAddress } from '../../../src/transport/channel/address.js';
import type { RawStatus } from '../../../src/transport/channel/channel.js';
import { openDirectChannel } from '../../../src/transport/channel/direct-channel.js';
import type { Link } from '../../../src/wire/dial.js';
import { type DialContext, dial } from '../../../src/wire/dial.js';
import type { Place } from '../../../src/wire/place.js';
import { testCertificates } from '../../support/certs.js';
import { ManualClock } from '../../support/manual-clock.js';

let ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** Listens on a loopback port; the test ends it, and what is connected to it. */
async function listening(server: Server, at: { path?: string } = {}): Promise<number> {
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {});
  });
  if (at.path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(at.path);
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return at.path === undefined ? (server.address() as AddressInfo).port : 0;
}

/** A server that answers each call with nothing but a good status. */
function grpcServer(): Server {
  const server = createHttp2Server();
  server.on('stream', (stream) => {
    stream.respond({ 'content-type': 'application/grpc', 'grpc-status': '5' }, { endStream: true });
  });
  return server as unknown as Server;
}

/** Makes one call without a deadline; whatever ends it is there at once. */
async function callOver(endpoint: string, ca?: string): Promise<RawStatus> {
  const tls = ca === undefined ? {} : { tls: { ca } };
  const channel = await openDirectChannel(parseAddress(endpoint, false), tls);
  ends.push(async () => channel.destroy());
  return new Promise((resolve) => {
    channel.unary('/s/m', {}, Infinity, new Uint8Array(), (status) => resolve(status));
  });
}

const ANSWERED = { code: 5, details: '' };

describe('a connection', () => {
  it('goes over a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-dial-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'socket');
    await listening(grpcServer(), { path });
    expect(await callOver(`unix://${path}`)).toEqual(ANSWERED);
    expect((await callOver(`unix://${path}-not`)).details).toMatch(
      /^No connection established. Last error: connect ENOENT/,
    );
  });

  it('tries each address of a name, and names the failure of each', async () => {
    const port = await listening(grpcServer());
    const addresses = ['127.0.0.8', '127.0.0.9', '127.0.0.1'];
    const lookup = vi.spyOn(dns, 'lookup');
    lookup.mockImplementation(((_host: string, _options: unknown, found: Found) => {
      found(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    }) as unknown as typeof dns.lookup);
    expect(await callOver(`http://etcd.test:${port}`)).toEqual(ANSWERED);
    addresses.pop();
    const { details } = await callOver(`http://etcd.test:${port}`);
    expect(details).toContain(`127.0.0.8:${port}, connect ECONNREFUSED 127.0.0.9:${port}`);
  });
});

type Found = (error: null, addresses: readonly { address: string; family: number }[]) => void;

describe('a server of TLS without HTTP/2 is told of at once', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['that knows no ALPN', undefined],
    ['that has HTTP/1 alone', ['http/1.1']],
  ])('%s', async (_, protocols) => {
    const { authority, server: identity } = await testCertificates();
    const { cert, key } = identity;
    const options = protocols === undefined ? {} : { ALPNProtocols: [...protocols] };
    const server = createTlsServer({ cert, key, ...options });
    server.on('tlsClientError', () => {});
    const port = await listening(server);
    const { details } = await callOver(`https://127.0.0.1:${port}`, authority.cert);
    expect(details).toContain('the server does not speak HTTP/2');
  });
});

describe('a socket', () => {
  /** Dials by a clock that the test moves. */
  function dialed(place: Place, security?: DialContext['security']) {
    const clock = new ManualClock();
    const lost = deferred<string>();
    const connected = deferred<Link>();
    const giveUp = dial({
      clock,
      place,
      security,
      connected: connected.resolve,
      received: () => {},
      drained: () => {},
      lost: lost.resolve,
    });
    ends.push(async () => giveUp());
    return { clock, lost: lost.promise, connected: connected.promise };
  }

  it('whose handshake does not end is given up after twenty seconds', async () => {
    const silent = createServer();
    const met = once(silent, 'connection');
    const port = await listening(silent);
    const { clock, lost } = dialed(
      { host: '127.0.0.1', port },
      {
        context: createSecureContext(),
        serverName: 'a.test',
        checkServerIdentity: () => undefined,
      },
    );
    await met;
    await clock.advance(20_000);
    expect(await lost).toBe('not connected within 20000 ms');
    expect(clock.timers).toBe(0);
  });

  it('whose peer takes nothing is ended a second after GOAWAY', async () => {
    const deaf = createServer((socket) => socket.pause());
    const port = await listening(deaf);
    const { clock, lost, connected } = dialed({ host: '127.0.0.1', port });
    const link = await connected;
    let more = true;
    while (more) more = link.write([Buffer.alloc(2 ** 20)]);
    link.write([Buffer.alloc(2 ** 24)]);
    link.end();
    await clock.advance(1_000);
    expect(await lost).toBe('the server ended the connection before its first word');
    expect(clock.timers).toBe(0);
  });
});
