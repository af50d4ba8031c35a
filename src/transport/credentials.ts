import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import { isIP } from 'node:net';
import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { invalidArgument } from '../errors/index.js';
import type { Address } from './address.js';

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** How to speak TLS. Everything is optional: without `ca` the system's roots decide. */
export interface TlsOptions {
  /** The certificate authorities to trust, PEM. Default: the ones that come with Node. */
  readonly ca?: Pem | undefined;
  /** The client's certificate, PEM; needs `key`. */
  readonly cert?: Pem | undefined;
  /** The client's private key, PEM; needs `cert`. */
  readonly key?: Pem | undefined;
  /** The name the server's certificate must carry, where it is not the endpoint's host. */
  readonly serverName?: string | undefined;
}

/** TLS options, or a function that is asked for them before each new connection. */
export type TlsSource = TlsOptions | (() => TlsOptions | Promise<TlsOptions>);

const TLS_KEYS = ['ca', 'cert', 'key', 'serverName'];

/**
 * Checks TLS options where they enter.
 *
 * @throws InvalidArgumentError naming what is wrong.
 */
export function checkTlsOptions(tls: TlsOptions): void {
  if (typeof tls !== 'object' || tls === null) {
    throw invalidArgument('tls', tls, 'allowed is an object, or a function that returns one');
  }
  for (const name of Object.keys(tls)) {
    if (!TLS_KEYS.includes(name)) {
      throw invalidArgument(`tls.${name}`, 'an unknown option', `allowed are ${TLS_KEYS.join(', ')}`);
    }
  }
  for (const name of ['ca', 'cert', 'key'] as const) {
    const value = tls[name];
    if (value !== undefined && typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw invalidArgument(`tls.${name}`, typeof value, 'allowed is PEM as a string or bytes');
    }
  }
  if (tls.cert !== undefined && tls.key === undefined) {
    throw invalidArgument('tls.cert', 'a certificate without its key', 'give tls.key as well');
  }
  if (tls.key !== undefined && tls.cert === undefined) {
    throw invalidArgument('tls.key', 'a key without its certificate', 'give tls.cert as well');
  }
}

/** What a channel to one address needs to be encrypted, or not. */
export interface ChannelSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/**
 * A name for the TLS handshake with an endpoint that is an IP address. Such an address may not be
 * sent as a server name, and newer runtimes refuse to; `.invalid` is reserved and resolves nowhere.
 */
const NAMELESS_HOST = 'etcd-member.invalid';

/** The credentials for one address, from options that were just read. */
export function channelSecurity(address: Address, tls: TlsOptions | undefined): ChannelSecurity {
  if (!address.secure) return { credentials: ChannelCredentials.createInsecure(), options: {} };
  const context = createSecureContext({
    ca: pem(tls?.ca),
    cert: pem(tls?.cert),
    key: pem(tls?.key),
  });
  const expected = tls?.serverName ?? address.host;
  const sent = isIP(expected) === 0 ? expected : NAMELESS_HOST;
  return {
    credentials: ChannelCredentials.createFromSecureContext(context, {
      checkServerIdentity: (_sent: string, certificate: PeerCertificate) =>
        checkServerIdentity(expected, certificate),
    }),
    options: { 'grpc.ssl_target_name_override': sent },
  };
}

function pem(value: Pem | undefined): string | Buffer | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
