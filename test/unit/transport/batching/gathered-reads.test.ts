import { describe, expect, it } from 'vitest';
import {
  EtcdError,
  PermissionDeniedError,
  TimeoutError,
  UnavailableError,
} from '../../../../src/errors/index.js';
import { kv } from '../../../../src/rpc/services.js';
import { failureOf } from '../../../support/client.js';
import { connectionTo, startBatching } from '../../../support/gathered-calls.js';

const names = (count: number, prefix = 'k') =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const tooMany = () =>
  new EtcdError('too many', { code: 'TOO_MANY_OPERATIONS', outcome: 'not-applied' });

describe('gathering reads', () => {
  it('sends a lone read at once, as the call it is', async () => {
    const { get, network, settle } = startBatching();
    const read = get('a');
    await settle();
    expect(network.sent.map(({ name }) => name)).toEqual(['get a']);
    expect(network.sent[0]?.method).toBe('KV.Range');
    network.sent[0]?.succeed();
    expect((await read).header).toEqual({
      clusterId: 1n,
      memberId: 2n,
      revision: 7n,
      raftTerm: 3n,
    });
  });

  it('sends reads that are made together together', async () => {
    const { get, sent, settle } = startBatching();
    const reads = Promise.all(names(3).map((name) => get(name)));
    await settle();
    const batch = sent('get k0+k1+k2');
    expect(batch.reached).toMatchObject({ verb: 'attempt', attempt: { repeatable: true } });
    batch.succeed();
    const answers = await reads;
    expect(answers.map(({ kvs }) => Buffer.from(kvs[0]!.value).toString())).toEqual([
      'value of k0',
      'value of k1',
      'value of k2',
    ]);
    // Inside a transaction headers carry the revision alone; callers get them whole.
    for (const { header } of answers) expect(header).toMatchObject({ clusterId: 1n, memberId: 2n });
  });

  it('keeps nobody waiting for an answer, and never adds to a batch that was sent', async () => {
    const batching = startBatching();
    const reads = [batching.get('a')];
    await batching.settle();
    reads.push(batching.get('b'), batching.get('c'));
    await batching.settle();
    reads.push(batching.get('d'), batching.get('e'));
    await batching.settle();
    expect(batching.flying).toEqual(['get a', 'get b+c', 'get d+e']);
    for (const call of batching.network.sent) call.succeed();
    await Promise.all(reads);
  });

  it('gathers what is made in one turn of the event loop, in different callbacks', async () => {
    const batching = startBatching();
    void batching.get('under way').catch(() => {});
    await batching.settle();
    const reads: Promise<unknown>[] = [batching.get('a')];
    process.nextTick(() => reads.push(batching.get('b')));
    await Promise.resolve();
    reads.push(batching.get('c'));
    await batching.settle();
    expect(batching.flying).toEqual(['get under way', 'get a+c+b']);
    batching.sent('get a+c+b').succeed();
    await Promise.all(reads);
  });

  it('lets calls wait where a limit of batches is asked for', async () => {
    const batching = startBatching({ maxFlights: 1 });
    const reads = [batching.get('a'), batching.get('b')];
    await batching.settle();
    reads.push(batching.get('c'), batching.get('d'));
    await batching.settle();
    reads.push(batching.get('e'));
    await batching.settle();
    expect(batching.flying).toEqual(['get a+b']);
    batching.sent('get a+b').succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['get c+d+e']);
    batching.sent('get c+d+e').succeed();
    await Promise.all(reads);
  });

  it('keeps to the sizes it is given', async () => {
    const batching = startBatching({ maxOperations: 4, maxFlights: 2 });
    const reads = Promise.all(names(10).map((name) => batching.get(name)));
    await batching.settle();
    expect(batching.flying).toEqual(['get k0+k1+k2+k3', 'get k4+k5+k6+k7']);
    for (const call of batching.network.sent) call.succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['get k8+k9']);
    batching.sent('get k8+k9').succeed();
    await reads;
  });

  it.each([
    ['a server before 3.5.7', [connectionTo('a', '3.5.6')]],
    ['a server before 3.4.23', [connectionTo('a', '3.4.22')]],
    ['a server that does not tell its version', [connectionTo('a', '')]],
    ['a learner', [connectionTo('a', '3.5.30', true)]],
    ['one such server among others', [connectionTo('a'), connectionTo('b', '3.5.6')]],
    ['no server at all', []],
  ])('does not gather reads with %s', async (_, connections) => {
    const { get, network, settle } = startBatching({}, connections);
    for (const name of names(3)) void get(name);
    await settle();
    expect(network.sent.map(({ name }) => name)).toEqual(['get k0', 'get k1', 'get k2']);
  });

  it('gathers only plain linearizable gets', async () => {
    const { transport, network, settle } = startBatching();
    const key = new Uint8Array([97]);
    const requests = [
      { key, rangeEnd: new Uint8Array([98]) },
      { key, serializable: true },
      { key, revision: 3n },
      { key, limit: 1n },
      { key, keysOnly: true },
    ];
    for (const request of requests) void transport.unary(kv.range, request);
    void transport.unary(kv.range, { key }, { metadata: { tenant: 'x' } });
    void transport.unary(kv.range, { key }, { requireLeader: true });
    void transport.unary(kv.range, { key }, { endpoint: 'a' });
    await settle();
    expect(network.sent).toHaveLength(requests.length + 3);
    expect(network.sent.every(({ method }) => method === 'KV.Range')).toBe(true);
  });
});

