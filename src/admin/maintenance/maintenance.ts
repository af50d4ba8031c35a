import {
  checkFunction,
  type Iteration,
  invalidArgument,
  iterateOnce,
  nonNegativeInt64,
  showAddress,
  showWord,
  toBigInt,
} from '../../errors/index.js';
import { printable, withJson } from '../../internal/printable.js';
import {
  CALL_NAMES,
  readCallOptions,
  type WriteOptions,
  writeCallOptions,
} from '../../model/call-options.js';
import { type Header, toHeader } from '../../model/header.js';
import { memberId } from '../../model/member-id.js';
import { maintenance } from '../../rpc/services.js';
import type { CallOptions, TransportCallOptions } from '../../transport/transport.js';
import { type Alarm, type AlarmType, disarmAll, disarmOne, listAlarms } from './alarms.js';
import type { MaintenanceContext } from './context.js';
import { moveLeader } from './move-leader.js';
import { readSnapshot, type SnapshotProgress } from './snapshot.js';
import { writeWhole } from './snapshot-file.js';
import { type MemberStatus, readStatus } from './status.js';

/** The hash of a member's whole database file. */
export interface HashResult {
  /** The header of the answer. */
  readonly header: Header;
  /** The hash, 32 bits. */
  readonly hash: number;
}

/** The options of `hashKv`. */
export interface HashKvOptions extends CallOptions {
  /** Hashes what was put up to this revision. Default: up to now. */
  readonly revision?: bigint | number | undefined;
}

/** The hash of the keys and values that a member has. */
export interface HashKvResult {
  /** The header of the answer. */
  readonly header: Header;
  /** The hash, 32 bits. */
  readonly hash: number;
  /** The member's compaction point: hashes compare only where it is the same. */
  readonly compactRevision: bigint;
  /** The revision that was hashed up to. Before etcd 3.6 members do not tell: `undefined`. */
  readonly hashRevision: bigint | undefined;
}

/** The options of `snapshot` and `snapshotToFile`. */
export interface SnapshotOptions extends CallOptions {
  /** The member whose database is read. Default: any. */
  readonly endpoint?: string | undefined;
  /** Called after each chunk, before the chunk is given out. */
  readonly onProgress?: ((progress: SnapshotProgress) => void) | undefined;
}

/** A snapshot that was written to a file. */
export interface SnapshotFile {
  /** The path of the file, as it was given. */
  readonly path: string;
  /** The size in bytes. */
  readonly bytes: number;
}

/** The answer to a call about a downgrade. */
export interface DowngradeResult {
  /** The header of the answer. */
  readonly header: Header;
  /** The version that the cluster runs now. */
  readonly version: string;
}

const ACTIONS = { validate: 'VALIDATE', enable: 'ENABLE', cancel: 'CANCEL' } as const;

/**
 * Care of the members and of their storage: `etcd.maintenance`.
 *
 * Methods about one member take its endpoint, which must be one of `etcd.endpoints`. Their calls go to that
 * endpoint alone.
 *
 * @example
 * for (const endpoint of etcd.endpoints) await etcd.maintenance.defragment(endpoint);
 * await etcd.maintenance.snapshotToFile('backup.db');
 */
export class Maintenance {
  static {
    printable(Maintenance, 'Maintenance', (maintenance) => ({
      endpoints: maintenance.#context.endpoints(),
    }));
  }

  readonly #context: MaintenanceContext;

  constructor(context: MaintenanceContext) {
    this.#context = context;
  }

