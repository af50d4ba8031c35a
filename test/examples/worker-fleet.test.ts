import { expect, it } from 'vitest';
import { type Ended, Fleet, type Worker } from '../../examples/worker-fleet/fleet.js';
import { placesOf, type Told } from '../../examples/worker-fleet/task.js';
import { clientOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { until } from '../support/wait.js';

const PICTURES = 12;
/** Long enough to survive a machine that stands still for a moment. */
const TTL_SECONDS = 5;
/** For workers to start and to be heard of, on a machine that is busy. */
const PATIENCE = { timeoutMs: 60_000 };
const TEST = { timeout: 180_000 };

/** Notes what the workers tell, and waits for more. */
class Diary {
  readonly entries: { readonly name: string; readonly told: Told | Ended }[] = [];

  readonly note = ({ name }: Worker, told: Told | Ended): void => {
    this.entries.push({ name, told });
  };

  /** Waits until somebody has told this, and answers who. */
  async first(what: (Told | Ended)['what'], butNot?: Worker): Promise<string> {
    const found = () =>
      this.entries.find(({ name, told }) => told.what === what && name !== butNot?.name);
    return (await until(found, { ...PATIENCE, what: `a worker that says ${what}` })).name;
  }

  count(name: string, what: Told['what']): number {
    return this.entries.filter((entry) => entry.name === name && entry.told.what === what).length;
  }
}

function fleetOn(
  endpoint: string,
  diary: Diary,
  times: { readonly taskMs: number; readonly ttlSeconds: number },
): Fleet {
  const place = { endpoints: [endpoint], namespace: 'fleet/', pictures: PICTURES };
  return new Fleet({ ...place, ...times, onTold: diary.note });
}

describeEtcdConcurrently('the worker fleet', (etcd) => {
  it('renders every picture when a leader is killed during its work', TEST, async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const diary = new Diary();
    await using fleet = fleetOn(server.endpoint, diary, { taskMs: 50, ttlSeconds: TTL_SECONDS });
    const lone = fleet.start('lone');
    await diary.first('took');
    expect(await diary.first('leads')).toBe('lone');
    lone.kill();
    expect(await lone.ended).toMatchObject({ signal: 'SIGKILL' });
    const heirs = [fleet.start('heir-1'), fleet.start('heir-2')];
    const { results } = placesOf(client.namespace('fleet/'));
    await until(async () => (await results.all().count()) === PICTURES, {
      ...PATIENCE,
      what: 'all pictures',
    });
    const keys = await results.all().keys();
    expect(keys.map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: PICTURES }, (_, index) => index + 1),
    );
    // One may have done all the work before the other was there to be told anything.
    await until(() => heirs.every(({ started }) => started), { ...PATIENCE, what: 'both heirs' });
    for (const heir of heirs) expect(await heir.stop()).toMatchObject({ code: 0, signal: null });
  });

  it(
    'changes the leader at once when the leader is told to stop, and finishes the work in progress',
    TEST,
    async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      const diary = new Diary();
      // A wait for the end of this lease would be longer than the test may take.
      await using fleet = fleetOn(server.endpoint, diary, { taskMs: 500, ttlSeconds: 600 });
      const leader = fleet.start('leader');
      await diary.first('leads');
      const heir = fleet.start('heir');
      await diary.first('started', leader);
      expect(await leader.stop()).toMatchObject({ code: 0, signal: null });
      expect(await diary.first('leads', leader)).toBe('heir');
      expect(diary.count('leader', 'done')).toBe(diary.count('leader', 'took'));
      const { results } = placesOf(client.namespace('fleet/'));
      await until(async () => (await results.all().count()) === PICTURES, {
        ...PATIENCE,
        what: 'all pictures',
      });
      expect(diary.entries.some(({ told }) => 'attempts' in told && told.attempts > 1)).toBe(false);
      expect(await heir.stop()).toMatchObject({ code: 0 });
    },
  );
});
