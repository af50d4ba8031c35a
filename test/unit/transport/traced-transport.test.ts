import { describe, expect, it } from 'vitest';
import { asOperation } from '../../../src/diagnostics/operation.js';
import { Report } from '../../../src/diagnostics/report.js';
import { systemClock } from '../../../src/internal/clock.js';
import { kv } from '../../../src/rpc/services.js';
import { TracedTransport } from '../../../src/transport/traced-transport.js';
import type { Transport, TransportCallOptions } from '../../../src/transport/transport.js';
import { recordCalls } from '../../support/recorded-diagnostics.js';

describe('a traced transport', () => {
  /** A transport that notes the options it is given, and answers nothing. */
  function noting() {
    const given: (TransportCallOptions | undefined)[] = [];
    const inner = {
      canRangeStream: false,
      unary: async (_method: unknown, _request: unknown, options?: TransportCallOptions) => {
        given.push(options);
        return {};
      },
    } as unknown as Transport;
    return { given, traced: new TracedTransport(inner, new Report(), systemClock) };
  }

  it('hands the options on as they are while nobody listens', async () => {
    const { given, traced } = noting();
    const options = { timeoutMs: 5 };
    await asOperation('update', () => traced.unary(kv.range, {}, options));
    expect(given[0]).toBe(options);
  });

  it('adds a trace while somebody does, with the name of the outermost method', async () => {
    const { given, traced } = noting();
    {
      using calls = recordCalls();
      await asOperation('update', () =>
        asOperation('get', () => traced.unary(kv.range, {}, { timeoutMs: 5 })),
      );
      expect(given[0]).toEqual({ timeoutMs: 5, trace: calls.ended[0] });
      expect(calls.ended).toMatchObject([{ operation: 'update', method: 'KV.Range', attempts: 0 }]);
    }
    await traced.unary(kv.range, {});
    expect(given[1]).toBeUndefined();
  });
});
