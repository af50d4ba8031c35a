import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  checkBoolean,
  checkKnownOptions,
  described,
  hide,
  invalidArgument,
  type OptionNames,
} from '../../errors/index.js';
import { isBytes } from '../../internal/bytes.js';
import { checkTlsOptions, type TlsOptions } from '../../transport/channel/tls-options.js';

/** TLS of a server for tests. Each is PEM, as text or bytes, or the path of a file. */
export interface ServerTlsOptions {
  /** The server's certificate. */
  readonly cert: string | Uint8Array;
  /** The private key of the certificate. */
  readonly key: string | Uint8Array;
  /** The authority that clients trust, and whose clients the server trusts. Default: `cert` itself. */
  readonly ca?: string | Uint8Array | undefined;
  /**
   * Asks clients for a certificate of `ca`. Clients that the server makes show `cert` unless they are given
   * another. Default: false.
   */
  readonly clientAuth?: boolean | undefined;
}

/** A server's part and the clients' part of TLS. */
export interface ServerTls {
  readonly flags: readonly string[];
  readonly client: TlsOptions;
}

/** Options that were read and checked, before there is a folder for files. */
export interface CheckedTls {
  readonly cert: PemText;
  readonly key: PemText;
  readonly ca: PemText;
  readonly clientAuth: boolean;
  readonly client: TlsOptions;
}

interface PemText {
  readonly pem: string;
  /** The file it came from. */
  readonly path: string | undefined;
}

const NAMES: OptionNames<ServerTlsOptions> = {
  cert: true,
  key: true,
  ca: true,
  clientAuth: true,
};
const LOOPBACK = '127.0.0.1';

/**
 * Reads and checks the TLS options of a server.
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the file that cannot be read
 */
export function checkServerTls(tls: ServerTlsOptions | undefined): CheckedTls | undefined {
  if (tls === undefined) return undefined;
  if (tls === null) throw invalidArgument('tls', tls, 'an object with cert and key');
  checkKnownOptions('tls', tls, NAMES);
  checkBoolean('tls.clientAuth', tls.clientAuth);
  const cert = read('cert', tls.cert);
  const key = read('key', tls.key);
  const ca = tls.ca === undefined ? cert : read('ca', tls.ca);
  const clientAuth = tls.clientAuth === true;
  if (clientAuth && tls.ca === undefined) {
    throw invalidArgument('tls.clientAuth', true, 'give the authority of the clients as tls.ca');
  }
  checkTlsOptions({ ca: ca.pem, cert: cert.pem, key: key.pem });
  const client = {
    ca: ca.pem,
    ...(clientAuth ? { cert: cert.pem, key: key.pem } : {}),
    ...serverNameOf(cert.pem),
  };
  return { cert, key, ca, clientAuth, client };
}

/** Makes the flags of a server; what was given as text is written into the folder. */
export async function serverTls(tls: CheckedTls, folder: string): Promise<ServerTls> {
  const secrets = join(folder, 'tls');
  await mkdir(secrets, { mode: 0o700 });
  const file = async (name: string, { pem, path }: PemText): Promise<string> => {
    if (path !== undefined) return path;
    const written = join(secrets, `${name}.pem`);
    await writeFile(written, pem, { mode: 0o600 });
    return written;
  };
  const flags = [
    ...['--cert-file', await file('cert', tls.cert)],
    ...['--key-file', await file('key', tls.key)],
    ...(tls.clientAuth
      ? ['--client-cert-auth', '--trusted-ca-file', await file('ca', tls.ca)]
      : []),
  ];
  return { flags, client: tls.client };
}

function read(name: 'cert' | 'key' | 'ca', value: unknown): PemText {
  if (isBytes(value)) return { pem: new TextDecoder('latin1').decode(value), path: undefined };
  if (typeof value !== 'string' || value === '') {
    throw invalidArgument(`tls.${name}`, hide(value), 'PEM, or the path of a PEM file');
  }
  if (value.includes('-----BEGIN ')) return { pem: value, path: undefined };
  try {
    return { pem: readFileSync(value, 'utf8'), path: resolve(value) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw invalidArgument(
      `tls.${name}`,
      described(`a string that is neither PEM nor a file that can be read (${code})`),
      'PEM, or the path of a PEM file',
      { cause: error },
    );
  }
}

/** The name to expect where the certificate is not for the address that the server listens on. */
function serverNameOf(pem: string): Pick<TlsOptions, 'serverName'> {
  const certificate = new X509Certificate(pem);
  if (certificate.checkIP(LOOPBACK) !== undefined) return {};
  const name = /DNS:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1];
  return name === undefined ? {} : { serverName: name.replace(/^\*\./, 'etcd.') };
}
