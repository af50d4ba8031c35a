import { describe, expect, it } from 'vitest';
import {
  EtcdError,
  InvalidArgumentError,
  PermissionDeniedError,
  UnavailableError,
} from '../../../../src/errors/index.js';
import { failureOf } from '../../../support/client.js';
import { connectionTo, startBatching } from '../../../support/gathered-calls.js';

const start = (options = {}, connections = [connectionTo('a')]) =>
  startBatching({ writes: true, ...options }, connections);

describe('gathering puts', () => {
  it('is off unless it is asked for', async () => {
    const { put, network, settle } = startBatching();
    void put('a');
    void put('b');
    await settle();
    expect(network.sent.map(({ name }) => name)).toEqual(['put a', 'put b']);
  });

  it('sends plain puts of distinct keys together; they share a revision', async () => {
    const { put, sent, settle } = start();
    const puts = Promise.all([put('a'), put('b'), put('c')]);
    await settle();
    expect(sent('put a+b+c').reached).toMatchObject({
      verb: 'attempt',
      attempt: { repeatable: false },
    });
    sent('put a+b+c').succeed();
    for (const { header } of await puts) {
      expect(header).toEqual({ clusterId: 1n, memberId: 2n, revision: 7n, raftTerm: 3n });
    }
  });

  it('never has two puts of one key in flight, and sends them in order', async () => {
    const batching = start();
    const first = batching.put('a');
    const second = batching.put('a');
    const other = batching.put('b');
    const third = batching.put('a');
    await batching.settle();
    expect(batching.flying).toEqual(['put a+b']);
    batching.sent('put a+b').succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['put a']);
    batching.sent('put a').succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['put a']);
    batching.sent('put a').succeed();
    await Promise.all([first, second, other, third]);
  });

  it.each([
    ['a lease', { lease: 7n }, {}],
    ['the record before', { prevKv: true }, {}],
    ['its lease kept', { ignoreLease: true }, {}],
    ['metadata of its own', {}, { metadata: { tenant: 'x' } }],
    ['a large value', { value: new Uint8Array(40_000) }, {}],
  ])('sends a put with %s alone, in its turn', async (_, request, options) => {
    const batching = start();
    const puts = [
      batching.put('a'),
      batching.put('b'),
      batching.put('a', request, options),
      batching.put('a'),
    ];
    await batching.settle();
    expect(batching.flying).toEqual(['put a+b']);
    batching.sent('put a+b').succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['put a']);
    expect(batching.sent('put a').request).toMatchObject(request);
    batching.sent('put a').succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['put a']);
    batching.sent('put a').succeed();
    await Promise.all(puts);
  });

  it('forgets aborted puts in the queue: a later single put does not wait', async () => {
    const batching = start();
    const first = batching.put('a');
    await batching.settle();
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const inLine = Array.from({ length: 5 }, () => failureOf(batching.put('a', {}, { signal })));
    giveUp.abort();
    for (const failure of await Promise.all(inLine))
      expect(failure).toMatchObject({ code: 'ABORTED' });
    batching.sent('put a').succeed();
    await first;
    await batching.settle();
    const alone = batching.put('b');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(batching.flying).toEqual(['put b']);
    batching.sent('put b').succeed();
    await alone;
  });

  it('keeps the order of idempotent puts and others, which share no batch', async () => {
    const batching = start();
    const puts = [
      batching.put('a'),
      batching.put('b', {}, { idempotent: true }),
      batching.put('a', {}, { idempotent: true }),
      batching.put('c'),
    ];
    await batching.settle();
    expect(batching.flying.toSorted()).toEqual(['put a+c', 'put b']);
    expect(batching.sent('put b').reached.attempt?.repeatable).toBe(true);
    for (const call of batching.network.sent) call.succeed();
    await batching.settle();
    expect(batching.flying).toEqual(['put a']);
    batching.sent('put a').succeed();
    await Promise.all(puts);
  });

  it('keeps a batch below 64 KiB', async () => {
    const batching = start();
    const value = new Uint8Array(10 * 1024);
    for (let i = 0; i < 12; i++) void batching.put(`k${i}`, { value });
    await batching.settle();
    expect(batching.network.sent.map(({ keys }) => keys.length)).toEqual([6, 6]);
  });

  it('sends all puts that share no batch straight through, at once', async () => {
    const batching = start();
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    void keys.map((key) => batching.put(key, { lease: 7n }));
    expect(batching.flying).toEqual(keys.map((key) => `put ${key}`));
  });

  it('sends a burst on one key one by one, in order', async () => {
    const batching = start();
    const puts = Array.from({ length: 200 }, (_, i) =>
      batching.put('hot', { value: new Uint8Array([i]) }),
    );
    for (let i = 0; i < puts.length; i++) {
      await batching.settle();
      expect(batching.network.sent).toHaveLength(i + 1);
      expect(batching.network.sent[i]?.request).toMatchObject({ value: new Uint8Array([i]) });
      batching.network.sent[i]?.succeed();
    }
    await Promise.all(puts);
  });

  it('waits for an aborted put’s end before the next of that key goes', async () => {
    const batching = start();
    const controller = new AbortController();
    const aborted = failureOf(batching.put('a', {}, { signal: controller.signal }));
    await batching.settle();
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'unknown', method: 'KV.Put' });
    const next = batching.put('a');
    await batching.settle();
    expect(batching.network.sent).toHaveLength(1);
    batching.network.sent[0]?.succeed();
    await batching.settle();
    expect(batching.network.sent).toHaveLength(2);
    batching.sent('put a').succeed();
    await next;
  });

  it('hands puts to the transport one by one while nothing is connected', async () => {
    const batching = start({}, []);
    const controller = new AbortController();
    void batching.put('a', {}, { signal: controller.signal }).catch(() => {});
    void batching.put('b').catch(() => {});
    void batching.put('a').catch(() => {});
    await batching.settle();
    expect(batching.flying).toEqual(['put a', 'put b']);
    // The transport knows whether it was sent when its caller gives up.
    const { options, progress } = batching.sent('put a').reached;
    expect(options?.signal).toBe(controller.signal);
    expect(progress).toEqual({ since: 1_000, failed: undefined });
  });
});

