import { GrpcCode } from '../../../errors/index.js';
import type { RawStatus } from '../../../transport/channel/channel.js';
import type { CallMetadata } from '../../../transport/transport.js';
import { Refusal, refusals } from '../refusals.js';
import type { Call, ServerRpc, StreamRpc, UnaryRpc } from './call.js';
import type { Member } from './member.js';

const OK: RawStatus = { code: GrpcCode.OK, details: '' };
/** The space that a server leaves for gRPC beside the limit of a request. */
const OVERHEAD_BYTES = 512 * 1_024;
/** Bytes that etcd adds to a request before it measures it: its number and its kind. */
const ENVELOPE_BYTES = 18;
/** Paths of the calls that a learner answers. */
const FOR_LEARNERS = new Set([
  '/etcdserverpb.KV/Range',
  '/etcdserverpb.Maintenance/Status',
  '/etcdserverpb.Maintenance/Snapshot',
]);
/** Paths of the calls that become entries of the log, which are limited in size. */
const LOGGED = new Set([
  '/etcdserverpb.KV/Put',
  '/etcdserverpb.KV/DeleteRange',
  '/etcdserverpb.KV/Txn',
]);

/** The client's side of a call, as a server sees it. */
export interface Answers {
  message(bytes: Uint8Array): void;
  status(status: RawStatus): void;
}

/** A call that a server carries out. */
export interface ServerCall {
  message(bytes: Uint8Array): void;
  halfClose(): void;
  /** The client has given up, or is gone. Nothing is answered any more. */
  cancel(): void;
}

/** Gives the calls of clients to the services of a member. */
export class Dispatcher {
  readonly member: Member;
  readonly #rpcs: ReadonlyMap<string, ServerRpc>;

  constructor(member: Member, rpcs: readonly ServerRpc[]) {
    this.member = member;
    this.#rpcs = new Map(rpcs.map((rpc) => [rpc.path, rpc]));
  }

  /** The paths of all calls that are known here. */
  get paths(): readonly string[] {
    return [...this.#rpcs.keys()];
  }

  open(path: string, metadata: CallMetadata, answers: Answers): ServerCall {
    const rpc = this.#rpcs.get(path);
    const refusal =
      rpc === undefined ? refusals.unknownService(path) : this.#refusal(path, metadata);
    const context = new CallContext(metadata);
    const end = context.ending(answers);
    if (refusal !== undefined || rpc === undefined) {
      end(refusal);
      return SILENT;
    }
    return rpc.kind === 'unary'
      ? this.#unary(rpc, context, answers, end)
      : this.#stream(rpc, context, answers, end);
  }

  /** The refusal of every call of a kind, before its message is looked at. */
  #refusal(path: string, metadata: CallMetadata): Error | undefined {
    const { member } = this;
    if (member.isLearner && !FOR_LEARNERS.has(path)) {
      return member.cluster.series.isAtLeast('3.6')
        ? refusals.notSupportedForLearner()
        : refusals.notSupportedForLearnerBefore36();
    }
    if (asksForLeader(metadata) && !member.hasLeader) return refusals.noLeader();
    return undefined;
  }

  #unary(rpc: UnaryRpc, context: CallContext, answers: Answers, end: End): ServerCall {
    return {
      message: (bytes) => {
        const tooLarge = this.#tooLarge(rpc.path, bytes.length);
        if (tooLarge !== undefined) {
          end(tooLarge);
          return;
        }
        rpc.answer(bytes, context).then((answer) => {
          if (context.over) return;
          answers.message(answer);
          end();
        }, end);
      },
      halfClose: () => {},
      cancel: () => context.cancel(),
    };
  }

  #stream(rpc: StreamRpc, context: CallContext, answers: Answers, end: End): ServerCall {
    const { leaderStreams } = this.member;
    if (asksForLeader(context.metadata)) {
      leaderStreams.add(end);
      context.whenOver(() => leaderStreams.delete(end));
    }
    const sender = {
      send: (bytes: Uint8Array) => {
        if (!context.over) answers.message(bytes);
      },
      end,
    };
    const handler = rpc.open(sender, context);
    return {
      message: (bytes) => guarded(() => handler.message(bytes), end),
      halfClose: () => guarded(() => handler.halfClose(), end),
      cancel: () => context.cancel(),
    };
  }

  #tooLarge(path: string, bytes: number): Error | undefined {
    const { maxRequestBytes } = this.member.cluster.settings;
    const most = maxRequestBytes + OVERHEAD_BYTES;
    if (bytes > most) {
      return new Refusal(
        GrpcCode.RESOURCE_EXHAUSTED,
        `grpc: received message larger than max (${bytes} vs. ${most})`,
      );
    }
    const isLogged = LOGGED.has(path) && bytes + ENVELOPE_BYTES > maxRequestBytes;
    return isLogged ? refusals.requestTooLarge() : undefined;
  }
}

type End = (error?: unknown) => void;

/** A call as the services see it. */
class CallContext implements Call {
  readonly metadata: CallMetadata;
  #over = false;
  #whenOver: (() => void)[] = [];

  constructor(metadata: CallMetadata) {
    this.metadata = metadata;
  }

  get over(): boolean {
    return this.#over;
  }

  whenOver(act: () => void): void {
    if (this.#over) act();
    else this.#whenOver.push(act);
  }

  /** Ends the call: nothing is answered any more. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    const acts = this.#whenOver;
    this.#whenOver = [];
    for (const act of acts) act();
  }

  /** A function that ends the call once. */
  ending(answers: Answers): End {
    return (error) => {
      if (this.#over) return;
      this.cancel();
      answers.status(error === undefined ? OK : statusOf(error));
    };
  }
}

/** The status by which an error goes on the wire. */
function statusOf(error: unknown): RawStatus {
  if (error instanceof Refusal) return { code: error.code, details: error.message };
  return {
    code: GrpcCode.INTERNAL,
    details: error instanceof Error ? error.message : String(error),
  };
}

function guarded(act: () => void, end: End): void {
  try {
    act();
  } catch (error) {
    end(error);
  }
}

function asksForLeader(metadata: CallMetadata): boolean {
  return metadata['hasleader'] === 'true';
}

/** A call that was refused before it began. */
const SILENT: ServerCall = { message: () => {}, halfClose: () => {}, cancel: () => {} };
