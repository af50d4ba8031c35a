import { describe, expect, it } from 'vitest';
import type { WatchBatch, WatchEvent, Watcher, WatchOptions } from '../../../src/watch/index.js';
import { thrownBy } from '../../support/client.js';
import { created, Played, put, response, TRUSTED, turn } from '../../support/played-watches.js';
import type { ScriptedStream } from '../../support/scripted-transport.js';

/** A watch from now on, which a server has registered at revision 10. */
async function registered(
  options: WatchOptions = {},
): Promise<{ played: Played; watcher: Watcher<string>; stream: ScriptedStream }> {
  const played = new Played();
  const watcher = played.watch('k', options);
  const stream = await played.open();
  created(stream, 1n);
  await watcher.ready;
  return { played, watcher, stream };
}

/** Sends revisions, each with so many puts of `<revision>.<index>`. */
function send(stream: ScriptedStream, puts: Readonly<Record<number, number>>): void {
  const events = Object.entries(puts).flatMap(([revision, count]) =>
    Array.from({ length: count }, (_, index) => put(`${revision}.${index}`, BigInt(revision))),
  );
  stream.deliver(response(20n, { watchId: 1n, events }));
}

/** The server tells that it has sent everything up to a revision. */
function progress(stream: ScriptedStream, revision: bigint): void {
  stream.deliver(response(revision, { watchId: 1n }));
}

/** Both ways to iterate, as one that gives revisions. */
const iterators: [string, (watcher: Watcher<string>) => AsyncIterator<{ revision: bigint }>][] = [
  ['events', (watcher): AsyncIterator<WatchEvent> => watcher[Symbol.asyncIterator]()],
  ['batches', (watcher): AsyncIterator<WatchBatch> => watcher.batches()],
];

describe.each(iterators)('the position of a watch that is iterated by %s', (_, iterate) => {
  it('moves when a revision is handed over, and not when it comes', async () => {
    const { watcher, stream } = await registered();
    const iterator = iterate(watcher);
    expect(watcher.revision).toBe(10n);
    send(stream, { 11: 1, 12: 1 });
    progress(stream, 15n);
    expect(watcher.revision).toBe(10n);
    expect((await iterator.next()).value.revision).toBe(11n);
    expect(watcher.revision).toBe(11n);
    await iterator.next();
    expect(watcher.revision).toBe(15n);
  });

  it('tells progress once the consumer has come back for more', async () => {
    const { watcher, stream } = await registered({ progressNotify: true });
    const told: [bigint, bigint][] = [];
    watcher.on('progress', (revision) => told.push([revision, watcher.revision]));
    const iterator = iterate(watcher);
    const first = iterator.next();
    send(stream, { 11: 1 });
    progress(stream, 11n);
    await first;
    await turn();
    // The consumer works on revision 11.
    expect(told).toEqual([]);
    send(stream, { 12: 1 });
    progress(stream, 13n);
    send(stream, { 14: 1 });
    const second = iterator.next();
    // Nothing of revision 12 was handed over when its consumer asked for it.
    expect(told).toEqual([[11n, 11n]]);
    await second;
    const third = iterator.next();
    expect(told.at(-1)).toEqual([13n, 13n]);
    expect((await third).value.revision).toBe(14n);
    const fourth = iterator.next();
    // Whoever waits has done all that came before.
    progress(stream, 16n);
    expect(told.at(-1)).toEqual([16n, 16n]);
    await watcher.cancel();
    await fourth;
  });

  it('tells progress to a consumer that is always behind, and the newest in the end', async () => {
    const { watcher, stream } = await registered({ progressNotify: true });
    const told: bigint[] = [];
    watcher.on('progress', (revision) => told.push(revision));
    const iterator = iterate(watcher);
    for (const revision of [11, 12, 13, 14]) {
      send(stream, { [revision]: 1 });
      progress(stream, BigInt(revision));
    }
    for (let taken = 0; taken < 4; taken++) await iterator.next();
    expect(told).toEqual([11n]);
    void iterator.next();
    expect(told).toEqual([11n, 14n]);
    await watcher.cancel();
  });

  it('stays for ever where it was when the watch was cancelled', async () => {
    const { watcher, stream } = await registered();
    const iterator = iterate(watcher);
    send(stream, { 11: 1, 12: 1, 13: 1 });
    progress(stream, 17n);
    await iterator.next();
    await iterator.next();
    await watcher.cancel();
    expect(watcher.revision).toBe(12n);
    expect((await iterator.next()).done).toBe(true);
    await turn();
    expect(watcher.revision).toBe(12n);
  });

  it('counts what a waiting consumer is given in the moment of a cancellation', async () => {
    const { watcher, stream } = await registered();
    const iterator = iterate(watcher);
    const waiting = iterator.next();
    send(stream, { 11: 1, 12: 1 });
    void watcher.cancel();
    expect(watcher.revision).toBe(11n);
    expect((await waiting).value.revision).toBe(11n);
    expect(watcher.revision).toBe(11n);
  });
});

