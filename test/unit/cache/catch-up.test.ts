import { expect, it } from 'vitest';
import { CatchUp } from '../../../src/cache/catch-up.js';
import { SharedRead } from '../../../src/cache/shared-read.js';
import { EtcdError, TimeoutError } from '../../../src/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import { type Deferred, deferred } from '../../support/wait.js';

/** A cache at revision 10 of a store at 20, whose server answers as it is told. */
class Played {
  readonly clock = new ManualClock();
  readonly life = new AbortController();
  revision = 10n;
  asked = 0;
  compared = 0;
  /** What a question for the progress comes to. */
  progress: () => bigint = () => 20n;
  readonly catchUp = new CatchUp({
    clock: this.clock,
    life: this.life.signal,
    revision: () => this.revision,
    watcher: () => ({ requestProgress: () => this.#ask() }),
    compare: async () => {
      this.compared += 1;
      this.#reach(20n);
    },
  });

  async #ask(): Promise<bigint> {
    this.asked += 1;
    const revision = this.progress();
    this.#reach(revision);
    return revision;
  }

  #reach(revision: bigint): void {
    this.revision = revision;
    this.catchUp.advanced();
  }
}

function failing(error: EtcdError): () => never {
  return () => {
    throw error;
  };
}

it('the server is asked until it has the revision that is waited for', async () => {
  const played = new Played();
  const answers = [10n, 12n, 20n];
  played.progress = () => answers.shift() ?? 0n;
  const reached = played.catchUp.until(20n, new AbortController().signal);
  await played.clock.advance(5_000);
  await reached;
  expect([played.asked, played.compared, played.clock.timers]).toEqual([3, 0, 0]);
});

it.each([
  new EtcdError('its answer cannot be trusted', { code: 'UNSUPPORTED' }),
  new TimeoutError('no answer', {}),
])('a server that does not tell its progress ($code) is asked for changes', async (error) => {
  const played = new Played();
  played.progress = failing(error);
  await played.catchUp.until(20n, new AbortController().signal);
  expect([played.asked, played.compared]).toEqual([1, 1]);
});

it('a broken watch is asked again, and nothing is read for it', async () => {
  const played = new Played();
  played.progress = failing(new EtcdError('compacted', { code: 'COMPACTED' }));
  const reached = played.catchUp.until(20n, new AbortController().signal);
  await played.clock.advance(100);
  expect(played.compared).toBe(0);
  expect(played.asked).toBeGreaterThan(2);
  played.progress = () => 20n;
  await played.clock.advance(5_000);
  await reached;
});

it('no server is asked when all readers have left, nor when the cache is closed', async () => {
  const played = new Played();
  played.progress = () => 10n;
  const caller = new AbortController();
  const left = played.catchUp.until(20n, caller.signal);
  caller.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  await played.clock.advance(5_000);
  expect(played.clock.timers).toBe(0);
  const over = played.catchUp.until(20n, played.life.signal);
  played.life.abort(new Error('over'));
  await expect(over).rejects.toThrow('over');
  await played.clock.advance(5_000);
  expect(played.clock.timers).toBe(0);
});

it('readers share a read, but never one that began before they asked', async () => {
  const reads: Deferred<string>[] = [];
  const shared = new SharedRead(() => {
    const read = deferred<string>();
    reads.push(read);
    return read.promise;
  });
  const first = [shared.next(), shared.next()];
  await Promise.resolve();
  await Promise.resolve();
  expect(reads).toHaveLength(1);
  const later = [shared.next(), shared.next(), shared.next()];
  reads[0]?.reject(new Error('failed'));
  for (const read of first) await expect(read).rejects.toThrow('failed');
  await new Promise(setImmediate);
  expect(reads).toHaveLength(2);
  reads[1]?.resolve('second');
  expect(await Promise.all(later)).toEqual(['second', 'second', 'second']);
});
