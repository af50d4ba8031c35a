import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { programsOf } from '../docs/programs.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { until } from '../support/wait.js';
import { root } from '../types/diagnostics.js';

/** The program of the guide, as a process of its own. */
async function startService(endpoint: string) {
  const page = 'docs/kubernetes.md';
  const [program] = programsOf(page, await readFile(join(root, page), 'utf8'));
  const folder = join(root, '.cache', 'docs');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `kubernetes-service-${process.pid}.ts`);
  await writeFile(file, program?.checked ?? '');
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: root,
    env: { ...process.env, ETCD_ENDPOINTS: endpoint, HOSTNAME: 'node-1', DRAIN_MS: '50' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const port = await until(() => /listening on port (\d+)/.exec(output)?.[1], {
    what: 'the service',
    timeoutMs: 90_000,
  });
  return {
    ended,
    get output(): string {
      return output;
    },
    terminate: () => void child.kill('SIGTERM'),
    async ask(path: string): Promise<{ status: number; body: string }> {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, body: await answer.text() };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describeEtcd('the service of the Kubernetes guide', (context) => {
  it('answers probes, and ends in good order on SIGTERM', async () => {
    await using server = await context.start();
    await using etcd = clientOf(server);
    await using service = await startService(server.endpoint);
    await until(async () => (await service.ask('/ready')).body.includes('"leads":true'));
    expect(await service.ask('/live')).toEqual({ status: 200, body: 'alive' });
    expect(await service.ask('/ready')).toMatchObject({ status: 200 });
    const keys = await etcd.all().keys();
    expect(keys.map((key) => key.replace(/\/[^/]*$/, ''))).toEqual([
      'jobs/node-1',
      'leader',
      'services/api',
    ]);

    // An outage of etcd takes the pod out of service, and does not restart it.
    await server.kill();
    await until(async () => (await service.ask('/ready')).status === 503);
    expect(await service.ask('/live')).toEqual({ status: 200, body: 'alive' });
    await server.start();
    await until(async () => (await service.ask('/ready')).status === 200);

    service.terminate();
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(await etcd.all().keys()).toEqual([]);
    expect(await etcd.lease.list()).toEqual([]);
    expect(service.output).toContain('lock released');
  }, 150_000);
});
