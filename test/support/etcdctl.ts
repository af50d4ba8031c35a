import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type RunResult, run } from '../../scripts/etcd/run.mjs';
import { startGuard } from '../../src/testing/server/guard.js';
import type { TestCertificates } from './certs.js';
import { type EtcdSeries, toolsOf } from './versions.js';
import { deferred, within } from './wait.js';

const OUTPUT_TIMEOUT_MS = 15_000;
// Its own 2 s to connect and 5 s to work are too few on a machine that is busy. Later flags win over these.
const PATIENCE = ['--dial-timeout', '10s', '--command-timeout', '20s'];

/** Whom `etcdctl` talks to, and the version of the program. */
export interface CtlTarget {
  readonly endpoints: readonly string[];
  readonly series?: EtcdSeries | undefined;
  readonly certificates?: TestCertificates | undefined;
}

/** An `etcdctl` that goes on until it is told to end. It ends with this process at the latest. */
export interface CtlProcess extends AsyncDisposable {
  readonly pid: number | undefined;
  /** All it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Settles when it has ended. */
  readonly exited: Promise<void>;
  /** Resolves with the output once it contains this text or matches this pattern; 15 s at most. */
  waitForOutput(expected: string | RegExp): Promise<string>;
  /** A signal, by default SIGTERM, on which `lock` and `elect` give up what they hold. Resolves when it has ended. */
  end(signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/** Runs `etcdctl` to its end, and resolves whatever its exit code. */
export async function runEtcdctl(
  target: CtlTarget,
  args: readonly string[],
  input = '',
): Promise<RunResult> {
  const { program, common, env } = commandFor(target);
  return run(program, [...common, ...args], { env, input });
}

/** Starts an `etcdctl` that runs for long. */
export function spawnEtcdctl(target: CtlTarget, args: readonly string[]): CtlProcess {
  const { program, common, env } = commandFor(target);
  const child = spawn(program, [...common, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const guard = startGuard('');
  guard.watch(child.pid);
  const exited = once(child, 'close').then(() => {
    guard.watch(undefined);
    return guard.release();
  });
  let stdout = '';
  let stderr = '';
  let checkOutput = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    checkOutput();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const end: CtlProcess['end'] = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    exited,
    waitForOutput: async (expected) => {
      const seen = deferred<string>();
      checkOutput = () => {
        if (typeof expected === 'string' ? stdout.includes(expected) : expected.test(stdout))
          seen.resolve(stdout);
      };
      checkOutput();
      return within(seen.promise, OUTPUT_TIMEOUT_MS, `${expected} from etcdctl ${args.join(' ')}`);
    },
    end,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

/** The trimmed output of a command that must have worked. */
export function succeeded(args: readonly string[], { code, stdout, stderr }: RunResult): string {
  if (code !== 0) {
    throw new Error(`etcdctl ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  }
  return stdout.trim();
}

function commandFor({ endpoints, series, certificates }: CtlTarget): {
  program: string;
  common: string[];
  env: NodeJS.ProcessEnv;
} {
  const { etcdctl, etcd } = toolsOf(series);
  if (etcdctl === undefined) throw new Error(`there is no etcdctl beside ${etcd} nor on the PATH`);
  const tls = certificates && [
    ...['--cacert', certificates.authority.certFile],
    ...['--cert', certificates.client.certFile, '--key', certificates.client.keyFile],
  ];
  // The user's own settings for etcdctl have no say here.
  const settings = Object.entries(process.env).filter(([name]) => !name.startsWith('ETCDCTL_'));
  return {
    program: etcdctl,
    common: ['--endpoints', endpoints.join(','), ...PATIENCE, ...(tls ?? [])],
    env: { ...Object.fromEntries(settings), ETCDCTL_API: '3' },
  };
}
