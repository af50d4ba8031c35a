import { describe, expect, test } from 'vitest';
import type { WatchResponse } from '../../../src/rpc/generated/types.js';
import type { Method } from '../../../src/rpc/method.js';
import { services } from '../../../src/rpc/ready-services.js';
import type { RpcCaller, RpcCallOptions, RpcDuplexHandlers } from '../../../src/rpc/rpc-caller.js';
import { createRpc } from '../../../src/rpc/stubs.js';

/** A caller that notes what it was asked for and lets the test play the server. */
class ScriptedCaller implements RpcCaller {
  readonly calls: {
    readonly method: string;
    readonly request: unknown;
    readonly options: unknown;
  }[] = [];
  readonly written: unknown[] = [];
  readonly flow: ('pause' | 'resume')[] = [];
  handlers: RpcDuplexHandlers<never> | undefined;
  signal: AbortSignal | undefined;
  /** What `write` answers: `false` asks to wait. */
  room = true;
  /** The call opens when this settles. */
  opening: Promise<void> = Promise.resolve();

  async unary<Q, A>(method: Method<Q, A>, request: Q, options?: RpcCallOptions): Promise<A> {
    this.calls.push({ method: method.name, request, options });
    method.encode(request);
    return method.decode(new Uint8Array(0));
  }

  serverStream<Q, A>(method: Method<Q, A>, request: Q, options?: RpcCallOptions) {
    this.calls.push({ method: method.name, request, options });
    return {
      cancel() {},
      async *[Symbol.asyncIterator]() {
        yield method.decode(new Uint8Array(0));
      },
    };
  }

  async duplex<Q, A>(
    method: Method<Q, A>,
    handlers: RpcDuplexHandlers<A>,
    options?: RpcCallOptions,
  ) {
    this.calls.push({ method: method.name, request: undefined, options });
    this.handlers = handlers;
    this.signal = options?.signal;
    this.signal?.addEventListener('abort', () => handlers.onEnd(new Error('ABORTED')));
    await this.opening;
    return {
      write: (message: Q) => {
        method.encode(message);
        this.written.push(message);
        return this.room;
      },
      pause: () => this.flow.push('pause'),
      resume: () => this.flow.push('resume'),
    };
  }

  answer(watchId: bigint): void {
    (this.handlers as RpcDuplexHandlers<WatchResponse>).onMessage({ watchId } as WatchResponse);
  }
}

