import { createSecureContext } from 'node:tls';
import { invalidArgument } from '../errors/index.js';

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

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
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
      throw invalidArgument(
        `tls.${name}`,
        'an unknown option',
        `allowed are ${TLS_KEYS.join(', ')}`,
      );
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
  if (tls.serverName !== undefined && (typeof tls.serverName !== 'string' || !tls.serverName)) {
    throw invalidArgument('tls.serverName', tls.serverName, 'allowed is the name of a host');
  }
  checkPem(tls);
}

/** Finds here, and not at the first handshake, what is no PEM or does not belong together. */
function checkPem({ ca, cert, key }: TlsOptions): void {
  if (ca !== undefined && !CERTIFICATE.test(pemText(ca))) {
    throw invalidArgument('tls.ca', 'no certificate', 'allowed is PEM as a string or bytes');
  }
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert: pemText(cert), key: pemText(key) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidArgument('tls.cert', 'a certificate that cannot be used with tls.key', reason);
  }
}

/** PEM as text; bytes are the same characters, since it is plain ASCII where it counts. */
export function pemText(pem: Pem): string {
  return typeof pem === 'string' ? pem : new TextDecoder('latin1').decode(pem);
}
