import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../scripts/etcd/run.mjs';
import { startGuard } from '../../src/testing/server/guard.js';

/** A certificate and its key, as PEM texts and as files. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface IssueOptions {
  readonly commonName: string;
  /** Names and addresses a server answers to. */
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** A certificate authority made for the tests. */
export interface Authority {
  readonly cert: string;
  readonly certFile: string;
  /** A certificate good for servers and clients alike. The common name of a client is its etcd user. */
  issue(options: IssueOptions): Promise<Identity>;
}

export interface TestCertificates {
  readonly authority: Authority;
  /** For `localhost` and `127.0.0.1`. */
  readonly server: Identity;
  /** Common name `client`. */
  readonly client: Identity;
  /** Nobody trusts this one. */
  readonly otherAuthority: Authority;
  readonly otherClient: Identity;
}

let folder: Promise<string> | undefined;
let shared: Promise<TestCertificates> | undefined;
let issued = 0;

/** The usual set of certificates, made once in each test process (P-256, by openssl) and removed with it. */
export function testCertificates(): Promise<TestCertificates> {
  shared ??= makeCertificates();
  return shared;
}

async function makeCertificates(): Promise<TestCertificates> {
  const [authority, otherAuthority] = await Promise.all([
    createAuthority('test authority'),
    createAuthority('another authority'),
  ]);
  const [server, client, otherClient] = await Promise.all([
    authority.issue({
      commonName: 'server',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
    }),
    authority.issue({ commonName: 'client' }),
    otherAuthority.issue({ commonName: 'client' }),
  ]);
  return { authority, server, client, otherAuthority, otherClient };
}

/** A new self-signed authority. */
export async function createAuthority(commonName: string): Promise<Authority> {
  const files = await nextFiles();
  await openssl([
    ...['req', '-x509', '-days', '2', '-subj', `/CN=${commonName}`],
    ...newKey(files.keyFile),
    ...['-out', files.certFile],
  ]);
  return {
    cert: await readFile(files.certFile, 'utf8'),
    certFile: files.certFile,
    issue: (options) => issue(files, options),
  };
}

/** A pair of keys to sign JSON web tokens with (ES256), as files. */
export async function createSigningKeys(): Promise<{ publicFile: string; privateFile: string }> {
  const { keyFile: privateFile, certFile: publicFile } = await nextFiles();
  await openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', privateFile]);
  await openssl(['ec', '-in', privateFile, '-pubout', '-out', publicFile]);
  return { publicFile, privateFile };
}

interface Files {
  readonly certFile: string;
  readonly keyFile: string;
}

async function issue(authority: Files, options: IssueOptions): Promise<Identity> {
  const { commonName, dnsNames = [], ipAddresses = [] } = options;
  const { certFile, keyFile } = await nextFiles();
  const requestFile = `${certFile}.request`;
  const extensionFile = `${certFile}.extensions`;
  const alternatives = [
    ...dnsNames.map((name) => `DNS:${name}`),
    ...ipAddresses.map((address) => `IP:${address}`),
  ];
  const extensions = [
    // Both uses, because a server's HTTP gateway is a client of the server, with the same certificate.
    'extendedKeyUsage=serverAuth,clientAuth',
    ...(alternatives.length > 0 ? [`subjectAltName=${alternatives.join(',')}`] : []),
  ];
  await writeFile(extensionFile, `${extensions.join('\n')}\n`);
  await openssl([
    ...['req', '-new', '-subj', `/CN=${commonName}`],
    ...newKey(keyFile),
    ...['-out', requestFile],
  ]);
  await openssl([
    ...['x509', '-req', '-days', '2', '-in', requestFile, '-extfile', extensionFile],
    ...['-CA', authority.certFile, '-CAkey', authority.keyFile],
    ...['-set_serial', String(Date.now() * 1000 + issued), '-out', certFile],
  ]);
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { cert, key, certFile, keyFile };
}

function newKey(keyFile: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
}

async function nextFiles(): Promise<Files> {
  folder ??= mkdtemp(join(tmpdir(), 'etcd-kit-certs-')).then((path) => {
    startGuard(path);
    return path;
  });
  const name = join(await folder, String(++issued));
  return { certFile: `${name}.pem`, keyFile: `${name}.key` };
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await run('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args.join(' ')} ended with ${code}: ${stderr}`);
}