describe('the position of a watch', () => {
  it.each(['break', 'cancel', 'abort'])('is before a revision that was left by %s', async (how) => {
    const leaving = new AbortController();
    const { watcher, stream } = await registered({ signal: leaving.signal });
    send(stream, { 11: 1, 12: 3, 13: 1 });
    const seen: string[] = [];
    for await (const { key } of watcher) {
      seen.push(key);
      if (key !== '12.1') continue;
      if (how === 'break') break;
      if (how === 'cancel') await watcher.cancel();
      if (how === 'abort') leaving.abort();
      expect(watcher.revision).toBe(11n);
    }
    expect(seen).toEqual(['11.0', '12.0', '12.1']);
    expect(watcher.revision).toBe(11n);
  });

  it('is that of the consumer that is further behind', async () => {
    const { watcher, stream } = await registered();
    const heard: [string, bigint][] = [];
    watcher.on('put', ({ key }) => heard.push([key, watcher.revision]));
    const iterator = watcher[Symbol.asyncIterator]();
    send(stream, { 11: 1, 12: 1 });
    expect(heard).toEqual([
      ['11.0', 10n],
      ['12.0', 10n],
    ]);
    await iterator.next();
    expect(watcher.revision).toBe(11n);
    await iterator.next();
    expect(watcher.revision).toBe(12n);
  });

  it('does not go down for an iterator that comes late and begins further behind', async () => {
    const { watcher, stream } = await registered();
    const heard: string[] = [];
    watcher.on('put', ({ key }) => heard.push(key));
    send(stream, { 11: 1, 12: 1 });
    expect(watcher.revision).toBe(12n);
    const iterator = watcher[Symbol.asyncIterator]();
    expect(watcher.revision).toBe(12n);
    expect((await iterator.next()).value.key).toBe('11.0');
    send(stream, { 13: 1 });
    expect(watcher.revision).toBe(12n);
    await iterator.next();
    await iterator.next();
    expect(watcher.revision).toBe(13n);
    expect(heard).toEqual(['11.0', '12.0', '13.0']);
  });

  it('waits for the rest of a revision whose listener has left in its middle', async () => {
    const { watcher, stream } = await registered();
    const heard: string[] = [];
    watcher.once('put', ({ key }) => heard.push(key));
    send(stream, { 11: 2, 12: 1 });
    expect(heard).toEqual(['11.0']);
    expect(watcher.revision).toBe(10n);
    watcher.on('put', ({ key }) => heard.push(key));
    await turn();
    expect(heard).toEqual(['11.0', '11.1', '12.0']);
    expect(watcher.revision).toBe(12n);
  });

  it('counts no consumer that has gone', async () => {
    const { watcher, stream } = await registered();
    const listener = (): void => {};
    watcher.on('put', listener);
    const iterator = watcher.batches();
    send(stream, { 11: 1 });
    watcher.off('put', listener);
    send(stream, { 12: 1 });
    await iterator.next();
    await iterator.next();
    expect(watcher.revision).toBe(12n);
  });

  it('is unknown before a watch from now on is registered, and for ever if it never was', async () => {
    const played = new Played();
    const watcher = played.watch('k');
    const other = played.watch('k');
    expect(thrownBy(() => watcher.revision)).toMatchObject({ code: 'NOT_READY' });
    await other.cancel();
    expect(thrownBy(() => other.revision)).toMatchObject({ code: 'NOT_READY' });
    created(await played.open(), 1n);
    await watcher.ready;
    expect(watcher.revision).toBe(10n);
    await watcher.cancel();
    expect(watcher.revision).toBe(10n);
  });

  it('is known at once where a start was given', async () => {
    const played = new Played();
    const watcher = played.watch('k', { startRevision: 5n });
    expect(watcher.revision).toBe(4n);
    created(await played.open(), 1n, 30n);
    await watcher.ready;
    // The replay is still to come.
    expect(watcher.revision).toBe(4n);
    await watcher.cancel();
    expect(watcher.revision).toBe(4n);
  });
});

describe('an event as old as the registration of a watch from now on', () => {
  it('is given by the stream that has registered it', async () => {
    const { played, watcher, stream } = await registered();
    const iterator = watcher.batches();
    send(stream, { 9: 1, 10: 1, 12: 1 });
    // Nobody was promised it: the position stays.
    expect(watcher.revision).toBe(10n);
    for (const revision of [9n, 10n, 12n]) {
      expect((await iterator.next()).value.revision).toBe(revision);
      expect(watcher.revision).toBeGreaterThanOrEqual(10n);
    }
    // The next stream goes on from what was received, and repeats nothing.
    const next = await played.reopen(stream, TRUSTED);
    expect(next.written[0]).toMatchObject({ createRequest: { startRevision: 13n } });
    created(next, 1n, 20n);
    send(next, { 12: 1, 13: 1 });
    expect((await iterator.next()).value.revision).toBe(13n);
  });

  it('is not asked for when the stream breaks before it comes', async () => {
    const { played, stream } = await registered();
    const next = await played.reopen(stream, TRUSTED);
    expect(next.written[0]).toMatchObject({ createRequest: { startRevision: 11n } });
  });
});
