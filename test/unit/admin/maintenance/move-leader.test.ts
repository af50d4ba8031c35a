import { describe, expect, test } from 'vitest';
import { Maintenance } from '../../../../src/admin/maintenance/index.js';
import { EtcdError, UnavailableError } from '../../../../src/index.js';
import type { Transport } from '../../../../src/transport/transport.js';
import { failureOf } from '../../../support/client.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { RecordingTransport } from '../../../support/recording-transport.js';

/** Members by their ids, at endpoints that tell them. */
const MEMBERS = new Map([
  ['http://a:2379', 1n],
  ['http://b:2379', 2n],
  ['http://c:2379', 3n],
]);
const NOT_LEADER = new EtcdError('not leader', {
  code: 'MEMBER_NOT_LEADER',
  outcome: 'not-applied',
});

interface Script {
  readonly endpoints?: readonly string[];
  /** Who leads, as a member sees it when it is asked. */
  readonly leader: () => bigint;
  /** What becomes of the call at the leader. */
  readonly move?: () => unknown;
}

function maintenanceOf({ endpoints = [...MEMBERS.keys()], leader, move = () => ({}) }: Script) {
  const transport: RecordingTransport = new RecordingTransport((method) => {
    switch (method) {
      case 'Maintenance.Status': {
        const { endpoint = '' } = transport.calls.at(-1)?.options ?? {};
        return { header: { memberId: MEMBERS.get(endpoint) }, leader: leader() };
      }
      case 'Cluster.MemberList':
        return {
          members: [...MEMBERS].map(([url, id]) => ({ id, clientUrls: id === 3n ? [] : [url] })),
        };
      default:
        return move();
    }
  });
  const reached: (readonly string[])[] = [];
  const clock = new ManualClock();
  const maintenance = new Maintenance({
    transport,
    clock,
    timeoutMs: 5_000,
    endpoints: () => endpoints,
    withTemporaryTransport: (urls, use: (transport: Transport) => Promise<never>) => {
      reached.push(urls);
      return use(transport);
    },
  });
  const moves = () => transport.calls.filter(({ method }) => method === 'Maintenance.MoveLeader');
  return { maintenance, transport, clock, reached, moves };
}

describe('moving the leadership', () => {
  test('goes to the leader among the endpoints', async () => {
    const { maintenance, moves, reached } = maintenanceOf({ leader: () => 2n });
    await maintenance.moveLeader(3);
    expect(moves()).toMatchObject([
      { request: { targetId: 3n }, options: { endpoint: 'http://b:2379' } },
    ]);
    expect(reached).toEqual([]);
  });

  test('goes to the client URLs of a leader that is not an endpoint', async () => {
    const script = { endpoints: ['http://a:2379'], leader: () => 2n };
    const { maintenance, moves, reached } = maintenanceOf(script);
    await maintenance.moveLeader(1n);
    expect(reached).toEqual([['http://b:2379']]);
    expect(moves()[0]?.options?.endpoint).toBeUndefined();
  });

  test('looks for the leader again when it has changed meanwhile', async () => {
    let leader = 1n;
    const { maintenance, moves } = maintenanceOf({
      leader: () => leader,
      move: () => {
        if (leader === 2n) return {};
        leader = 2n;
        throw NOT_LEADER;
      },
    });
    await maintenance.moveLeader(3n);
    const endpoints = moves().map(({ options }) => options?.endpoint);
    expect(endpoints).toEqual(['http://a:2379', 'http://b:2379']);
  });

  test('gives up when it changes again and again', async () => {
    const move = () => {
      throw NOT_LEADER;
    };
    const { maintenance, moves } = maintenanceOf({ leader: () => 1n, move });
    expect(await failureOf(maintenance.moveLeader(3n))).toBe(NOT_LEADER);
    expect(moves()).toHaveLength(3);
  });

  test.each<[string, Script]>([
    ['nobody leads', { leader: () => 0n }],
    ['the leader tells no URLs', { endpoints: ['http://a:2379'], leader: () => 3n }],
  ])('is not sent when %s', async (_, script) => {
    const { maintenance, moves } = maintenanceOf(script);
    const error = await failureOf(maintenance.moveLeader(2n));
    expect(error).toMatchObject({ code: 'NO_LEADER', outcome: 'not-sent', retryable: true });
    expect(error).toBeInstanceOf(UnavailableError);
    expect(moves()).toEqual([]);
  });

  test('fails as the search does when no endpoint answers', async () => {
    const down = new UnavailableError('no endpoint was ready in time', { outcome: 'not-sent' });
    const { maintenance, moves } = maintenanceOf({
      leader: (): bigint => {
        throw down;
      },
    });
    expect(await failureOf(maintenance.moveLeader(2n))).toBe(down);
    expect(moves()).toEqual([]);
  });

  test('ends the rest of the search once the leader is found', async () => {
    const { maintenance, transport } = maintenanceOf({ leader: () => 2n });
    const caller = new AbortController();
    await maintenance.moveLeader(3n, { signal: caller.signal, timeoutMs: 1_000 });
    for (const { method, options } of transport.calls) {
      if (method !== 'Maintenance.Status') continue;
      expect(options?.signal?.aborted).toBe(true);
      expect(options?.timeoutMs).toBe(500);
    }
    expect(caller.signal.aborted).toBe(false);
  });

  test.each([1, 2])('sends nothing after its deadline, in round %d', async (rounds) => {
    let asked = 0;
    const { maintenance, moves, clock } = maintenanceOf({
      leader: () => {
        // All endpoints are asked at once; the last of them answers late.
        asked += 1;
        if (asked === rounds * MEMBERS.size) clock.block(100);
        return 2n;
      },
      move: () => {
        throw NOT_LEADER;
      },
    });
    const error = await failureOf(maintenance.moveLeader(3n, { timeoutMs: 100 }));
    expect(error).toMatchObject({
      code: 'TIMEOUT',
      outcome: rounds === 1 ? 'not-sent' : 'not-applied',
      method: 'Maintenance.MoveLeader',
    });
    expect(error.message).toContain('100 ms');
    expect(moves()).toHaveLength(rounds - 1);
  });
});

describe('disarming all alarms', () => {
  test('is over at its deadline, and sends no more', async () => {
    const clock = new ManualClock();
    const transport = new RecordingTransport((_, request) => {
      clock.block(60);
      const { action } = request as { action: string };
      const alarms = [1n, 2n].map((memberId) => ({ memberId, alarm: 'NOSPACE' }));
      return { alarms: action === 'GET' ? alarms : alarms.slice(0, 1) };
    });
    const maintenance = new Maintenance({
      transport,
      clock,
      timeoutMs: 100,
      endpoints: () => [],
      withTemporaryTransport: () => Promise.reject(new Error('not needed')),
    });
    const error = await failureOf(maintenance.disarm());
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(transport.calls.map(({ options }) => options?.timeoutMs)).toEqual([100, 40]);
  });
});