describe('refused batches of reads', () => {
  it('are split, so that one refused key is not its neighbours’ error', async () => {
    const batching = startBatching();
    const reads = names(4).map((name) => batching.get(name));
    const failed = failureOf(reads[2]!);
    await batching.settle();
    const denied = () => new PermissionDeniedError('permission denied', { outcome: 'not-applied' });
    batching.sent('get k0+k1+k2+k3').fail(denied());
    await batching.settle();
    batching.sent('get k0+k1').succeed();
    batching.sent('get k2+k3').fail(denied());
    await batching.settle();
    batching.sent('get k3').succeed();
    batching.sent('get k2').fail(denied());
    await batching.settle();
    // The last attempt of the refused one is its own call, with the error of its own attempt before.
    const own = batching.sent('get k2');
    expect(own.reached.progress?.failed?.error.method).toBe('KV.Range');
    own.fail(own.reached.progress?.failed?.error);
    expect((await failed).code).toBe('PERMISSION_DENIED');
    await Promise.all([reads[0], reads[1], reads[3]]);
  });

  it('make the batches of that server smaller, and of no other', async () => {
    const [a, b] = [connectionTo('a'), connectionTo('b')];
    const batching = startBatching({ maxOperations: 8, maxFlights: 1 }, [a, b]);
    const reads = names(16).map((name) => batching.get(name));
    await batching.settle();
    const first = batching.network.sent[0]!;
    expect(first.keys).toHaveLength(8);
    first.fail(tooMany());
    await batching.settle();
    const halves = batching.network.sent.slice(2);
    expect(halves.map(({ keys }) => keys.length)).toEqual([4, 4]);
    expect(new Set(halves.map(({ endpoint }) => endpoint))).toEqual(new Set([first.endpoint]));
    for (const call of batching.network.sent.slice(1)) call.succeed();
    await Promise.all(reads);
    const more = names(12, 'm').map((name) => batching.get(name));
    await batching.settle();
    const sizes = new Map(
      batching.network.sent.slice(4).map((one) => [one.endpoint, one.keys.length]),
    );
    expect(sizes.get(first.endpoint)).toBe(4);
    expect(Math.max(...sizes.values())).toBe(8);
    for (const call of batching.network.sent.slice(4)) call.succeed();
    await Promise.all(more);
  });

  it('leave a transient failure to the retries of each call', async () => {
    const batching = startBatching();
    const reads = names(2).map((name) => batching.get(name, { timeoutMs: 300 }));
    await batching.settle();
    const batch = batching.sent('get k0+k1');
    batch.fail(new UnavailableError('gone', { retryable: true, endpoint: 'a' }));
    await batching.settle();
    const { options, progress, connection } = batching.sent('get k0').reached;
    expect(options).toMatchObject({ timeoutMs: 300 });
    expect(progress?.since).toBe(1_000);
    expect(connection).toBe(batch.reached.connection);
    expect(progress?.failed?.error).toMatchObject({ code: 'UNAVAILABLE', method: 'KV.Range' });
    batching.sent('get k0').succeed();
    batching.sent('get k1').succeed();
    await Promise.all(reads);
  });
});

