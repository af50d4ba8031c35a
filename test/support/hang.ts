import type { EtcdServer } from './etcd.js';
import { until } from './wait.js';

/** Pauses a server, and resolves when it answers nothing any more: a process stops when it is its turn. */
export async function hang(server: EtcdServer): Promise<void> {
  server.pause();
  const silent = async (): Promise<boolean> => {
    const failure = await server.request('/version').then(() => undefined, String);
    return failure?.includes('no answer within') ?? false;
  };
  await until(silent, { what: 'the server to hang' });
}