  /**
   * Reads the status of a member.
   *
   * @param endpoint the member to ask. Default: any
   * @throws InvalidArgumentError for an endpoint that the client does not have
   */
  async status(endpoint?: string, options?: CallOptions): Promise<MemberStatus> {
    const call = readCallOptions(options);
    const pinned = endpoint === undefined ? call : this.#pinned(endpoint, call);
    return readStatus(await this.#context.transport.unary(maintenance.status, {}, pinned));
  }

  /** The alarms that are raised, of all members. */
  async alarms(options?: CallOptions): Promise<readonly Alarm[]> {
    return await listAlarms(this.#context.transport, readCallOptions(options));
  }

  /**
   * Disarms all alarms that are raised. Remove their cause before, or they come back: for `NOSPACE`
   * delete, compact and defragment.
   *
   * @returns those that were disarmed
   */
  disarm(options?: WriteOptions): Promise<readonly Alarm[]>;
  /**
   * Disarms one alarm of one member.
   *
   * @param member the id of the member
   * @returns the alarm, or nothing if it was not raised
   */
  disarm(
    member: bigint | number,
    alarm: AlarmType,
    options?: WriteOptions,
  ): Promise<readonly Alarm[]>;
  async disarm(
    first?: bigint | number | WriteOptions,
    alarm?: AlarmType,
    options?: WriteOptions,
  ): Promise<readonly Alarm[]> {
    const { transport } = this.#context;
    const operation = 'maintenance.disarm';
    // An id that is missing by mistake must not disarm all there is.
    if (typeof first === 'bigint' || typeof first === 'number' || alarm !== undefined) {
      const member = first as bigint | number;
      const call = { ...writeCallOptions(options), operation };
      return await disarmOne(transport, member, alarm as AlarmType, call);
    }
    return await disarmAll(this.#context, { ...writeCallOptions(first), operation });
  }

  /**
   * Gives the free space inside a member's database file back to the file system. The member answers
   * nothing else meanwhile: do one at a time. There is no deadline unless `timeoutMs` is given.
   */
  async defragment(endpoint: string, options?: WriteOptions): Promise<void> {
    const call = this.#pinned(endpoint, writeCallOptions(options));
    await this.#context.transport.unary(maintenance.defragment, {}, call);
  }

  /** The hash of a member's whole database file. Equal members may differ in it; `hashKv` compares. */
  async hash(endpoint: string, options?: CallOptions): Promise<HashResult> {
    const call = this.#pinned(endpoint, readCallOptions(options));
    const { header, hash } = await this.#context.transport.unary(maintenance.hash, {}, call);
    return { header: toHeader(header), hash };
  }

  /**
   * The hash of the keys and values of a member. At one revision, and with one compaction point, it is
   * the same on every member.
   *
   * @throws CompactedError, and EtcdError `FUTURE_REVISION`, for a revision that the member does not have
   */
  async hashKv(endpoint: string, options?: HashKvOptions): Promise<HashKvResult> {
    const call = this.#pinned(
      endpoint,
      readCallOptions(options, { ...CALL_NAMES, revision: true }),
    );
    const revision =
      options?.revision === undefined
        ? undefined
        : toBigInt('revision', options.revision, nonNegativeInt64);
    const raw = await this.#context.transport.unary(maintenance.hashKv, { revision }, call);
    return withJson({
      header: toHeader(raw.header),
      hash: raw.hash,
      compactRevision: raw.compactRevision,
      hashRevision: raw.hashRevision === 0n ? undefined : raw.hashRevision,
    });
  }

  /**
   * Hands the leadership over to another member. The call goes to the leader, wherever it is: also to
   * one outside the client's endpoints, at the URLs it advertises.
   *
   * @param member the id of the member that is to lead
   * @throws EtcdError `BAD_LEADER_TRANSFEREE` for a member that has no vote
   */
  async moveLeader(member: bigint | number, options?: WriteOptions): Promise<void> {
    const call = { ...writeCallOptions(options), operation: 'maintenance.moveLeader' };
    await moveLeader(this.#context, memberId(member), call);
  }

  /**
   * Reads a snapshot of a member's whole database, as a file in the form that `etcdutl snapshot
   * restore` takes. A slow reader slows the server down; nothing piles up in memory. There is no deadline
   * unless `timeoutMs` is given.
   *
   * The iteration ends without an error only if every byte came and the SHA-256 at its end is right.
   *
   * @throws EtcdError `SNAPSHOT_CORRUPT`, where it is iterated
   *
   * @example
   * for await (const chunk of etcd.maintenance.snapshot()) upload.write(chunk);
   */
  snapshot(options: SnapshotOptions = {}): Iteration<Uint8Array> {
    const call = readCallOptions(options, { ...CALL_NAMES, endpoint: true, onProgress: true });
    const { endpoint, onProgress } = options;
    checkFunction('onProgress', onProgress);
    const pinned = endpoint === undefined ? call : this.#pinned(endpoint, call);
    const chunks = readSnapshot(this.#context.transport, pinned, onProgress);
    return iterateOnce(chunks, 'snapshot', 'call snapshot() once more');
  }

  /**
   * Writes a snapshot to a file. The file appears only when the snapshot is complete and its checksum is
   * right. Until then the bytes are in a temporary file beside it, which is removed if anything fails. A file
   * that exists at `path` is replaced at the end, and kept if anything fails.
   *
   * @throws EtcdError of the call, `SNAPSHOT_CORRUPT`, or the file system's own error
   */
  async snapshotToFile(path: string, options?: SnapshotOptions): Promise<SnapshotFile> {
    if (typeof path !== 'string' || path === '') {
      throw invalidArgument('path', path, 'the path of a file');
    }
    const bytes = await writeWhole(path, this.snapshot(options), this.#context.clock);
    return { path, bytes };
  }

  /**
   * Validates, begins or cancels the downgrade of the cluster to the minor version before its own.
   *
   * @param version such as `3.5`
   * @throws EtcdError `UNIMPLEMENTED` by etcd 3.4, `INVALID_DOWNGRADE_VERSION`,
   *   `DOWNGRADE_IN_PROGRESS`, `NO_DOWNGRADE_IN_PROGRESS`
   */
  downgrade(
    action: 'validate' | 'enable',
    version: string,
    options?: WriteOptions,
  ): Promise<DowngradeResult>;
  downgrade(
    action: 'cancel',
    version?: string | undefined,
    options?: WriteOptions,
  ): Promise<DowngradeResult>;
  async downgrade(
    action: keyof typeof ACTIONS,
    version?: string | undefined,
    options?: WriteOptions,
  ): Promise<DowngradeResult> {
    const call = writeCallOptions(options);
    if (!Object.hasOwn(ACTIONS, action)) {
      throw invalidArgument(
        'action',
        showWord(action),
        `allowed are ${Object.keys(ACTIONS).join(', ')}`,
      );
    }
    const isVersion = typeof version === 'string' && version !== '';
    if (!isVersion && !(action === 'cancel' && version === undefined)) {
      throw invalidArgument('version', showWord(version), 'a version such as 3.5');
    }
    const request = { action: ACTIONS[action], version };
    // A validation changes nothing, so it may be repeated.
    const raw = await this.#context.transport.unary(maintenance.downgrade, request, {
      ...call,
      readOnly: action === 'validate',
    });
    return { header: toHeader(raw.header), version: raw.version };
  }

  /** Sends the call to one member. The transport refuses an endpoint that is none of the client's. */
  #pinned(endpoint: string, call: TransportCallOptions): TransportCallOptions {
    const endpoints = this.#context.endpoints();
    if (typeof endpoint === 'string' && endpoint !== '') return { ...call, endpoint };
    throw invalidArgument('endpoint', showAddress(endpoint), `allowed are ${endpoints.join(', ')}`);
  }
}
