import { lastLines } from '../../scripts/etcd/install.mjs';
import { run } from '../../scripts/etcd/run.mjs';
import { describeEtcd, type EtcdContext } from './describe-etcd.js';
import {
  type Nothing,
  type Operation,
  type Peer,
  type PeerProgram,
  startPeer,
} from './peer-process.js';
import { skipSuite } from './skip.js';

/** What programs can be asked to do whose clients lock and elect by the server's `Lock` and `Election` services. */
interface LockServiceOperations {
  'lease.grant': Operation<{ readonly ttl: number }, { readonly lease: string }>;
  'lease.revoke': Operation<{ readonly lease: string }, Nothing>;
  lock: Operation<{ readonly name: string; readonly lease: string }, { readonly key: string }>;
  unlock: Operation<{ readonly key: string }, Nothing>;
  campaign: Operation<
    { readonly name: string; readonly lease: string; readonly value: string },
    { readonly key: string }
  >;
  proclaim: Operation<{ readonly key: string; readonly value: string }, Nothing>;
  resign: Operation<{ readonly key: string }, Nothing>;
  leader: Operation<{ readonly name: string }, { readonly key: string; readonly value: string }>;
}

/** A program, or why this machine has none. */
export type Found = PeerProgram | { readonly missing: string };

/** A client of others. */
export interface LockServicePeer {
  /** Declares a suite by `describeEtcd`; where the program cannot be built it is skipped, and says why. */
  describe(name: string, suite: (etcd: EtcdContext) => void): void;
  /** Starts a process with the client, connected to a server. */
  start(server: { readonly endpoint: string }): Peer<LockServiceOperations>;
}

/** How to get the program of a client, which takes long to build. */
export interface LockServiceProgram {
  /** Whether this run has time to build it. */
  readonly wanted: boolean;
  build(): Promise<Found>;
}

/** The client of a program: there when the run has time for it, and the machine can build it. */
export async function lockServicePeer({
  wanted,
  build,
}: LockServiceProgram): Promise<LockServicePeer> {
  const program: Found = wanted
    ? await build()
    : { missing: 'building it takes minutes, so `npm run test:matrix` runs it' };
  return {
    describe: (name, suite) => {
      if ('missing' in program) skipSuite(name, program.missing);
      else describeEtcd(name, suite);
    },
    start: (server) => {
      if ('missing' in program) throw new Error(program.missing);
      return startPeer(program, server);
    },
  };
}

/** Settings of a step of a build. */
export interface BuildStepOptions {
  /** A registry that does not answer is given up some time. */
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs one step of a build; rejects with its last lines. */
export async function buildStep(
  program: string,
  args: readonly string[],
  options: BuildStepOptions,
): Promise<void> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === null) {
    throw new Error(`${program} did not end within ${options.timeoutMs / 1000} s`);
  }
  if (code !== 0) throw new Error(lastLines(stderr || stdout));
}
