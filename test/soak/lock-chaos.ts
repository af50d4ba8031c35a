import { startEtcd } from '../support/etcd.js';
import { runLockChaos } from '../support/lock-chaos.js';
import { type Figures, must, type Soak } from './soak.js';

/** Each version has half of the time. */
const VERSIONS = ['3.4', '3.5'] as const;
const CHAOS_MS = 150_000;
const WORKERS = 8;
const SEED = 1;

export const soak: Soak = {
  title:
    'Eight processes write under one lock while they are killed, stopped for longer than their sessions live, and cut off; the recorded history shows one holder at a time',
  async run(): Promise<Figures> {
    let found: Figures = {};
    for (const version of VERSIONS) found = { ...found, ...(await chaosOn(version)) };
    return found;
  },
};

async function chaosOn(version: (typeof VERSIONS)[number]): Promise<Figures> {
  await using server = await startEtcd({ version });
  const { writes, violations, faults } = await runLockChaos(server.endpoint, {
    workers: WORKERS,
    durationMs: CHAOS_MS,
    seed: SEED,
  });
  must(violations.length === 0, `no two holders write on ${version}: ${violations.join('; ')}`);
  const holders = new Set(writes.map(({ token }) => token)).size;
  must(holders > faults, 'the lock changed hands more often than anything failed');
  return {
    [`etcd ${version}: faults`]: faults,
    [`etcd ${version}: holders, one after the other`]: holders,
    [`etcd ${version}: writes of holders`]: writes.length,
    [`etcd ${version}: writes out of turn`]: violations.length,
  };
}
