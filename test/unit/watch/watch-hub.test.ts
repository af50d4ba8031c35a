import { describe, expect, it } from 'vitest';
import { EtcdError, PermissionDeniedError, UnavailableError } from '../../../src/errors/index.js';
import type { EventInput, WatchRequestInput } from '../../../src/rpc/generated/types.js';
import { watchMessages } from '../../../src/rpc/services.js';
import type { Watcher } from '../../../src/watch/index.js';
import { failureOf } from '../../support/client.js';
import {
  created,
  encodeResponse,
  header,
  Played,
  put,
  response,
  TRUSTED,
  turn,
} from '../../support/played-watches.js';
import type { ScriptedStream } from '../../support/scripted-transport.js';
import { Collected } from '../../support/watching.js';

/** What was written, in short. */
function requests(stream: ScriptedStream): unknown[] {
  return stream.written.map((message) => {
    const { createRequest, cancelRequest } = message as WatchRequestInput;
    if (createRequest !== undefined) {
      return [new TextDecoder().decode(createRequest.key), createRequest.startRevision];
    }
    return cancelRequest === undefined ? 'progress' : ['cancel', cancelRequest.watchId];
  });
}

describe('watches on one stream', () => {
  it('ask for whole responses where fragments are not wanted', async () => {
    const played = new Played();
    played.watch('a', { fragment: false });
    const stream = await played.open();
    expect(stream.written[0]).toMatchObject({ createRequest: { fragment: false } });
  });

  it('are created in their order, and replies belong to requests in that order', async () => {
    const played = new Played();
    const a = played.watch('a');
    const b = played.watch('b', { startRevision: 5n });
    const stream = await played.open();
    expect(requests(stream)).toEqual([
      ['a', 0n],
      ['b', 5n],
    ]);
    expect(stream.written[0]).toMatchObject({
      createRequest: { fragment: true, progressNotify: true, prevKv: false, filters: [] },
    });
    const seen = [new Collected(a), new Collected(b)];
    created(stream, 7n);
    created(stream, 9n);
    stream.deliver(response(11n, { watchId: 9n, events: [put('b', 11n)] }));
    stream.deliver(response(12n, { watchId: 7n, events: [put('a', 12n)] }));
    await turn();
    expect(seen.map(({ changes }) => changes)).toEqual([['a'], ['b']]);
    expect(played.transport.openings).toHaveLength(1);
  });

  it('keep the place of a watch that leaves before its reply, and cancel it when the reply comes', async () => {
    const played = new Played();
    const a = played.watch('a');
    const b = played.watch('b');
    const stream = await played.open();
    const seen = new Collected(b);
    await a.cancel();
    created(stream, 1n);
    created(stream, 2n);
    expect(requests(stream).slice(2)).toEqual([['cancel', 1n]]);
    stream.deliver(response(11n, { watchId: 1n, events: [put('a', 11n)] }));
    stream.deliver(response(12n, { watchId: 2n, events: [put('b', 12n)] }));
    stream.deliver(response(12n, { watchId: 1n, canceled: true }));
    await turn();
    expect(seen.changes).toEqual(['b']);
  });

  it('wait with their requests while the stream takes no more', async () => {
    const played = new Played();
    const watchers = ['a', 'b', 'c'].map((key) => played.watch(key));
    await turn();
    const stream = played.transport.last.open('a:1', TRUSTED);
    stream.writable = false;
    await turn();
    expect(requests(stream)).toEqual([['a', 0n]]);
    await watchers[1]?.cancel();
    stream.writable = true;
    stream.drain();
    expect(requests(stream)).toEqual([
      ['a', 0n],
      ['c', 0n],
    ]);
  });

  it('end the stream with the last of them', async () => {
    const played = new Played();
    const watchers = [played.watch('a'), played.watch('b')];
    const stream = await played.open();
    await watchers[0]?.cancel();
    expect(stream.ended).toBe(false);
    await watchers[1]?.cancel();
    expect(stream.ended).toBe(true);
    const again = played.watch('a');
    const other = await played.open();
    expect(requests(other)).toEqual([['a', 0n]]);
    played.hub.close();
    expect(await failureOf(again.ready)).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('go on from where each of them was', async () => {
    const played = new Played();
    const fresh = played.watch('fresh');
    const quiet = played.watch('quiet');
    const busy = played.watch('busy', { startRevision: 3n });
    const past = played.watch('past', { startRevision: 2n });
    const told: string[] = [];
    busy
      .on('disconnected', (error) => told.push(error?.code ?? ''))
      .on('resumed', () => told.push('resumed'));
    past.on('disconnected', () => told.push('never'));
    let stream = await played.open();
    new Collected(busy);
    created(stream, 1n);
    created(stream, 2n);
    created(stream, 3n);
    stream.deliver(response(20n, { watchId: 2n }));
    stream.deliver(response(20n, { watchId: 3n, events: [put('busy', 3n), put('busy', 8n)] }));
    stream = await played.reopen(stream, TRUSTED);
    // 3.5.30 tells of every compaction, so nothing is read before. The fourth had no reply yet.
    expect(requests(stream)).toEqual([
      ['fresh', 11n],
      ['quiet', 21n],
      ['busy', 9n],
      ['past', 2n],
    ]);
    for (const id of [1n, 2n, 3n, 4n]) created(stream, id, 20n);
    expect(told).toEqual(['UNAVAILABLE', 'resumed']);
    await Promise.all([fresh, quiet, busy, past].map((watcher) => watcher.cancel()));
  });

  it('drop what an old server sends again', async () => {
    const played = new Played();
    const seen = new Collected(played.watch('k', { startRevision: 5n }));
    const stream = await played.open();
    created(stream, 1n);
    stream.deliver(response(9n, { watchId: 1n, events: [put('k', 4n), put('k', 5n)] }));
    stream.deliver(response(9n, { watchId: 1n, events: [put('k', 5n), put('k', 6n)] }));
    await turn();
    expect(seen.revisions).toEqual([5n, 6n]);
  });

  it('deliver a revision that is cut into fragments when it is whole', async () => {
    const played = new Played();
    const seen = new Collected(played.watch('k', { startRevision: 5n }));
    let stream = await played.open();
    created(stream, 1n);
    const part = (events: EventInput[], fragment: boolean): void =>
      stream.deliver(response(9n, { watchId: 1n, fragment, events }));
    part([put('k', 5n), put('k', 6n)], true);
    await turn();
    expect(seen.revisions).toEqual([5n]);
    stream = await played.reopen(stream, TRUSTED);
    expect(requests(stream)).toEqual([['k', 6n]]);
    created(stream, 1n);
    part([put('k', 6n)], true);
    part([put('k', 6n)], true);
    // A progress between the parts is older than the parts.
    stream.deliver(response(9n, { watchId: 1n }));
    part([put('k', 6n), put('k', 7n)], false);
    await turn();
    expect(seen.batches.map(({ revision, events }) => [revision, events.length])).toEqual([
      [5n, 1],
      [6n, 3],
      [7n, 1],
    ]);
  });
});

describe('progress', () => {
  it('for the whole stream moves those alone that were there before it was asked for', async () => {
    const played = new Played();
    const before = played.watch('before');
    const stream = await played.open();
    created(stream, 1n);
    const asked = before.requestProgress();
    await turn();
    const between = played.watch('between', { startRevision: 3n });
    const pending = played.watch('pending', { startRevision: 4n });
    created(stream, 2n);
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
    expect(before.revision).toBe(30n);
    expect(between.revision).toBe(2n);
    expect(pending.revision).toBe(3n);
    // A second reply, that nobody asked for, moves nobody.
    stream.deliver(response(40n, { watchId: -1n }));
    expect(before.revision).toBe(30n);
  });

  it('is asked for again until it comes, and counts for the oldest request', async () => {
    const played = new Played();
    const first = played.watch('first');
    const stream = await played.open();
    created(stream, 1n);
    const asked = first.requestProgress();
    await played.clock.advance(1_000);
    const times = requests(stream).filter((request) => request === 'progress').length;
    expect(times).toBeGreaterThan(2);
    const late = played.watch('late', { startRevision: 3n });
    created(stream, 2n);
    const again = late.requestProgress();
    await turn();
    // The reply may be to a request from before the second was there.
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
    expect(late.revision).toBe(2n);
    for (let i = 0; i < times; i++) stream.deliver(response(30n, { watchId: -1n }));
    expect(await again).toBe(30n);
  });

  it.each([
    ['3.4.24', 0],
    ['3.4.25', 1],
    ['3.5.7', 0],
    ['3.5.8', 1],
    ['3.6.0', 1],
    [undefined, 0],
  ])('is asked for about once a minute on %s: %i', async (version, times) => {
    const played = new Played();
    const watcher = played.watch('k', { startRevision: 5n });
    await turn();
    const stream = played.transport.last.open('a:1', version);
    await turn();
    created(stream, 1n);
    await played.clock.advance(61_000);
    expect(requests(stream).filter((request) => request === 'progress')).toHaveLength(times);
    stream.deliver(response(50n, { watchId: -1n }));
    expect(watcher.revision).toBe(times === 0 ? 4n : 50n);
    if (times === 0) {
      expect(await failureOf(watcher.requestProgress())).toMatchObject({ code: 'UNSUPPORTED' });
    }
    await watcher.cancel();
  });

  it('that is older than where a watch starts does not move it back', async () => {
    const played = new Played();
    const watcher = played.watch('k', { startRevision: 100n });
    const shared = await played.open();
    created(shared, 1n, 6n);
    // It is ahead of the store, and would silence the replies of its stream: it gets its own.
    expect(shared.ended).toBe(true);
    const stream = await played.open();
    created(stream, 1n, 6n);
    stream.deliver(response(6n, { watchId: 1n }));
    expect(watcher.revision).toBe(99n);
    await watcher.cancel();
  });
});

describe('progress that a server does not tell', () => {
  /** Asks so often, for one watcher after the other, that were all there from the beginning. */
  async function ask(watcher: Watcher<string>, played: Played, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const asked = failureOf(watcher.requestProgress({ timeoutMs: 50 }));
      await played.clock.advance(50);
      expect(await asked).toMatchObject({ code: 'TIMEOUT' });
    }
  }

  it('is answered by the first message, for a watcher that was there before it was asked for', async () => {
    const played = new Played();
    const watcher = played.watch('k');
    const stream = await played.open();
    created(stream, 1n);
    await ask(watcher, played, 1_000);
    const asked = watcher.requestProgress();
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
  });

  it('is asked for again at once when an answer may be to an older request', async () => {
    const played = new Played();
    const first = played.watch('first');
    const stream = await played.open();
    created(stream, 1n);
    await ask(first, played, 20);
    const late = played.watch('late');
    created(stream, 2n);
    const asked = late.requestProgress();
    await turn();
    const before = requests(stream).length;
    // All 20 may have been left unanswered, or answered late: the 21st answer is certain.
    for (let answer = 1; answer <= 20; answer++) {
      stream.deliver(response(30n, { watchId: -1n }));
      expect(requests(stream)).toHaveLength(before + answer);
      expect(late.revision).toBe(10n);
    }
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
  });

  it('counts at once for a watcher that has received something after it was registered', async () => {
    const played = new Played();
    const first = played.watch('first');
    const stream = await played.open();
    created(stream, 1n);
    await ask(first, played, 20);
    const late = played.watch('late', { startRevision: 3n });
    created(stream, 2n);
    new Collected(late);
    stream.deliver(response(30n, { watchId: 2n, events: [put('late', 7n)] }));
    const asked = late.requestProgress();
    await turn();
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
  });

  it('is asked for on another stream when very many answers would have to come before', async () => {
    const played = new Played();
    const first = played.watch('first');
    let stream = await played.open();
    created(stream, 1n);
    await ask(first, played, 100);
    const late = played.watch('late');
    created(stream, 2n);
    const asked = late.requestProgress();
    await turn();
    expect(stream.ended).toBe(true);
    await played.clock.advance(200);
    stream = await played.open();
    created(stream, 1n, 20n);
    created(stream, 2n, 20n);
    await played.clock.advance(1_000);
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
  });

  it('is told as soon as the version of the server is known', async () => {
    const played = new Played();
    const watcher = played.watch('k');
    await turn();
    const stream = played.transport.last.open('a:1', undefined);
    await turn();
    created(stream, 1n);
    expect(await failureOf(watcher.requestProgress())).toMatchObject({ code: 'UNSUPPORTED' });
    // Somebody has signed in, and the server tells its version to users.
    stream.version = TRUSTED;
    const asked = watcher.requestProgress();
    await turn();
    stream.deliver(response(30n, { watchId: -1n }));
    expect(await asked).toBe(30n);
  });
});

describe('an event of a type that this client does not know', () => {
  it('ends its watch with an error, after what came before it', async () => {
    const played = new Played();
    const watcher = played.watch('k');
    const sibling = new Collected(played.watch('sibling'));
    const stream = await played.open();
    created(stream, 1n);
    created(stream, 2n);
    const collected = new Collected(watcher);
    const events = [put('k', 11n), { ...put('k', 12n), type: 'DELETE' as const }, put('k', 13n)];
    const bytes = Buffer.from(encodeResponse(13n, { watchId: 1n, events }));
    // The type of the deletion becomes one that there is not.
    bytes[bytes.indexOf(Buffer.from([0x08, 0x01, 0x12])) + 1] = 2;
    stream.deliver(watchMessages.decode(bytes));
    expect(await collected.ended).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('type 2 (revision 12)'),
    });
    expect(collected.revisions).toEqual([11n]);
    expect(watcher.revision).toBe(11n);
    stream.deliver(response(14n, { watchId: 2n, events: [put('sibling', 14n)] }));
    await sibling.untilCount(1);
  });
});

