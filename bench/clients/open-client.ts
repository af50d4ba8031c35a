import type { BenchClient, ClientName } from './bench-client.js';

/** Makes a client. Modules are loaded only in the process that needs them. */
export async function openClient(name: ClientName, endpoint: string): Promise<BenchClient> {
  switch (name) {
    case 'etcd-kit':
      return (await import('./etcd-kit.js')).open(endpoint, {});
    case 'etcd-kit batched':
      return (await import('./etcd-kit.js')).open(endpoint, { batched: true });
    case 'etcd-kit direct':
      return (await import('./etcd-kit.js')).open(endpoint, { wire: 'direct' });
    case 'etcd-kit direct, batched':
      return (await import('./etcd-kit.js')).open(endpoint, { wire: 'direct', batched: true });
    case 'etcd3':
      return (await import('./etcd3.js')).open(endpoint);
    case 'grpc-js':
      return (await import('./grpc-js.js')).open(endpoint);
    case 'socket':
      return (await import('./socket.js')).open(endpoint);
    case 'Go':
      throw new Error('the Go client is a program of its own');
  }
}
