import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { runLockChaos } from '../support/lock-chaos.js';
import { startLockWorker } from '../support/lock-workers.js';
import { untilQueued } from '../support/locks.js';

const PROCESSES = 8;
const ROUNDS = 50;
const CHAOS_MS = 15_000;

describeEtcd('exclusion between processes', (etcd) => {
  it('loses no increment of a number that the lock alone protects', async () => {
    const { endpoint } = await etcd.server();
    const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-lock-'));
    const file = join(folder, 'counter');
    try {
      await writeFile(file, '0');
      const workers = Array.from({ length: PROCESSES }, () =>
        startLockWorker('count', endpoint, file, String(ROUNDS)),
      );
      try {
        await Promise.all(workers.map(({ done }) => done));
      } finally {
        await Promise.all(workers.map((worker) => worker.kill()));
      }
      expect(await readFile(file, 'utf8')).toBe(String(PROCESSES * ROUNDS));
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 240_000);

  it('lets no two holders write, whoever is killed, stopped or cut off', async () => {
    await using server = await etcd.start();
    const { writes, violations, faults } = await runLockChaos(server.endpoint, {
      workers: 4,
      durationMs: CHAOS_MS,
      seed: 7,
      leastFaults: 4,
      leastTurns: 11,
    });
    expect(violations).toEqual([]);
    expect(faults).toBeGreaterThan(3);
    expect(new Set(writes.map(({ name }) => name)).size).toBeGreaterThan(1);
    expect(new Set(writes.map(({ token }) => token)).size).toBeGreaterThan(10);
    // Nothing is left that would block anyone for longer than a session lasts.
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await untilQueued(client, 0);
  }, 240_000);
});
