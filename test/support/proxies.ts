import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProxy, type ProxyProgram } from '../../scripts/proxies.mjs';
import { AuthenticationError, EtcdClient } from '../../src/index.js';
import { freePorts } from '../../src/testing/server/free-ports.js';
import { startGuard } from '../../src/testing/server/guard.js';
import type { EtcdServer } from './etcd.js';
import { type EtcdSeries, toolsOf } from './versions.js';
import { until } from './wait.js';

/** The programs that tests put in front of a server. */
export const PROXIES = [
  'grpc-proxy',
  'gateway',
  'haproxy (TCP)',
  'haproxy',
  'nginx',
  'nghttpx',
] as const;
export type ProxyName = (typeof PROXIES)[number];

/** A proxy in front of one server. Disposing ends it. */
export interface RealProxy extends AsyncDisposable {
  readonly endpoint: string;
}

/** The way to start one: its program, its arguments, and the file that it reads. */
interface Recipe {
  readonly program: ProxyProgram;
  readonly args: readonly string[];
  readonly config?: string;
}

interface Place {
  readonly series: EtcdSeries;
  /** `host:port` of the server. */
  readonly target: string;
  readonly port: number;
  readonly folder: string;
}

const programs = new Map<string, ProxyProgram | undefined>(
  await Promise.all(
    ['haproxy', 'nginx', 'nghttpx'].map(async (name) => [name, await findProxy(name)] as const),
  ),
);

/** Characters of what a proxy said last that are shown. */
const SAID = 4_000;

/** Times of nghttpx that a stream without traffic has. */
const HOUR_LONG = [
  'frontend-http2-read-timeout',
  'frontend-write-timeout',
  'stream-read-timeout',
  'stream-write-timeout',
  'backend-read-timeout',
  'backend-write-timeout',
];

/** Why a proxy cannot be used here; `undefined` if it can. etcd's own are in the server's program. */
export function proxyMissing(name: ProxyName): string | undefined {
  const program = name.split(' ')[0] ?? name;
  if (!programs.has(program) || programs.get(program) !== undefined) return undefined;
  return `${program} is not on this machine`;
}

/** A server that asks for credentials has answered. */
function isRefused(error: unknown): boolean {
  if (error instanceof AuthenticationError) return true;
  throw error;
}

/** Starts a proxy on a free loopback port, and resolves when a call passes through it. */
export async function startRealProxy(
  name: ProxyName,
  server: EtcdServer,
  series: EtcdSeries,
): Promise<RealProxy> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-proxy-'));
  const guard = startGuard(folder);
  const target = server.endpoint.slice('http://'.length);
  const { program, args, config } = recipeOf(name, { series, target, port, folder });
  if (config !== undefined) await writeFile(join(folder, 'config'), config);
  const child = spawn(program.path, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...program.env },
  });
  guard.watch(child.pid);
  const closed = once(child, 'close');
  const said = textOf(child);
  const endpoint = `http://127.0.0.1:${port}`;
  let ended = false;
  child.once('exit', (code, signal) => {
    // Calls then fail, and nothing else says why.
    if (!ended)
      console.error(`${name} ended by itself (${code ?? signal}): ${said().slice(-SAID)}`);
  });
  const end = async (): Promise<void> => {
    ended = true;
    child.kill('SIGKILL');
    await closed;
    guard.watch(undefined);
    await guard.release();
  };
  await using client = new EtcdClient({ endpoints: endpoint, timeoutMs: 1_000 });
  try {
    await until(() => client.get('ready').then(() => true, isRefused), { what: name });
  } catch (cause) {
    await end();
    throw new Error(`${name} did not start: ${said()}`, { cause });
  }
  return { endpoint, [Symbol.asyncDispose]: end };
}

function programOf(name: string): ProxyProgram {
  const program = programs.get(name);
  if (program === undefined) throw new Error(`${name} is not on this machine`);
  return program;
}

function recipeOf(name: ProxyName, place: Place): Recipe {
  const { series, target, port, folder } = place;
  const listen = `127.0.0.1:${port}`;
  const etcd = { path: toolsOf(series).etcd, env: {} };
  switch (name) {
    case 'grpc-proxy':
      return {
        program: etcd,
        args: [
          ...['grpc-proxy', 'start', '--endpoints', target, '--listen-addr', listen],
          // One of 3.6 ends after five seconds if it cannot reach itself there.
          ...['--advertise-client-url', listen, '--data-dir', folder],
        ],
      };
    case 'gateway':
      return {
        program: etcd,
        args: ['gateway', 'start', '--endpoints', target, '--listen-addr', listen],
      };
    case 'haproxy (TCP)':
      return haproxy(place, 'tcp', '');
    case 'haproxy':
      return haproxy(place, 'http', ' proto h2');
    case 'nginx':
      return {
        program: programOf('nginx'),
        args: ['-p', folder, '-c', join(folder, 'config'), '-e', 'stderr'],
        config: nginxConfig(place),
      };
    case 'nghttpx':
      return {
        program: programOf('nghttpx'),
        args: [
          ...['--conf', '/dev/null', '--workers', '1', '--errorlog-file', '/dev/stderr'],
          ...['--frontend', `127.0.0.1,${port};no-tls`],
          ...['--backend', `${target.replace(':', ',')};;proto=h2`],
          // The defaults cut a watch that is silent for a minute.
          ...HOUR_LONG.flatMap((name) => [`--${name}`, '1h']),
        ],
      };
  }
}

function haproxy({ target, port, folder }: Place, mode: string, protocol: string): Recipe {
  return {
    program: programOf('haproxy'),
    args: ['-db', '-f', join(folder, 'config')],
    config: `
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend clients
  bind 127.0.0.1:${port}${protocol}
  default_backend servers
backend servers
  server etcd ${target}${protocol}
`,
  };
}

function nginxConfig({ target, port, folder }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${port} http2;
    client_max_body_size 0;
    client_body_timeout 1h;
    keepalive_timeout 1h;
    keepalive_requests 1000000;
    location / {
      grpc_pass grpc://${target};
      grpc_read_timeout 1h;
      grpc_send_timeout 1h;
    }
  }
}
`;
}

function textOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  return () => text;
}
