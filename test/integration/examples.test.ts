import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundled } from '../support/bundled.js';
import { clientOf } from '../support/client.js';
import { startEtcd } from '../support/etcd.js';
import { root } from '../types/diagnostics.js';

// Every example is a program of its own that ends by itself and cleans up behind itself. The tour has
// a test of its own.
const examples = readdirSync(join(root, 'examples')).filter(
  (name) => name.endsWith('.ts') && name !== 'tour.ts',
);

describe('the examples', () => {
  it.each(examples)(
    '%s runs to its end and leaves nothing',
    async (name) => {
      await using server = await startEtcd();
      await using client = clientOf(server);
      await client.put('mine', 'untouched');
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [await bundled(join(root, 'examples', name))],
        {
          cwd: root,
          env: { ...process.env, ETCDCTL_ENDPOINTS: server.endpoint },
          timeout: 60_000,
          killSignal: 'SIGKILL',
        },
      );
      expect(stdout).not.toBe('');
      expect(await client.all().keys()).toEqual(['mine']);
    },
    70_000,
  );
});