describe('giving up on a gathered read', () => {
  it('detaches the caller, and cancels nothing', async () => {
    const batching = startBatching();
    const controller = new AbortController();
    const aborted = failureOf(batching.get('a', { signal: controller.signal }));
    const kept = batching.get('b');
    await batching.settle();
    controller.abort(new Error('enough'));
    expect(await aborted).toMatchObject({
      code: 'ABORTED',
      outcome: 'unknown',
      method: 'KV.Range',
    });
    expect(batching.sent('get a+b').reached.verb).toBe('attempt');
    batching.sent('get a+b').succeed();
    await kept;
  });

  it('takes a call that waits out of the queue, unsent', async () => {
    const batching = startBatching({ maxFlights: 1 });
    void batching.get('a');
    await batching.settle();
    const controller = new AbortController();
    const aborted = failureOf(batching.get('b', { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    batching.sent('get a').succeed();
    await batching.settle();
    expect(batching.flying).toEqual([]);
  });

  it('ends each call at its own deadline', async () => {
    const batching = startBatching();
    const soon = failureOf(batching.get('a', { timeoutMs: 20 }));
    const later = failureOf(batching.get('b', { timeoutMs: 400 }));
    await batching.clock.advance(20);
    expect(await soon).toBeInstanceOf(TimeoutError);
    expect(await soon).toMatchObject({
      message: 'KV.Range timed out after 20 ms',
      outcome: 'unknown',
    });
    expect(batching.sent('get a+b').reached.attempt?.timeoutMs).toBe(400);
    await batching.clock.advance(380);
    expect((await later).message).toBe('KV.Range timed out after 400 ms');
  });

  it('rejects waiting calls and calls in flight when the client closes', async () => {
    const batching = startBatching({ maxFlights: 1, maxOperations: 2 });
    const flying = [failureOf(batching.get('a')), failureOf(batching.get('b'))];
    const waiting = failureOf(batching.get('c'));
    await batching.settle();
    await batching.transport.close();
    expect(await waiting).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'not-sent' });
    const closed = new EtcdError('closed', { code: 'CLIENT_CLOSED', outcome: 'unknown' });
    batching.sent('get a+b').fail(closed);
    for (const call of flying) {
      expect(await call).toMatchObject({
        code: 'CLIENT_CLOSED',
        outcome: 'unknown',
        method: 'KV.Range',
      });
    }
  });
});

describe('a member that hangs', () => {
  it('gets no other batch while there are members that answer', async () => {
    const batching = startBatching({}, [connectionTo('a'), connectionTo('b')]);
    for (const name of names(2, 'x')) void batching.get(name).catch(() => {});
    await batching.settle();
    const hung = batching.network.sent[0]!.endpoint;
    for (let round = 0; round < 5; round++) {
      const reads = [batching.get(`r${round}`), batching.get(`s${round}`)];
      await batching.settle();
      const call = batching.sent(`get r${round}+s${round}`);
      expect(call.endpoint).not.toBe(hung);
      await batching.clock.advance(20);
      call.succeed();
      await Promise.all(reads);
    }
  });

  it('delays no other call, even if it is the only one', async () => {
    const batching = startBatching();
    for (const name of [...names(2, 'x'), ...names(2, 'y')]) {
      void batching.get(name).catch(() => {});
      if (name === 'x1') await batching.settle();
    }
    await batching.settle();
    expect(batching.flying).toEqual(['get x0+x1', 'get y0+y1']);
  });

  it('no longer counts against a limit of batches when its answer is late', async () => {
    const batching = startBatching({ maxFlights: 1 });
    for (const name of names(2, 'x')) void batching.get(name).catch(() => {});
    await batching.settle();
    for (const name of names(2, 'y')) void batching.get(name).catch(() => {});
    await batching.clock.advance(49);
    expect(batching.flying).toEqual(['get x0+x1']);
    await batching.clock.advance(1);
    expect(batching.flying).toEqual(['get x0+x1', 'get y0+y1']);
  });
});

describe('large answers', () => {
  const LARGE = 40 * 1024;

  it('make batches smaller when values are of a middle size', async () => {
    const batching = startBatching();
    const bytes = 8 * 1024;
    for (let round = 0; round < 3; round++) {
      const reads = names(64).map((name) => batching.get(name));
      await batching.settle();
      for (const call of batching.network.sent) if (!call.ended) call.succeed(bytes);
      await Promise.all(reads);
    }
    void names(64).map((name) => batching.get(name));
    await batching.settle();
    const last = batching.network.sent.filter(({ ended }) => !ended);
    for (const { keys } of last) expect(keys.length * bytes).toBeLessThanOrEqual(80 * 1024);
  });

  it('are sent alone and at once, with small reads beside them', async () => {
    const batching = startBatching();
    const keys = names(60);
    const first = keys.map((name) => batching.get(name));
    await batching.settle();
    batching.network.sent[0]?.succeed(LARGE);
    await Promise.all(first);
    const second = [...keys, 'a', 'b'].map((name) => batching.get(name));
    await batching.settle();
    expect(batching.flying).toEqual([...keys.map((name) => `get ${name}`), 'get a', 'get b']);
    for (const call of batching.network.sent) if (!call.ended) call.succeed(10);
    await Promise.all(second);
  });

  it('are known from what was written', async () => {
    const batching = startBatching();
    void batching.put('large', { value: new Uint8Array(LARGE) });
    void ['large', 'a', 'b'].map((name) => batching.get(name));
    await batching.settle();
    expect(batching.flying).toEqual(['put large', 'get large', 'get a+b']);
  });

  it('are sent alone when they are the exception, until they are small again', async () => {
    const batching = startBatching();
    const first = batching.get('large');
    await batching.settle();
    batching.sent('get large').succeed(100_000);
    await first;
    const second = ['large', 'a', 'b'].map((name) => batching.get(name));
    await batching.settle();
    expect(batching.flying).toEqual(['get large', 'get a+b']);
    batching.sent('get large').succeed(10);
    batching.sent('get a+b').succeed();
    await Promise.all(second);
    void ['large', 'a'].map((name) => batching.get(name));
    await batching.settle();
    expect(batching.flying).toEqual(['get large+a']);
  });
});
