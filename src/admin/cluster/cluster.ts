import { checkBoolean, EtcdError } from '../../errors/index.js';
import { printable, withJson } from '../../internal/printable.js';
import {
  CALL_NAMES,
  readCallOptions,
  type WriteOptions,
  writeCallOptions,
} from '../../model/call-options.js';
import { memberId } from '../../model/member-id.js';
import type { Member as RawMember } from '../../rpc/generated/types.js';
import { cluster } from '../../rpc/services.js';
import type { CallOptions } from '../../transport/transport.js';
import type { AdminTransport } from '../admin-transport.js';
import { peerUrlList } from './peer-urls.js';

/** A member of the cluster. */
export interface Member {
  /** The id of the member, the same for its whole life. */
  readonly id: bigint;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  /** The addresses at which other members reach it. */
  readonly peerUrls: readonly string[];
  /** The addresses at which clients reach it; empty until the member has started for the first time. */
  readonly clientUrls: readonly string[];
  /** True for a learner: it receives the log and has no vote yet. */
  readonly isLearner: boolean;
}

/** The options of `members`. */
export interface MembersOptions extends CallOptions {
  /**
   * Lets the asked member answer from what it knows, also while the cluster has no quorum. Default:
   * `false`, the list that the majority agrees on. etcd 3.4 always answers from what it knows.
   */
  readonly serializable?: boolean | undefined;
}

/**
 * The members of the cluster: `etcd.cluster`.
 *
 * Make one change at a time, and only while the members are settled. For some seconds after a member has
 * started, the cluster answers `UNHEALTHY_CLUSTER`. While a learner catches up, a promotion is answered with
 * `LEARNER_NOT_READY`. Both errors are `retryable`: ask again later.
 *
 * @example
 * const learner = await etcd.cluster.addLearner('http://10.0.0.4:2380');
 * // start the new server with --initial-cluster-state existing, and when it has caught up:
 * await etcd.cluster.promote(learner.id);
 */
export class Cluster {
  static {
    printable(Cluster, 'Cluster', (members) => ({ endpoints: members.#transport.endpoints }));
  }

  readonly #transport: AdminTransport;

  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  /** The members there are, those that have not started yet too. */
  async members(options?: MembersOptions): Promise<readonly Member[]> {
    const call = readCallOptions(options, { ...CALL_NAMES, serializable: true });
    checkBoolean('serializable', options?.serializable);
    const request = { linearizable: options?.serializable !== true };
    return readMembers(await this.#transport.unary(cluster.memberList, request, call));
  }

  /**
   * Takes in a member with a vote. Start its server afterwards, with
   * `--initial-cluster-state existing`; a cluster of one cannot write until that has happened.
   *
   * @returns the new member; its name and client URLs are empty until it starts
   * @throws EtcdError `PEER_URL_EXISTS`, `UNHEALTHY_CLUSTER`
   */
  add(peerUrls: string | readonly string[], options?: WriteOptions): Promise<Member> {
    return this.#add(peerUrls, false, options);
  }

  /**
   * Takes in a member without a vote, which catches up first and can be promoted then.
   *
   * @returns the new member; its name and client URLs are empty until it starts
   * @throws EtcdError `TOO_MANY_LEARNERS`, `PEER_URL_EXISTS`, `UNHEALTHY_CLUSTER`
   */
  addLearner(peerUrls: string | readonly string[], options?: WriteOptions): Promise<Member> {
    return this.#add(peerUrls, true, options);
  }

  /**
   * Gives a learner its vote.
   *
   * @returns the members as they are now
   * @throws EtcdError `LEARNER_NOT_READY` while it has not caught up, `NOT_A_LEARNER`, `MEMBER_NOT_FOUND`
   */
  async promote(id: bigint | number, options?: WriteOptions): Promise<readonly Member[]> {
    const call = writeCallOptions(options);
    const request = { id: memberId(id, 'id') };
    return readMembers(await this.#transport.unary(cluster.memberPromote, request, call));
  }

  /**
   * Changes where the other members reach a member.
   *
   * @returns the members as they are now
   * @throws EtcdError `MEMBER_NOT_FOUND`, `PEER_URL_EXISTS`
   */
  async update(
    id: bigint | number,
    peerUrls: string | readonly string[],
    options?: WriteOptions,
  ): Promise<readonly Member[]> {
    const call = writeCallOptions(options);
    const request = { id: memberId(id, 'id'), peerUrls: peerUrlList(peerUrls) };
    return readMembers(await this.#transport.unary(cluster.memberUpdate, request, call));
  }

  /**
   * Removes a member for ever: its server ends, and its id is never used again.
   *
   * @returns the members that are left
   * @throws EtcdError `MEMBER_NOT_FOUND`, `NOT_ENOUGH_STARTED_MEMBERS`
   */
  async remove(id: bigint | number, options?: WriteOptions): Promise<readonly Member[]> {
    const call = writeCallOptions(options);
    const request = { id: memberId(id, 'id') };
    return readMembers(await this.#transport.unary(cluster.memberRemove, request, call));
  }

  async #add(
    peerUrls: string | readonly string[],
    isLearner: boolean,
    options: WriteOptions | undefined,
  ): Promise<Member> {
    const call = writeCallOptions(options);
    const request = { peerUrls: peerUrlList(peerUrls), isLearner };
    const operation = isLearner ? 'cluster.addLearner' : 'cluster.add';
    const { member } = await this.#transport.unary(cluster.memberAdd, request, {
      ...call,
      operation,
    });
    if (member !== undefined) return readMember(member);
    throw new EtcdError('the server did not tell which member it added', {
      code: 'INTERNAL',
      method: cluster.memberAdd.name,
    });
  }
}

function readMembers({ members }: { readonly members: readonly RawMember[] }): readonly Member[] {
  return members.map(readMember);
}

function readMember({ id, name, peerUrls, clientUrls, isLearner }: RawMember): Member {
  return withJson({ id, name, peerUrls, clientUrls, isLearner });
}
