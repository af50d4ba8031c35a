import { once } from 'node:events';
import { constants } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EtcdClient, EtcdError } from '../../../src/index.js';
import { failureOf } from '../../support/client.js';
import { type Answer, answerWith, frame, HostileServer } from '../../support/hostile-server.js';
import { deferred } from '../../support/wait.js';

// A deadline far beyond the test: what rejects, rejects by the answer and not by the clock.
const FAR_MS = 120_000;
// Reads are repeated a few times after some of these.
const retry = { initialBackoffMs: 1, maxBackoffMs: 1 };
const GARBAGE = new Uint8Array([255, 255, 255, 255, 255]);
const EMPTY = frame(new Uint8Array());

/** Takes all answers of a stream. */
async function drain(answers: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of answers);
}

/** One call of each kind, with as little of the library around it as possible, and with much. */
const CALLS: Record<string, (etcd: EtcdClient) => Promise<unknown>> = {
  'a read': (etcd) => etcd.get('k', { timeoutMs: FAR_MS }),
  'a write': (etcd) => etcd.put('k', 'v', { timeoutMs: FAR_MS }),
  'a raw call': (etcd) => etcd.rpc.kv.compact({ revision: 1n }, { timeoutMs: FAR_MS }),
  'a stream of answers': (etcd) => drain(etcd.rpc.maintenance.snapshot({}, { timeoutMs: FAR_MS })),
  'a duplex call': (etcd) => drain(etcd.rpc.lease.leaseKeepAlive()),
};

/** Answers that no call can be satisfied with. */
const ANSWERS: Record<string, Answer> = {
  'is compressed as nobody said': answerWith(frame(new Uint8Array([10, 0]), { flag: 1 })),
  'is compressed in an unknown way': answerWith(frame(GARBAGE, { flag: 1 }), {
    'grpc-encoding': 'br',
  }),
  'is no gzip, though it says so': answerWith(frame(GARBAGE, { flag: 1 }), {
    'grpc-encoding': 'gzip',
  }),
  'is gzip that ends too early': answerWith(frame(gzipSync('text').subarray(0, 12), { flag: 1 }), {
    'grpc-encoding': 'gzip',
  }),
  'is garbage in one message': answerWith(frame(GARBAGE)),
  'is said to be 4 GiB long': (stream) => {
    // It never ends, either.
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(frame(GARBAGE, { length: 2 ** 32 - 1 }));
  },
  'breaks off in the middle': answerWith(
    frame(GARBAGE, { length: 100 }),
    {},
    { 'grpc-status': '13' },
  ),
  'has a status that is no number': answerWith(EMPTY, {}, { 'grpc-status': 'fine' }),
  'has a status that there is not': answerWith(EMPTY, {}, { 'grpc-status': '99' }),
  'has a text that cannot be decoded': answerWith(
    EMPTY,
    {},
    { 'grpc-status': '13', 'grpc-message': '%zz%E0%A4%A' },
  ),
  'has no status at all': (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(EMPTY);
    setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
  },
  'is a page of HTML': answerWith(
    Buffer.from('<html>hello</html>'),
    { 'content-type': 'text/html' },
    {},
  ),
  'is no answer but a reset': (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  'has binary metadata that is none': answerWith(
    EMPTY,
    { 'x-bin': '%%%' },
    { 'grpc-status': '13', 'y-bin': '%%%' },
  ),
  'comes with a push that is reset': (stream) => {
    stream.pushStream({ ':path': '/pushed' }, (error, push) => {
      if (error !== null) return;
      push.on('error', () => {});
      push.respond({ ':status': 200 });
      push.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
    answerWith(EMPTY, {}, { 'grpc-status': '13' })(stream);
  },
};

describe.each(Object.entries(ANSWERS))('an answer that %s', (_, answer) => {
  it.each(Object.entries(CALLS))('rejects %s, and nothing else happens', async (_, call) => {
    await using server = await HostileServer.start(answer);
    await using etcd = new EtcdClient({ endpoints: server.endpoint, timeoutMs: FAR_MS, retry });
    const error = await failureOf(call(etcd));
    // What is thrown outside of a call fails the run.
    expect(error).toBeInstanceOf(EtcdError);
    expect((error as EtcdError).code).not.toBe('TIMEOUT');
    expect((error as EtcdError).message).not.toBe('');
    expect(server.calls).toBeGreaterThan(0);
  });
});

it.each(Object.entries(CALLS))(
  'a page of a proxy ends %s, or an attempt of it',
  async (_, call) => {
    await using server = await HostileServer.start((stream) => {
      stream.respond({ ':status': 404, 'content-type': 'text/plain' });
      stream.end('nothing is here');
    });
    // Proxies say such things while a server restarts: reads are repeated, here until they may no more.
    await using etcd = new EtcdClient({
      endpoints: server.endpoint,
      timeoutMs: FAR_MS,
      retry: { maxAttempts: 2 },
    });
    expect(await failureOf(call(etcd))).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  },
);

describe('two answers to one call', () => {
  const twice = answerWith(Buffer.concat([EMPTY, EMPTY]));

  it.each(['a read', 'a write', 'a raw call'])('reject %s, soon', async (name) => {
    await using server = await HostileServer.start(twice);
    await using etcd = new EtcdClient({ endpoints: server.endpoint, timeoutMs: FAR_MS, retry });
    const error = await failureOf(CALLS[name]?.(etcd) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'INTERNAL', outcome: 'unknown' });
    expect(String(error)).toContain('Too many responses');
  });
});

it('goes on with the next answer, on the same connection', async () => {
  let answers = 0;
  const server = await HostileServer.start((stream) => {
    answers += 1;
    (answers === 1 ? answerWith(frame(GARBAGE, { flag: 1 })) : answerWith(EMPTY))(stream);
  });
  await using _ = server;
  await using etcd = new EtcdClient({ endpoints: server.endpoint });
  let lost = 0;
  etcd.on('disconnected', () => lost++);
  expect(await failureOf(etcd.put('k', 'v'))).toMatchObject({
    code: 'INTERNAL',
    outcome: 'unknown',
  });
  await etcd.put('k', 'v');
  expect(lost).toBe(0);
});

it('bytes that are no HTTP/2 break the connection and the calls on it, and nothing else', async () => {
  const [began, hostile] = [deferred(), new Set<Socket>()];
  await using server = await HostileServer.start(() => began.resolve());
  const proxy = createServer((near) => {
    hostile.add(near);
    const far = connect(Number(new URL(server.endpoint).port), '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  try {
    await using etcd = new EtcdClient({ endpoints: `127.0.0.1:${port}`, timeoutMs: FAR_MS });
    const failure = failureOf(etcd.put('k', 'v'));
    await began.promise;
    for (const socket of hostile) socket.write('this is no frame of HTTP/2, and never was one');
    expect(await failure).toMatchObject({ name: expect.any(String), outcome: 'unknown' });
    expect(await failure).toBeInstanceOf(EtcdError);
  } finally {
    proxy.close();
  }
});
