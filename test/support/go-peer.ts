import { describeEtcdConcurrently, type EtcdContext } from './describe-etcd.js';
import type { GoOperations } from './go-operations.js';
import { buildGoPeer } from './go-program.js';
import { type Peer, startPeer } from './peer-process.js';
import { skipSuite } from './skip.js';

/** A process with etcd's Go client. */
export type GoPeer = Peer<GoOperations>;

const program = await buildGoPeer();

/** Declares a suite with the Go client, by `describeEtcdConcurrently`; where it cannot be built the suite is skipped, and says why. */
export function describeGoPeer(name: string, suite: (etcd: EtcdContext) => void): void {
  if ('missing' in program) skipSuite(name, program.missing);
  else describeEtcdConcurrently(name, suite);
}

/**
 * Starts a process with etcd's Go client, connected to a server or a cluster.
 *
 * @example
 * await using go = goPeer(server);
 * await go.call('session.open', { session: 's', ttl: 5 });
 * const { key } = await go.call('mutex.lock', { session: 's', name: 'lk' });
 */
export function goPeer(target: { readonly endpoint: string } | readonly string[]): GoPeer {
  if ('missing' in program) throw new Error(program.missing);
  return startPeer<GoOperations>({ name: 'the Go program', path: program.path }, target);
}
