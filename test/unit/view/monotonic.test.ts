import { describe, expect, it } from 'vitest';
import { EtcdError } from '../../../src/errors/index.js';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import type { Method } from '../../../src/rpc/method.js';
import type { TransportCallOptions } from '../../../src/transport/transport.js';
import { View } from '../../../src/view/index.js';
import { WatchHub } from '../../../src/watch/index.js';
import { failureOf } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingTransport } from '../../support/recording-transport.js';

interface Asked {
  readonly serializable: boolean;
  readonly endpoint: string | undefined;
}

/** Answers with the revision that the test gives for each question. */
class Members extends RecordingTransport {
  readonly #revisionFor: (asked: Asked) => bigint;

  constructor(revisionFor: (asked: Asked) => bigint) {
    super();
    this.#revisionFor = revisionFor;
  }

  override async unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    await super.unary(method, request, options);
    const { serializable = false } = request as { serializable?: boolean };
    const revision = this.#revisionFor({ serializable, endpoint: options?.endpoint });
    const header = { clusterId: 1n, memberId: 2n, revision, raftTerm: 3n };
    return { header, kvs: [], count: 0n, more: false, deleted: 0n, prevKvs: [] } as Response;
  }
}

function viewOf(revisionFor: (asked: Asked) => bigint, endpoints: readonly string[]) {
  const transport = new Members(revisionFor);
  const context = { transport, clock: new ManualClock(), timeoutMs: 5_000 };
  const view = new View(
    {
      ...context,
      endpoints: () => endpoints,
      watches: new WatchHub(context),
      updates: new KeyedQueue(),
    },
    { keyspace: Keyspace.root, codec: codecs.utf8 },
  );
  return { view: view.monotonic(), transport };
}

const revisionOf = async (view: View<string>, serializable = true): Promise<bigint> =>
  (await view.range('k').serializable(serializable).all()).header.revision;

describe('a monotonic view', () => {
  it('drops an answer that is older than one before it, and asks every member', async () => {
    const answers = [9n, 5n];
    const { view, transport } = viewOf(
      ({ endpoint, serializable }) => {
        if (endpoint === undefined) return serializable ? (answers.shift() ?? 0n) : 11n;
        return endpoint === 'b' ? 10n : 5n;
      },
      ['a', 'b'],
    );
    expect(await revisionOf(view)).toBe(9n);
    expect(await revisionOf(view)).toBeGreaterThanOrEqual(10n);
    expect(transport.calls.map(({ options }) => options?.endpoint)).toEqual([
      ...[undefined, undefined],
      ...['a', 'b', undefined],
    ]);
  });

  it('needs no majority where a member is new enough', async () => {
    const answers = [9n, 5n];
    const { view } = viewOf(
      ({ endpoint, serializable }) => {
        if (!serializable) throw new EtcdError('no leader', { code: 'NO_LEADER' });
        return endpoint === undefined ? (answers.shift() ?? 0n) : endpoint === 'b' ? 9n : 5n;
      },
      ['a', 'b'],
    );
    await revisionOf(view);
    expect(await revisionOf(view)).toBe(9n);
  });

  it('rejects like the linearizable read where no member is new enough', async () => {
    const answers = [9n, 5n];
    const { view } = viewOf(
      ({ endpoint, serializable }) => {
        if (!serializable) throw new EtcdError('no leader', { code: 'NO_LEADER' });
        return endpoint === undefined ? (answers.shift() ?? 0n) : 5n;
      },
      ['a', 'b'],
    );
    await revisionOf(view);
    expect(await failureOf(revisionOf(view))).toMatchObject({ code: 'NO_LEADER' });
  });

  it('asks one endpoint alone linearizably, and remembers for views made of it, and for writes', async () => {
    const answers = [9n, 5n];
    const { view, transport } = viewOf(
      ({ serializable }) => (serializable ? (answers.pop() ?? 0n) : 9n),
      ['a'],
    );
    await view.delete('k');
    expect(await revisionOf(view.namespace('n/'))).toBe(9n);
    expect(transport.calls).toHaveLength(3);
  });

  it('leaves reads of a given revision as they are', async () => {
    const answers = [9n, 5n];
    const { view, transport } = viewOf(() => answers.shift() ?? 0n, ['a', 'b']);
    await revisionOf(view);
    const { header } = await view.range('k').atRevision(4n).serializable().all();
    expect(header.revision).toBe(5n);
    expect(transport.calls).toHaveLength(2);
  });
});
