import { describe, expect, test } from 'vitest';
import { checkHealth, type MaintenanceContext } from '../../../../src/admin/maintenance/index.js';
import { EtcdError, PermissionDeniedError } from '../../../../src/index.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { RecordingTransport } from '../../../support/recording-transport.js';

const REFUSED = new EtcdError('rpc not supported for learner', {
  code: 'NOT_SUPPORTED_FOR_LEARNER',
  outcome: 'not-applied',
});

function contextOf(transport: RecordingTransport, timeoutMs = 0): MaintenanceContext {
  return {
    transport,
    clock: new ManualClock(),
    timeoutMs,
    endpoints: () => ['http://a:2379', 'http://b:2379'],
    withTemporaryTransport: () => Promise.reject(new Error('not asked for here')),
  };
}

/** A member whose read and whose list of alarms end like this. */
function member(read: () => unknown, alarms: () => unknown = () => ({ alarms: [] })) {
  return new RecordingTransport((method) => (method === 'KV.Range' ? read() : alarms()));
}

function fail(error: Error): () => never {
  return () => {
    throw error;
  };
}

describe('a check of health', () => {
  test('asks each endpoint, with a deadline even if the client has none', async () => {
    const transport = member(() => ({}));
    const health = await checkHealth(contextOf(transport), {});
    expect(health.map(({ endpoint, healthy }) => [endpoint, healthy])).toEqual([
      ['http://a:2379', true],
      ['http://b:2379', true],
    ]);
    const reads = transport.calls.filter(({ method }) => method === 'KV.Range');
    expect(reads.map(({ options }) => options?.endpoint)).toEqual([
      'http://a:2379',
      'http://b:2379',
    ]);
    for (const { options } of transport.calls) expect(options?.timeoutMs).toBe(5_000);
  });

  test('takes the deadline of the call before that of the client', async () => {
    const transport = member(() => ({}));
    await checkHealth(contextOf(transport, 700), {});
    await checkHealth(contextOf(transport, 700), { timeoutMs: 30 });
    const given = new Set(transport.calls.map(({ options }) => options?.timeoutMs));
    expect([...given]).toEqual([700, 30]);
  });

  test('counts a denied permission as an answer, also a denied list of alarms', async () => {
    const denied = fail(new PermissionDeniedError('permission denied', {}));
    const health = await checkHealth(contextOf(member(denied, denied)), {});
    expect(health.map(({ healthy }) => healthy)).toEqual([true, true]);
  });

  test.each([
    ['NOSPACE', 'NO_SPACE'],
    ['CORRUPT', 'CORRUPT_CLUSTER'],
  ])('finds a member unhealthy while %s is raised', async (alarm, code) => {
    const raised = () => ({ alarms: [{ memberId: 0xabcn, alarm }] });
    const [health] = await checkHealth(contextOf(member(() => ({}), raised)), {});
    expect(health).toMatchObject({ healthy: false, error: { code, endpoint: 'http://a:2379' } });
    expect(health?.error?.message).toContain(`${alarm} of member abc`);
  });

  test('reports the reason, and rejects only when the check itself is ended', async () => {
    const [health] = await checkHealth(contextOf(member(fail(REFUSED))), {});
    expect(health).toMatchObject({ healthy: false, error: REFUSED });
    const closed = new EtcdError('the client was closed', { code: 'CLIENT_CLOSED' });
    await expect(checkHealth(contextOf(member(fail(closed))), {})).rejects.toBe(closed);
    const bug = new RangeError('a fault of our own');
    await expect(checkHealth(contextOf(member(fail(bug))), {})).rejects.toBe(bug);
  });
});