/** Everything that could be done without waiting for the outside is done. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function openWatch(caller = new ScriptedCaller()) {
  const call = createRpc(caller).watch.watch();
  return { caller, call };
}

describe('the stubs', () => {
  test('are there for each RPC of the table, and call it', async () => {
    const caller = new ScriptedCaller();
    const rpc = createRpc(caller) as unknown as Record<
      string,
      Record<string, (...args: unknown[]) => unknown>
    >;
    for (const [service, methods] of Object.entries(services)) {
      for (const [name, method] of Object.entries<Method<never, unknown>>(methods)) {
        const options = { timeoutMs: 5 };
        const result =
          method.kind === 'duplex'
            ? rpc[service]?.[name]?.(options)
            : rpc[service]?.[name]?.({}, options);
        expect(result instanceof Promise, method.name).toBe(method.kind === 'unary');
        await result;
        expect(caller.calls.at(-1)).toMatchObject({ method: method.name, options });
      }
    }
    expect(caller.calls).toHaveLength(49);
  });

  test('send the request that was given, and an empty one when none was', async () => {
    const caller = new ScriptedCaller();
    const rpc = createRpc(caller);
    const request = { key: new Uint8Array([97]) };
    expect((await rpc.kv.range(request)).kvs).toEqual([]);
    await rpc.maintenance.status();
    expect(caller.calls.map((call) => call.request)).toEqual([request, {}]);
  });

  test('reject, and do not throw, when a field has the wrong type', async () => {
    const call = createRpc(new ScriptedCaller()).kv.put({ key: 'text' as never });
    await expect(call).rejects.toThrow('PutRequest.key: got a string');
  });

  test('iterate a stream of answers', async () => {
    const answers = [];
    for await (const answer of createRpc(new ScriptedCaller()).maintenance.snapshot())
      answers.push(answer);
    expect(answers).toHaveLength(1);
    expect(answers[0]?.blob).toEqual(new Uint8Array(0));
  });
});

describe('a duplex call', () => {
  test('sends in order, also what was sent before it was open', async () => {
    const caller = new ScriptedCaller();
    let open = (): void => {};
    caller.opening = new Promise((resolve) => {
      open = resolve;
    });
    const { call } = openWatch(caller);
    const sent = [1n, 2n, 3n].map((watchId) => call.send({ cancelRequest: { watchId } }));
    await settled();
    expect(caller.written).toEqual([]);
    open();
    await Promise.all(sent);
    expect(caller.written).toEqual([1n, 2n, 3n].map((watchId) => ({ cancelRequest: { watchId } })));
  });

  test('waits with sending while the connection has enough to write', async () => {
    const { caller, call } = openWatch();
    caller.room = false;
    await call.send({ progressRequest: {} });
    const waiting = [
      call.send({ cancelRequest: { watchId: 1n } }),
      call.send({ cancelRequest: { watchId: 2n } }),
    ];
    await settled();
    expect(caller.written).toHaveLength(1);
    caller.room = true;
    caller.handlers?.onDrain();
    await Promise.all(waiting);
    expect(caller.written).toHaveLength(3);
  });

  test('refuses a wrong message and goes on', async () => {
    const { caller, call } = openWatch();
    await expect(call.send({ cancelRequest: { watchId: 1 as never } })).rejects.toThrow(
      'WatchCancelRequest.watchId',
    );
    await call.send({ cancelRequest: { watchId: 1n } });
    expect(caller.written).toHaveLength(1);
  });

  test('holds the server back while the consumer does not take its answers', async () => {
    const { caller, call } = openWatch();
    await settled();
    for (let id = 0n; id < 16n; id++) caller.answer(id);
    expect(caller.flow).toEqual(['pause']);
    const answers = call[Symbol.asyncIterator]();
    const ids: unknown[] = [];
    for (let count = 0; count < 16; count++) ids.push((await answers.next()).value.watchId);
    expect(ids).toEqual([...Array(16).keys()].map(BigInt));
    expect(caller.flow).toEqual(['pause', 'resume']);
  });

  test('ends the iteration when the server ends the call', async () => {
    const { caller, call } = openWatch();
    await settled();
    caller.answer(7n);
    caller.handlers?.onEnd(undefined);
    const ids: bigint[] = [];
    for await (const { watchId } of call) ids.push(watchId);
    expect(ids).toEqual([7n]);
    await expect(call.send({ progressRequest: {} })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'not-sent',
    });
  });

  test('fails the iteration and waiting messages when the call fails', async () => {
    const { caller, call } = openWatch();
    caller.room = false;
    await call.send({ progressRequest: {} });
    const waiting = call.send({ progressRequest: {} });
    caller.handlers?.onEnd(new Error('cut'));
    await expect(waiting).rejects.toThrow('cut');
    await expect(call[Symbol.asyncIterator]().next()).rejects.toThrow('cut');
  });

  test('reports a call that could not be opened where it is used, and nowhere else', async () => {
    const caller = new ScriptedCaller();
    caller.opening = Promise.reject(new Error('no endpoint'));
    const { call } = openWatch(caller);
    await settled();
    await expect(call.send({ progressRequest: {} })).rejects.toThrow('no endpoint');
    await expect(call[Symbol.asyncIterator]().next()).rejects.toThrow('no endpoint');
  });

  test('is ended by cancel, with an error for who iterates', async () => {
    const { caller, call } = openWatch();
    const next = call[Symbol.asyncIterator]().next();
    call.cancel();
    await expect(next).rejects.toThrow('ABORTED');
    expect(caller.signal?.aborted).toBe(true);
    call.cancel();
  });

  test('is ended by the signal of the caller', async () => {
    const controller = new AbortController();
    const caller = new ScriptedCaller();
    const call = createRpc(caller).lease.leaseKeepAlive({ signal: controller.signal });
    const next = call[Symbol.asyncIterator]().next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('ABORTED');
    expect(caller.signal?.reason).toEqual(new Error('enough'));
  });

  test('is ended by leaving the loop, and by disposing of it twice', async () => {
    const { caller, call } = openWatch();
    await settled();
    caller.answer(1n);
    for await (const _answer of call) break;
    expect(caller.signal?.aborted).toBe(true);
    const other = openWatch();
    await other.call[Symbol.asyncDispose]();
    await other.call[Symbol.asyncDispose]();
    expect(other.caller.signal?.aborted).toBe(true);
  });
});
