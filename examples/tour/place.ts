import { randomUUID } from 'node:crypto';
import { EtcdClient } from 'etcd-kit';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../../scripts/etcd/ensure.mjs';

/** Where the tour takes place. */
export interface Place extends AsyncDisposable {
  readonly etcd: EtcdClient;
  readonly isThrowaway: boolean;
  /** What stands before all keys; other processes have to know it. */
  readonly namespace: string;
  /** Makes another client of the same place, as another process would have it. */
  another(): EtcdClient;
  /** In words, for the first line. */
  readonly name: string;
}

/** The cluster of `ETCDCTL_ENDPOINTS`, or a throw-away server on a free loopback port. */
export async function openPlace(): Promise<Place> {
  return process.env['ETCDCTL_ENDPOINTS'] ? givenPlace() : throwawayPlace();
}

async function throwawayPlace(): Promise<Place> {
  const server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
  try {
    const options = { endpoints: server.endpoint };
    const etcd = await EtcdClient.connect(options);
    return {
      etcd,
      isThrowaway: true,
      namespace: '',
      another: () => new EtcdClient(options),
      name: `etcd ${server.version} at ${server.endpoint}: a throw-away server on this machine`,
      async [Symbol.asyncDispose]() {
        await etcd.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Somebody's own cluster: a namespace that nobody else has, and nothing of it is left. */
async function givenPlace(): Promise<Place> {
  const namespace = `etcd-kit-tour/${randomUUID()}/`;
  const options = { ...EtcdClient.optionsFromEnv(), namespace };
  const etcd = await EtcdClient.connect(options);
  return {
    etcd,
    isThrowaway: false,
    namespace,
    another: () => new EtcdClient(options),
    name: `etcd at ${etcd.endpoints.join(', ')}, in the namespace ${namespace}`,
    async [Symbol.asyncDispose]() {
      await etcd.all().delete();
      await etcd.close();
    },
  };
}
