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
}
