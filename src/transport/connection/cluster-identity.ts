import { EtcdError } from '../../errors/index.js';
import type { Connection, Endpoint } from './endpoint.js';

/** The cluster that all endpoints must be of. The first server that tells its cluster decides. */
export class ClusterIdentity {
  #clusterId: bigint | undefined;

  /** Returns the error of an endpoint whose server is of another cluster. */
  admit({ name }: Endpoint, clusterId: bigint | undefined): EtcdError | undefined {
    if (clusterId === undefined) return undefined;
    this.#clusterId ??= clusterId;
    if (clusterId === this.#clusterId) return undefined;
    return new EtcdError(
      `${name} belongs to cluster ${clusterId.toString(16)}, not to ${this.#clusterId.toString(16)}`,
      { code: 'CLUSTER_ID_MISMATCH', endpoint: name, outcome: 'not-sent' },
    );
  }

  /** Checks the answer of a server that has not told its cluster by itself, and refuses a wrong one. */
  verify({ endpoint, info }: Connection, answer: unknown): EtcdError | undefined {
    if (info.clusterId !== undefined) return undefined;
    const wrong = this.admit(endpoint, clusterIdOf(answer));
    if (wrong !== undefined) endpoint.refuse(wrong);
    return wrong;
  }
}

/** Every answer of etcd carries its cluster in the header, but for a few that have none. */
function clusterIdOf(answer: unknown): bigint | undefined {
  const { header } = answer as { readonly header?: { readonly clusterId?: bigint } };
  return header?.clusterId === 0n ? undefined : header?.clusterId;
}
