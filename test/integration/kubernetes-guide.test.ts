import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { programsOf } from '../docs/programs.js';
import { bundled } from '../support/bundled.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { readStoreHistory } from '../support/store-history.js';
import { until } from '../support/wait.js';
import { root } from '../types/diagnostics.js';

/** Long enough for a probe to come meanwhile, on any machine. */
const DRAIN_MS = '3000';

/** Not the address that the process listens on: it knows its own from the environment alone. */
const POD_IP = '10.1.2.3';

const PAGE = 'docs/kubernetes.md';
const GUIDE = await readFile(join(root, PAGE), 'utf8');

/** The program of the guide, as a process of its own, on a port that is free. */
async function startService(endpoint: string) {
  const [program] = programsOf(PAGE, GUIDE);
  const folder = join(root, '.cache', 'docs');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `kubernetes-service-${process.pid}.ts`);
  await writeFile(file, program?.checked ?? '');
  const child = spawn(process.execPath, [await bundled(file)], {
    cwd: root,
    env: {
      ...process.env,
      ...{ ETCD_ENDPOINTS: endpoint, HOSTNAME: 'node-1', POD_IP, PORT: '0', DRAIN_MS },
    },
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
    port,
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

/** The name that a key belongs to: its last part is a lease, or an instance. */
function nameIn(key: string): string {
  return key.replace(/\/[^/]*$/, '');
}

describe('the manifest of the Kubernetes guide', () => {
  it('probes the port that the service listens on, and gives it its address', () => {
    const manifest = GUIDE.split('```yaml\n')[1]?.split('```')[0] ?? '';
    const [, port] = /process\.env\['PORT'\] \?\? (\d+)/.exec(GUIDE) ?? [];
    const probed = [...manifest.matchAll(/port: (\d+)/g)].map(([, digits]) => digits);
    expect(probed).toEqual([port, port]);
    expect(manifest).toMatch(
      /name: POD_IP\n\s+valueFrom: \{ fieldRef: \{ fieldPath: status\.podIP \} \}/,
    );
  });
});

describeEtcd('the service of the Kubernetes guide', (context) => {
  it('answers probes, and ends in good order on SIGTERM', async () => {
    await using server = await context.start();
    await using etcd = clientOf(server);
    await using service = await startService(server.endpoint);
    await until(async () => (await service.ask('/ready')).body.includes('"leads":true'));
    expect(await service.ask('/live')).toEqual({ status: 200, body: 'alive' });
    expect(await service.ask('/ready')).toMatchObject({ status: 200 });
    const keys = await etcd.all().keys();
    expect(keys.map(nameIn)).toEqual(['jobs/node-1', 'leader', 'services/api']);
    // Others connect to the pod, on the port that it really has.
    expect(await new ServiceRegistry(etcd, 'services/api').list()).toEqual(
      new Map([['node-1', { address: `${POD_IP}:${service.port}`, metadata: null }]]),
    );

    // An outage of etcd takes the pod out of service, and does not restart it.
    await server.kill();
    await until(async () => (await service.ask('/ready')).status === 503);
    expect(await service.ask('/live')).toEqual({ status: 200, body: 'alive' });
    await server.start();
    await until(async () => (await service.ask('/ready')).status === 200);

    // While it ends in order the pod gets no more requests, and answers those it has.
    service.terminate();
    await until(async () => (await service.ask('/ready')).status === 503);
    expect(JSON.parse((await service.ask('/ready')).body)).toMatchObject({ ready: false });
    expect(await service.ask('/live')).toEqual({ status: 200, body: 'alive' });
    expect(await service.ended).toEqual({ code: 0, signal: null });

    // The process has ended, and nothing of it is left. No lease of the server has ever ended by itself, so it was
    // the process that took away each key: a revocation of the lease would have taken two of them at once.
    expect(await etcd.all().keys()).toEqual([]);
    expect(await etcd.lease.list()).toEqual([]);
    expect(await server.metric('etcd_debugging_server_lease_expired_total')).toBe(0);
    const deleted = (await readStoreHistory(etcd)).flatMap(({ changes }) => {
      const gone = changes.filter(({ value }) => value === undefined);
      return gone.length === 0 ? [] : [gone.map(({ key }) => nameIn(key))];
    });
    expect(deleted).toEqual([['services/api'], ['leader'], ['jobs/node-1']]);
    expect(service.output.match(/lock released/g)).toHaveLength(2);
    expect(service.output.match(/lease revoked/g)).toHaveLength(2);
  }, 150_000);
});
