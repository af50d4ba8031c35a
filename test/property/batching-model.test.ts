import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient, EtcdError } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { type EtcdServer, startEtcd } from '../support/etcd.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';

/** What a run does, one after the other, without waiting for answers. */
type Step =
  | { readonly kind: 'put' | 'get' | 'idempotent'; readonly key: number; readonly abort: boolean }
  | { readonly kind: 'denied put' | 'denied get' }
  | { readonly kind: 'pause'; readonly turns: number }
  /** More calls at once than the server takes operations, each with a key of its own. */
  | { readonly kind: 'burst'; readonly of: 'put' | 'get' }
  /** The connection is reset: requests that are under way lose their answers. */
  | { readonly kind: 'cut' };

/** Keys that many calls share, and keys of bursts. */
const SHARED_KEYS = 4;
const KEYS = SHARED_KEYS + 24;
const call = fc.record({
  kind: fc.constantFrom('put' as const, 'get' as const, 'idempotent' as const),
  key: fc.nat(SHARED_KEYS - 1),
  abort: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: call.map((one) => ({ ...one, abort: one.abort && one.key === 0 })) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('denied put' as const, 'denied get' as const) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pause' as const), turns: fc.nat(6) }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('put' as const, 'get' as const)
      .map((of) => ({ kind: 'burst' as const, of })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' as const }) },
);

/** One call on a key that may be used, and what became of it. */
interface Done {
  readonly kind: 'put' | 'get' | 'idempotent';
  readonly key: number;
  /** Its place among the calls: also what a put writes. */
  readonly index: number;
  readonly startedAt: number;
  endedAt: number;
  /** The value that a get read, or the revision of a put. */
  answer?: { readonly value?: string | undefined; readonly revision?: bigint };
  error?: EtcdError;
}

let server: EtcdServer;
let proxy: FaultProxy;
let root: EtcdClient;
let client: EtcdClient;

beforeAll(async () => {
  server = await startEtcd({ flags: [...simpleTokenFlags(), '--max-txn-ops', '16'] });
  const admin = await enableAuth(server);
  await admin.addUser('app', {
    password: 'secret',
    permissions: [['--prefix', 'readwrite', 'ok/']],
  });
  proxy = await startProxy({ target: server.endpoint });
  root = new EtcdClient({
    endpoints: server.endpoint,
    auth: { username: 'root', password: admin.rootPassword },
    batching: false,
  });
  client = new EtcdClient({
    endpoints: proxy.endpoint,
    auth: { username: 'app', password: 'secret' },
    serverVersion: server.version,
    batching: { writes: true },
    timeoutMs: 15_000,
  });
  await client.get('ok/warm');
});

afterAll(async () => {
  await client?.close();
  await root?.close();
  await proxy?.stop();
  await server?.stop();
});

let runs = 0;

/** Makes the calls of a run and waits for all of them. */
async function play(steps: readonly Step[], prefix: string) {
  const done: Done[] = [];
  const denied: Promise<unknown>[] = [];
  const ends: Promise<unknown>[] = [];
  const aborts: AbortController[] = [];
  let time = 0;
  const begin = (kind: Done['kind'], key: number, signal?: AbortSignal) => {
    const record: Done = { kind, key, index: done.length, startedAt: time++, endedAt: 0 };
    done.push(record);
    ends.push(
      perform(record, `${prefix}${key}`, signal).finally(() => {
        record.endedAt = time++;
      }),
    );
  };
  for (const one of steps) {
    switch (one.kind) {
      case 'pause':
        for (const controller of aborts.splice(0)) controller.abort();
        for (let turn = 0; turn < one.turns; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        break;
      case 'burst':
        for (let key = SHARED_KEYS; key < KEYS; key++) begin(one.of, key);
        break;
      case 'cut':
        proxy.resetAll();
        break;
      case 'denied put':
        denied.push(client.put('secret/key', 'x').catch((error) => error));
        break;
      case 'denied get':
        denied.push(client.get('secret/key').catch((error) => error));
        break;
      default: {
        const controller = one.abort ? new AbortController() : undefined;
        if (controller !== undefined) aborts.push(controller);
        begin(one.kind, one.key, controller?.signal);
      }
    }
  }
  await Promise.all(ends);
  return { done, denied: await Promise.all(denied) };
}

async function perform(record: Done, key: string, signal: AbortSignal | undefined) {
  try {
    if (record.kind === 'get') {
      record.answer = { value: (await client.get(key, { signal }))?.value };
    } else {
      const idempotent = record.kind === 'idempotent';
      const { header } = await client.put(key, String(record.index), { signal, idempotent });
      record.answer = { revision: header.revision };
    }
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    record.error = error;
  }
}

const isPut = ({ kind }: Done) => kind !== 'get';
const maybeApplied = ({ error }: Done) => error === undefined || error.outcome === 'unknown';

/** Whether a get could see this put: it had begun, and no later one was surely there before. */
function visible(put: Done, read: Done, puts: readonly Done[]): boolean {
  if (put.startedAt > read.endedAt || !maybeApplied(put)) return false;
  // A request whose answer is lost may be carried out late; a repeated one too.
  if (put.error !== undefined || put.kind === 'idempotent') return true;
  return !puts.some(
    (later) =>
      later.index > put.index && later.answer !== undefined && later.endedAt < read.startedAt,
  );
}

function checkReads(puts: readonly Done[], reads: readonly Done[]) {
  for (const read of reads) {
    if (read.answer === undefined) continue;
    const { value } = read.answer;
    if (value === undefined) {
      const before = puts.filter((put) => put.answer && put.endedAt < read.startedAt);
      expect(before, 'a get missed a put that was answered before').toEqual([]);
      continue;
    }
    const seen = puts.find(({ index }) => String(index) === value);
    expect(seen, `a get of another key's value ${value}`).toBeDefined();
    expect(visible(seen!, read, puts), `get ${read.index} saw ${value}`).toBe(true);
  }
}

describe('batched calls', () => {
  it('give each caller the result of a separate call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const prefix = `ok/${++runs}/`;
        const { done, denied } = await play(steps, prefix);
        const cut = steps.some(({ kind }) => kind === 'cut');
        for (const error of denied) {
          expect(error).toBeInstanceOf(EtcdError);
          const { code } = error as EtcdError;
          // A write whose connection was cut is not repeated, even if it would have been refused.
          if (!cut || code !== 'UNAVAILABLE') expect(code).toBe('PERMISSION_DENIED');
        }
        for (const { kind, error } of done) {
          if (error === undefined) continue;
          expect(error.method).toBe(kind === 'get' ? 'KV.Range' : 'KV.Put');
          const allowed = cut && kind === 'put' ? ['ABORTED', 'UNAVAILABLE'] : ['ABORTED'];
          expect(allowed, String(error)).toContain(error.code);
        }
        for (let key = 0; key < KEYS; key++) {
          const ofKey = done.filter((one) => one.key === key);
          const puts = ofKey.filter(isPut);
          checkReads(
            puts,
            ofKey.filter((one) => !isPut(one)),
          );
          const answered = puts.flatMap(({ answer }) => answer?.revision ?? []);
          expect(answered, 'puts of one key out of order').toEqual(
            answered.toSorted((a, b) => Number(a - b)),
          );
          expect(new Set(answered).size).toBe(answered.length);
          const stored = await root.get(`${prefix}${key}`);
          const version = Number(stored?.version ?? 0);
          const maybe = puts.filter(({ error }) => error?.outcome === 'unknown').length;
          const repeats = cut ? Infinity : 0;
          const some = puts.some(({ kind }) => kind === 'idempotent') ? repeats : 0;
          expect(version).toBeGreaterThanOrEqual(answered.length);
          expect(version).toBeLessThanOrEqual(answered.length + maybe + some);
        }
      }),
      { numRuns: 40 },
    );
    // They did travel together, and the server did refuse some batches for their size.
    const batches = { grpc_method: 'Txn' };
    const handled = 'grpc_server_handled_total';
    expect(await server.metric(handled, { ...batches, grpc_code: 'OK' })).toBeGreaterThan(40);
    expect(
      await server.metric(handled, { ...batches, grpc_code: 'InvalidArgument' }),
    ).toBeGreaterThan(0);
  }, 120_000);
});