describe('batches of puts that fail', () => {
  it('report an unknown outcome for each put', async () => {
    const batching = start();
    const puts = [failureOf(batching.put('a')), failureOf(batching.put('b'))];
    await batching.settle();
    const lost = new UnavailableError('gone', {
      outcome: 'unknown',
      endpoint: 'a',
      method: 'KV.Txn',
    });
    batching.sent('put a+b').fail(lost);
    await batching.settle();
    // Each decides for itself whether it may be repeated, which the transport does by its rules.
    for (const name of ['put a', 'put b']) {
      const { progress } = batching.sent(name).reached;
      expect(progress?.failed?.error).toMatchObject({ outcome: 'unknown', method: 'KV.Put' });
      batching.sent(name).fail(progress?.failed?.error);
    }
    for (const error of await Promise.all(puts)) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown', method: 'KV.Put' });
    }
  });

  it('are split when they are refused; the parts keep the keys taken', async () => {
    const batching = start();
    const puts = [batching.put('a'), batching.put('b')];
    const failed = failureOf(puts[1]!);
    const next = batching.put('b');
    await batching.settle();
    const denied = () => new PermissionDeniedError('permission denied', { outcome: 'not-applied' });
    batching.sent('put a+b').fail(denied());
    await batching.settle();
    expect(batching.flying).toEqual(['put a', 'put b']);
    batching.sent('put a').succeed();
    batching.sent('put b').fail(denied());
    await batching.settle();
    expect(batching.flying).toEqual(['put b']);
    batching.sent('put b').fail(denied());
    await batching.settle();
    expect(await failed).toMatchObject({ code: 'PERMISSION_DENIED', outcome: 'not-applied' });
    batching.sent('put b').succeed();
    await Promise.all([puts[0], next]);
  });

  it('do not repeat puts that were aborted', async () => {
    const batching = start();
    const controller = new AbortController();
    const aborted = failureOf(batching.put('a', {}, { signal: controller.signal }));
    const kept = batching.put('b');
    await batching.settle();
    controller.abort();
    await aborted;
    const refusal = new EtcdError('too large', {
      code: 'REQUEST_TOO_LARGE',
      outcome: 'not-applied',
    });
    batching.sent('put a+b').fail(refusal);
    await batching.settle();
    expect(batching.flying).toEqual(['put b']);
    batching.sent('put b').succeed();
    await kept;
    // The key of the one that gave up is free again.
    void batching.put('a');
    await batching.settle();
    expect(batching.flying).toEqual(['put a']);
  });

  it('do not fail as a whole for one put that cannot be written', async () => {
    const batching = start();
    const good = batching.put('a');
    const bad = failureOf(batching.put('b', { value: 'text' as unknown as Uint8Array }));
    await batching.settle();
    const wrong = () => new InvalidArgumentError('it is no Uint8Array', { argument: 'value' });
    batching.sent('put a+b').fail(wrong());
    await batching.settle();
    batching.sent('put a').succeed();
    batching.sent('put b').fail(wrong());
    await batching.settle();
    await good;
    expect((await bad).code).toBe('INVALID_ARGUMENT');
  });
});