describe('a watch that the server ends', () => {
  it('is cancelled there, too, so that its siblings are told of progress', async () => {
    const played = new Played();
    const old = played.watch('old', { startRevision: 1n });
    const sibling = played.watch('sibling');
    const stream = await played.open();
    created(stream, 1n);
    created(stream, 2n);
    stream.deliver(response(0n, { watchId: 1n, canceled: true, compactRevision: 7n }));
    expect(await new Collected(old).ended).toMatchObject({ code: 'COMPACTED' });
    expect(requests(stream).slice(2)).toEqual([['cancel', 1n]]);
    // The server's word on that is the last one.
    stream.deliver(response(0n, { watchId: 1n, canceled: true }));
    expect(requests(stream).slice(3)).toEqual([]);
    await sibling.cancel();
  });

  it('again and again, for a reason that may pass, disturbs no sibling and is repeated with growing pauses', async () => {
    const played = new Played();
    const busy = new Collected(played.watch('busy'));
    const refused = played.watch('refused');
    const stream = await played.open();
    created(stream, 1n);
    let id = 2n;
    let revision = 11n;
    const cancelReason = 'rpc error: code = Internal desc = oops';
    const creations = (): number =>
      requests(stream).filter((request) => (request as unknown[])[0] === 'refused').length;
    for (let answered = 0, step = 0; step < 400; step++) {
      if (answered < creations()) {
        answered += 1;
        id += 1n;
        created(stream, id);
        stream.deliver(response(10n, { watchId: id, canceled: true, cancelReason }));
      }
      stream.deliver(response(revision, { watchId: 1n, events: [put('busy', revision)] }));
      revision += 1n;
      await played.clock.advance(10);
    }
    await busy.untilCount(400);
    // Four seconds: at once, and then after 25, 50, 100, 200, 400, 800 and 1,600 ms.
    expect(creations()).toBeGreaterThan(5);
    expect(creations()).toBeLessThan(12);
    expect(stream.ended).toBe(false);
    expect(played.transport.openings).toHaveLength(1);
    // It goes on when the reason has passed.
    await played.clock.advance(2_000);
    created(stream, id + 1n);
    stream.deliver(response(900n, { watchId: id + 1n, events: [put('refused', 900n)] }));
    const { value } = await refused.batches().next();
    expect(value.revision).toBe(900n);
  });

  it('again and again, for its token, does not have its stream reopened without a pause', async () => {
    const played = new Played();
    const busy = new Collected(played.watch('busy'));
    played.watch('refused');
    const cancelReason = 'etcdserver: invalid auth token';
    let revision = 11n;
    for (let time = 0; time < 100; time++) {
      const { last } = played.transport;
      if (last.opened === undefined) await played.open();
      const stream = last.opened as ScriptedStream;
      if (!stream.ended) {
        created(stream, 1n, revision);
        stream.deliver(response(revision, { watchId: 1n, events: [put('busy', revision)] }));
        revision += 1n;
        const refusal = { watchId: -1n, created: true, canceled: true, cancelReason };
        stream.deliver(response(0n, refusal));
      }
      await played.clock.advance(10);
    }
    expect(busy.count).toBeGreaterThan(3);
    // One second: at once, and then after 25, 50, 100, 200 and 400 ms.
    expect(played.transport.openings.length).toBeLessThan(9);
  });

  it.each([
    'etcdserver: invalid auth token',
    'rpc error: code = Unauthenticated desc = etcdserver: invalid auth token',
    'etcdserver: revision of auth store is old',
  ])('goes on with another token and another stream: %s', async (cancelReason) => {
    const played = new Played();
    const watchers = [played.watch('a'), played.watch('b')];
    let stream = await played.open();
    created(stream, 1n);
    stream.deliver(response(0n, { watchId: -1n, created: true, canceled: true, cancelReason }));
    expect(stream.refusals).toHaveLength(1);
    expect(stream.ended).toBe(true);
    await played.clock.advance(5_000);
    stream = await played.open();
    expect(requests(stream)).toEqual([
      ['a', 11n],
      ['b', 0n],
    ]);
    await Promise.all(watchers.map((watcher) => watcher.cancel()));
  });

  it('fails with all the others when no other token can be had', async () => {
    const played = new Played();
    const watcher = played.watch('a');
    const stream = await played.open();
    const refusal = new EtcdError('no other', { code: 'AUTHENTICATION_FAILED' });
    stream.noOtherToken = refusal;
    const cancelReason = 'etcdserver: invalid auth token';
    stream.deliver(response(0n, { watchId: -1n, created: true, canceled: true, cancelReason }));
    expect(await failureOf(watcher.ready)).toBe(refusal);
  });

  it.each(['etcdserver: no leader', 'rpc error: code = Internal desc = oops', ''])(
    'goes on elsewhere when the reason may pass: "%s"',
    async (cancelReason) => {
      const played = new Played();
      const watcher = played.watch('a');
      let stream = await played.open();
      created(stream, 1n);
      stream.deliver(response(11n, { watchId: 1n, canceled: true, cancelReason }));
      await played.clock.advance(5_000);
      stream = await played.open();
      expect(requests(stream)).toEqual([['a', 11n]]);
      expect(played.transport.last.options.avoid).toBe('a:1');
      await watcher.cancel();
    },
  );

  it('fails alone for a reason that does not pass', async () => {
    const played = new Played();
    const bad = played.watch('bad');
    const good = played.watch('good');
    const stream = await played.open();
    const cancelReason = 'something that no version of today says';
    stream.deliver(response(0n, { watchId: -1n, created: true, canceled: true, cancelReason }));
    expect(await failureOf(bad.ready)).toMatchObject({ message: cancelReason });
    created(stream, 1n);
    await good.ready;
    expect(stream.ended).toBe(false);
  });

  it.each([
    ['may read its keys: it had an old token', true],
    ['may not', false],
  ])('for lack of permission is believed when a read says that it %s', async (_, allowed) => {
    const played = new Played();
    const watcher = played.watch('a');
    const sibling = played.watch('b');
    played.transport.answer = () => {
      if (allowed) return { header: header(10n), kvs: [] };
      throw new PermissionDeniedError('denied', {});
    };
    const denied = { created: true, canceled: true, cancelReason: 'etcdserver: permission denied' };
    let stream = await played.open();
    stream.deliver(response(0n, { watchId: -1n, ...denied }));
    await turn();
    if (allowed) {
      await played.clock.advance(5_000);
      stream = await played.open();
      expect(requests(stream)).toEqual([
        ['a', 0n],
        ['b', 0n],
      ]);
      // Once is enough: the next time it is true.
      stream.deliver(response(0n, { watchId: -1n, ...denied }));
      await turn();
    }
    expect(await failureOf(watcher.ready)).toMatchObject({ code: 'PERMISSION_DENIED' });
    created(stream, 1n);
    await sibling.ready;
  });

  it('fails when no endpoint is of the right cluster', async () => {
    const played = new Played();
    const watcher = played.watch('a');
    const stream = await played.open();
    created(stream, 1n);
    stream.end(new UnavailableError('cut', {}));
    await played.clock.advance(5_000);
    played.transport.last.fail(new EtcdError('another cluster', { code: 'CLUSTER_ID_MISMATCH' }));
    await turn();
    expect(await new Collected(watcher).ended).toMatchObject({ code: 'CLUSTER_ID_MISMATCH' });
  });
});

