import { createSigningKeys } from './certs.js';

/** What {@link enableAuth} needs of a server or a cluster. */
export interface Controllable {
  ctl(...args: string[]): Promise<string>;
}

export interface AuthOptions {
  /** `root` by default. */
  readonly rootPassword?: string;
}

export interface UserOptions {
  readonly password: string;
  /** What the user may do, each as `etcdctl role grant-permission` takes it. All keys for reading and writing by default. */
  readonly permissions?: readonly (readonly string[])[];
}

/** A server with authentication on, seen by its administrator. */
export interface AuthAdmin {
  readonly rootPassword: string;
  /** `etcdctl` as root. */
  ctl(...args: string[]): Promise<string>;
  /** Adds a user with a role of the same name. */
  addUser(name: string, options: UserOptions): Promise<void>;
  /** Makes a change that counts up the auth revision: all JSON web tokens become invalid, and requests in flight meet "revision of auth store is old". */
  bumpRevision(): Promise<void>;
}

/**
 * Server flags for quick logins (3 to 7 ms) and simple tokens that expire after some seconds without use.
 *
 * @example
 * await using server = await startEtcd({ flags: simpleTokenFlags({ ttlSeconds: 3 }) });
 * const admin = await enableAuth(server);
 */
export function simpleTokenFlags({ ttlSeconds = 300 }: { ttlSeconds?: number } = {}): string[] {
  return ['--bcrypt-cost', '4', '--auth-token-ttl', String(ttlSeconds)];
}

/** Server flags for JSON web tokens with an absolute lifetime. All members of a cluster take the same flags. */
export async function jwtFlags({ ttl = '5m' }: { ttl?: string } = {}): Promise<string[]> {
  const { publicFile, privateFile } = await createSigningKeys();
  const token = `jwt,pub-key=${publicFile},priv-key=${privateFile},sign-method=ES256,ttl=${ttl}`;
  return ['--bcrypt-cost', '4', '--auth-token', token];
}

/** Server flags for tokens that come from elsewhere: the server checks them and cannot make any, so that no login works. */
export async function verifyOnlyFlags(): Promise<string[]> {
  const { publicFile } = await createSigningKeys();
  return ['--bcrypt-cost', '4', '--auth-token', `jwt,pub-key=${publicFile},sign-method=ES256`];
}

/** Adds the user root and switches authentication on. */
export async function enableAuth(
  server: Controllable,
  { rootPassword = 'root' }: AuthOptions = {},
): Promise<AuthAdmin> {
  await server.ctl('user', 'add', `root:${rootPassword}`);
  await server.ctl('user', 'grant-role', 'root', 'root').catch(async () => {
    // Some versions have the role from the start, others do not.
    await server.ctl('role', 'add', 'root');
    await server.ctl('user', 'grant-role', 'root', 'root');
  });
  await server.ctl('auth', 'enable');
  const ctl = (...args: string[]) => server.ctl('--user', `root:${rootPassword}`, ...args);
  let bumps = 0;
  return {
    rootPassword,
    ctl,
    addUser: async (name, { password, permissions = [['--prefix', 'readwrite', '']] }) => {
      await ctl('user', 'add', `${name}:${password}`);
      await ctl('role', 'add', name);
      for (const permission of permissions) {
        await ctl('role', 'grant-permission', name, ...permission);
      }
      await ctl('user', 'grant-role', name, name);
    },
    bumpRevision: async () => {
      await ctl('role', 'add', `unused-${++bumps}`);
    },
  };
}
