import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type GuardKind, startGuard } from '../../../../src/testing/server/guard.js';

it.each(['shell', 'node'] satisfies GuardKind[])(
  'a guard that is a %s process ends what it watches and removes the folder',
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-guard-'));
    const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    });
    const ended = once(sleeper, 'exit');
    const guard = startGuard(folder, '', kind);
    guard.watch(sleeper.pid);
    await guard.release();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(folder)).toBe(false);
  },
);
