import { describe, expect, it } from 'vitest';
import { Leaders } from '../../../src/concurrency/observe.js';
import { iterateOnce } from '../../../src/errors/index.js';
import type { KeyValue, Selection } from '../../../src/index.js';

type Follow = Selection<string>['follow'];
type Change = Awaited<ReturnType<ReturnType<Follow>['next']>>['value'];

const kv = (key: string, createRevision: bigint, modRevision = createRevision) =>
  ({ key, value: `${key}@${modRevision}`, createRevision, modRevision }) as KeyValue;

const snapshot = (...kvs: KeyValue[]): Change => ({
  type: 'snapshot',
  revision: 100n,
  entries: new Map(kvs.map((entry) => [entry.key, entry])),
});
const put = (entry: KeyValue, more = false): Change => ({
  type: 'put',
  key: entry.key,
  kv: entry,
  revision: entry.modRevision,
  more,
  prev: undefined,
});
const gone = (key: string, more = false): Change => ({
  type: 'delete',
  key,
  revision: 200n,
  more,
  prev: undefined,
});

/** What an observer of these changes is told. */
async function told(...changes: Change[]): Promise<(string | undefined)[]> {
  async function* follow(): AsyncGenerator<NonNullable<Change>, undefined> {
    for (const change of changes) if (change !== undefined) yield change;
    return undefined;
  }
  const leaders: (string | undefined)[] = [];
  for await (const leader of iterateOnce(
    new Leaders({ follow: follow as unknown as Follow }, {}),
    'observe',
    '',
  )) {
    leaders.push(leader?.value);
  }
  return leaders;
}

describe('an observer of an election', () => {
  it('gets the oldest key, whatever order they come in', async () => {
    expect(await told(snapshot(kv('b', 7n), kv('a', 9n), kv('c', 8n)))).toEqual(['b@7']);
  });

  it('gets undefined when nobody leads, at first and later', async () => {
    expect(await told(snapshot(), put(kv('a', 5n)), gone('a'))).toEqual([
      undefined,
      'a@5',
      undefined,
    ]);
  });

  it('gets no event for candidates that come and go behind the leader', async () => {
    expect(await told(snapshot(kv('a', 5n)), put(kv('b', 6n)), gone('b'))).toEqual(['a@5']);
  });

  it('gets each proclamation of the leader, and no other', async () => {
    expect(
      await told(snapshot(kv('a', 5n), kv('b', 6n)), put(kv('b', 6n, 7n)), put(kv('a', 5n, 8n))),
    ).toEqual(['a@5', 'a@8']);
  });

  it('handles all events of a revision together', async () => {
    expect(
      await told(
        snapshot(kv('a', 5n), kv('b', 6n)),
        gone('a', true),
        gone('b', true),
        put(kv('c', 9n)),
      ),
    ).toEqual(['a@5', 'c@9']);
  });

  it('gets the same key again when it was created again', async () => {
    expect(await told(snapshot(kv('a', 5n)), gone('a', true), put(kv('a', 9n)))).toEqual([
      'a@5',
      'a@9',
    ]);
  });
});
