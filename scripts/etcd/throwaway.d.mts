import type { EtcdTools } from './find.mjs';

/** How a server speaks TLS to its clients, and how we ask it whether it is ready. */
export interface ThrowawayTls {
  /** Such as `--cert-file`, `--key-file`, `--trusted-ca-file` and `--client-cert-auth`. */
  readonly flags: readonly string[];
  /** PEM texts for our own requests. */
  readonly client: { readonly ca: string; readonly cert?: string; readonly key?: string };
}

export interface ThrowawayOptions {
  readonly tools: EtcdTools;
  /** Appended to our own, so they win over them. */
  readonly flags?: readonly string[] | undefined;
  /** Kept when the server stops; by default a temporary folder, which is removed. */
  readonly dataDir?: string | undefined;
  readonly clientPort?: number | undefined;
  readonly peerPort?: number | undefined;
  /** The address to listen on, `127.0.0.1` by default. */
  readonly host?: string | undefined;
  readonly name?: string | undefined;
  readonly tls?: ThrowawayTls | undefined;
  /** `name=peerUrl` of all members, separated by commas; by default this one alone. */
  readonly initialCluster?: string | undefined;
  readonly initialClusterState?: 'new' | 'existing' | undefined;
  readonly clusterToken?: string | undefined;
  /** A command that runs the server in its place with `exec`, such as `ip netns exec <name>`. */
  readonly prefix?: readonly string[] | undefined;
}

export interface StartOptions {
  /** `false` resolves as soon as the process exists, for a member that has no quorum yet. */
  readonly awaitReady?: boolean | undefined;
}

/** One etcd process, from its first start to the removal of its folder. It ends with the process that made it, even on SIGKILL. */
export interface Throwaway extends AsyncDisposable {
  readonly name: string;
  readonly version: string;
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly endpoint: string;
  readonly peerUrl: string;
  readonly dataDir: string;
  /** Of the running process, `undefined` while there is none. */
  readonly pid: number | undefined;
  readonly running: boolean;
  /** Starts the process and waits until it serves reads. Rejects with the end of the server's log, with {@link PortTakenError} if a port is taken. */
  start(options?: StartOptions): Promise<void>;
  /** Waits until the member is healthy, which needs a leader; 20 s at most by default. */
  ready(timeoutMs?: number): Promise<void>;
  /** One HTTP GET on the client port, such as `/metrics`. */
  request(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** SIGSTOP: the process hangs and its connections stay open. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL; the data stays. Resolves once the process is gone; also if there was none. */
  kill(): Promise<void>;
  /** SIGTERM: the server ends in good order; after 5 s SIGKILL. The data stays. */
  shutdown(): Promise<void>;
  /** Kills it if it runs, and starts it on the same data and ports. */
  restart(options?: StartOptions): Promise<void>;
  /** Kills it and removes its folder, for good. Twice is harmless. */
  stop(): Promise<void>;
  /** The end of what the server printed. */
  log(): Promise<string>;
}

/** A server could not bind one of its ports. */
export class PortTakenError extends Error {}

/**
 * Starts a server with fast elections on ports that are free and waits until it answers.
 *
 * @example
 * await using server = await startThrowaway({ tools: await ensureOneEtcd() });
 * server.endpoint; // 'http://127.0.0.1:21734'
 */
export function startThrowaway(options: ThrowawayOptions): Promise<Throwaway>;

/** The same server before its first start, for clusters, where all members start together. Both ports are needed. */
export function createThrowaway(
  options: ThrowawayOptions & { readonly clientPort: number; readonly peerPort: number },
): Promise<Throwaway>;