describe('a store that is behind what was seen of it', () => {
  async function resumedAt(now: () => unknown): Promise<{ played: Played; end: Promise<unknown> }> {
    const played = new Played();
    const watcher = played.watch('a');
    const end = new Collected(watcher).ended;
    let stream = await played.open();
    created(stream, 1n, 50n);
    stream = await played.reopen(stream, TRUSTED);
    played.transport.answer = now;
    created(stream, 1n, 20n);
    await turn();
    return { played, end };
  }

  it('fails the watch when a linearizable read says the same', async () => {
    const { end } = await resumedAt(() => ({ header: header(20n), kvs: [] }));
    expect(await end).toMatchObject({ code: 'STORE_WENT_BACK' });
  });

  it('is a member that lags when the read is ahead', async () => {
    const { played, end } = await resumedAt(() => ({ header: header(50n), kvs: [] }));
    expect(await Promise.race([end, turn().then(() => 'goes on')])).toBe('goes on');
    expect(played.transport.openings).toHaveLength(2);
  });

  it('is looked at again on another stream when the read fails', async () => {
    const { played, end } = await resumedAt(() => {
      throw new UnavailableError('down', {});
    });
    await played.clock.advance(5_000);
    const stream = await played.open();
    played.transport.answer = () => ({ header: header(20n), kvs: [] });
    created(stream, 1n, 20n);
    expect(await end).toMatchObject({ code: 'STORE_WENT_BACK' });
  });
});

describe('a resume on a server that hides compacted deletions', () => {
  it.each([
    ['is gone', true, 1n],
    ['is there', false, 11n],
  ])('reads at the last revision first, which %s', async (_, gone, start) => {
    const played = new Played();
    const watcher = played.watch('a');
    const end = new Collected(watcher).ended;
    let stream = await played.open('3.4.23');
    created(stream, 1n);
    const reads: unknown[] = [];
    played.transport.answer = (method, request, options) => {
      reads.push({ method, request, endpoint: options.endpoint });
      if (gone) throw new EtcdError('compacted', { code: 'COMPACTED' });
      return { header: header(10n), kvs: [] };
    };
    stream = await played.reopen(stream, '3.4.23');
    await turn();
    expect(reads).toMatchObject([
      { method: 'KV.Range', request: { revision: 10n, serializable: true }, endpoint: 'a:2' },
    ]);
    // Asking for what is surely gone makes the server say what is left.
    expect(requests(stream)).toEqual([['a', start]]);
    if (!gone) return;
    created(stream, 1n, 30n);
    stream.deliver(response(0n, { watchId: 1n, canceled: true, compactRevision: 11n }));
    expect(await end).toMatchObject({ code: 'COMPACTED', compactRevision: 11n });
  });
});
