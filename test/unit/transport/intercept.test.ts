import { describe, expect, it } from 'vitest';
import { kv, lease } from '../../../src/rpc/services.js';
import { Interception } from '../../../src/transport/intercept.js';
import type { Interceptor } from '../../../src/transport/interceptors.js';
import { RecordingTransport } from '../../support/recording-transport.js';

const key = new Uint8Array([97]);

/** An interceptor that writes down the options it sees, as JSON. */
function recorder(seen: string[]): Interceptor {
  return (next) => ({
    unary(method, request, options) {
      seen.push(`${method.name} ${JSON.stringify(options)}`);
      return next.unary(method, request, options);
    },
  });
}

describe('interceptors', () => {
  it('see public options alone, and the others reach the transport unchanged', async () => {
    const seen: string[] = [];
    const inner = new RecordingTransport();
    const transport = new Interception([recorder(seen)], inner).before(inner);
    const onSend = () => {};
    await transport.unary(
      lease.leaseGrant,
      { ttl: 5n },
      { timeoutMs: 300, idempotent: true, signal: undefined, onSend, readOnly: false },
    );
    expect(seen).toEqual(['Lease.LeaseGrant {"timeoutMs":300,"idempotent":true}']);
    expect(inner.calls[0]?.options).toEqual({
      timeoutMs: 300,
      idempotent: true,
      onSend,
      readOnly: false,
    });
  });

  it('may encode the request of a method whose codec is loaded by its first call', async () => {
    const inner = new RecordingTransport();
    const sizes: number[] = [];
    const measure: Interceptor = (next) => ({
      unary(method, request, options) {
        sizes.push(method.encode(request).length);
        return next.unary(method, request, options);
      },
    });
    let loaded = false;
    const cold: typeof kv.put = {
      ...kv.put,
      async prepare() {
        loaded = true;
      },
      encode(request) {
        if (!loaded) throw new Error('the codec is not loaded');
        return kv.put.encode(request);
      },
    };
    const transport = new Interception([measure], inner).before(inner);
    await transport.unary(cold, { key }, {});
    expect(sizes).toEqual([kv.put.encode({ key }).length]);
  });

  it('change what they see, and lose nothing of the rest', async () => {
    const inner = new RecordingTransport();
    const shorter: Interceptor = (next) => ({
      unary: (method, request) => next.unary(method, request, { timeoutMs: 10 }),
    });
    const transport = new Interception([shorter], inner).before(inner);
    await transport.unary(kv.txn, {}, { timeoutMs: 5_000, readOnly: true });
    expect(inner.calls[0]?.options).toEqual({ timeoutMs: 10, readOnly: true });
  });

  it('keep apart calls that are under way together', async () => {
    const inner = new RecordingTransport();
    const later: Interceptor = (next) => ({
      async unary(method, request, options) {
        await new Promise((resolve) => setImmediate(resolve));
        return next.unary(method, request, options);
      },
    });
    const transport = new Interception([later], inner).before(inner);
    await Promise.all([
      transport.unary(kv.txn, {}, { readOnly: true }),
      transport.unary(kv.txn, {}, { readOnly: false }),
      transport.unary(kv.txn, {}),
    ]);
    expect(inner.calls.map(({ options }) => options?.readOnly)).toEqual([true, false, undefined]);
  });

  it('make calls of their own, which take nothing from the one they were given', async () => {
    const inner = new RecordingTransport();
    const careful: Interceptor = (next) => ({
      async unary(method, request, options) {
        await next.unary(kv.range, { key });
        return next.unary(method, request, options);
      },
    });
    const transport = new Interception([careful], inner).before(inner);
    await transport.unary(kv.txn, {}, { readOnly: true });
    expect(inner.calls.map(({ method, options }) => [method, options])).toEqual([
      ['KV.Range', {}],
      ['KV.Txn', { readOnly: true }],
    ]);
  });

  it('are created once, and apply to each transport of a client', async () => {
    let asked = 0;
    const [gathering, direct] = [new RecordingTransport(), new RecordingTransport()];
    const interception = new Interception(
      [
        (next) => {
          asked++;
          return { unary: next.unary };
        },
      ],
      direct,
    );
    await interception.before(gathering).unary(kv.range, { key });
    await interception.before(direct).unary(kv.put, { key });
    expect(asked).toBe(1);
    expect(gathering.calls.map(({ method }) => method)).toEqual(['KV.Range']);
    expect(direct.calls.map(({ method }) => method)).toEqual(['KV.Put']);
  });

  it('return an object of functions', () => {
    const inner = new RecordingTransport();
    for (const none of [undefined, null, 'unary', () => 1]) {
      const make = () => new Interception([() => none as never], inner);
      expect(make).toThrow(/^what an interceptor returns: got .*; an object with unary,/);
    }
    const make = () => new Interception([() => ({ duplex: 'call' as never })], inner);
    expect(make).toThrow('interceptor.duplex: got a string; a function');
    class Passing {
      unary(): never {
        throw new Error('never called');
      }
    }
    new Interception([() => new Passing()], inner);
  });

  it('cost nothing where there are none', () => {
    const inner = new RecordingTransport();
    expect(new Interception(undefined, inner).before(inner)).toBe(inner);
    expect(new Interception([], inner).before(inner)).toBe(inner);
  });
});
