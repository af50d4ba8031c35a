import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeEtcd } from '../support/describe-etcd.js';
import { startLockWorker } from '../support/lock-workers.js';

const PROCESSES = 4;
const ROUNDS = 25;

describeEtcd('exclusion between processes', (etcd) => {
  it('loses no increment of a number that only the lock protects', async () => {
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
});
