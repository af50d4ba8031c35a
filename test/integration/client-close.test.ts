import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProgram } from '../support/programs/run.js';

describeEtcd('a closed client', (etcd) => {
  it('lets its process exit by itself', async () => {
    const { endpoint } = await etcd.server();
    await using program = await startProgram('work-and-close', [endpoint]);
    const { exitCode, signal, stdout, stderr } = await program.ended;
    expect(stderr).toBe('');
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
    expect(stdout).toEqual(['v', 'CLIENT_CLOSED']);
  });

  it('exits even when one of its endpoints never answered', async () => {
    const { endpoint } = await etcd.server();
    await using program = await startProgram('work-and-close', [endpoint, 'http://127.0.0.1:1']);
    expect(await program.ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
  });

  it('is closed at the end of its block', async () => {
    const { endpoint } = await etcd.server();
    let seen: EtcdClient;
    {
      await using client = await EtcdClient.connect({ endpoints: endpoint });
      await client.put('k', 'v');
      seen = client;
    }
    await expect(seen.get('k')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await seen[Symbol.asyncDispose]();
  });

  it('emits connected and disconnected', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    const connected = new Promise((resolve) => client.once('connected', resolve));
    await client.get('k');
    expect(await connected).toEqual({ endpoint: server.endpoint });
    const lost = new Promise((resolve) => client.once('disconnected', resolve));
    await server.kill();
    expect(await lost).toMatchObject({
      endpoint: server.endpoint,
      error: { code: 'UNAVAILABLE' },
    });
  });
});
