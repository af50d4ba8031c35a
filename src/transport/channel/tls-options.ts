import { createSecureContext } from 'node:tls';
import {
  checkKnownOptions,
  described,
  hide,
  invalidArgument,
  isRecord,
  type OptionNames,
} from '../../errors/index.js';
import { isBytes } from '../../internal/bytes.js';

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** Options of TLS. All are optional: without `ca` the system's roots decide. */
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

/** Asks for the options of a new connection, and checks them. */
export async function readTls(source: TlsSource | undefined): Promise<TlsOptions | undefined> {
  const tls = typeof source === 'function' ? await source() : source;
  if (tls !== undefined) checkTlsOptions(tls);
  return tls;
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
const TLS_NAMES: OptionNames<TlsOptions> = { ca: true, cert: true, key: true, serverName: true };
const ALWAYS_CHECKED =
  'certificates are always checked: give the authority as tls.ca, another name as tls.serverName';
const TLS_HINTS = {
  rejectUnauthorized: ALWAYS_CHECKED,
  insecureSkipVerify: ALWAYS_CHECKED,
  checkServerIdentity: ALWAYS_CHECKED,
};
const PEM_ALLOWED = 'PEM as a string or bytes';
/** A path on any system, as far as one line can tell. */
const LOOKS_LIKE_PATH = /^(?:[a-z]:)?[\w.~ /\\-]+$/i;

/**
 * Checks TLS options where they enter.
 *
 * @throws InvalidArgumentError naming what is wrong.
 */
export function checkTlsOptions(tls: TlsOptions): void {
  if (!isRecord(tls)) {
    throw invalidArgument(
      'tls',
      tls,
      'an object, or a function that returns one; for the authorities of the system https:// is enough, or tls: {}',
    );
  }
  checkKnownOptions('tls', tls, TLS_NAMES, TLS_HINTS);
  for (const name of ['ca', 'cert', 'key'] as const) checkPemOption(name, tls[name]);
  if (tls.cert !== undefined && tls.key === undefined) {
    const got = described('a certificate without its key');
    throw invalidArgument('tls.cert', got, 'give tls.key as well');
  }
  if (tls.key !== undefined && tls.cert === undefined) {
    const got = described('a key without its certificate');
    throw invalidArgument('tls.key', got, 'give tls.cert as well');
  }
  if (tls.serverName !== undefined && (typeof tls.serverName !== 'string' || !tls.serverName)) {
    throw invalidArgument('tls.serverName', tls.serverName, 'the name of a host');
  }
  checkPem(tls);
}

function checkPemOption(name: 'ca' | 'cert' | 'key', value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'string' && !isBytes(value)) {
    throw invalidArgument(`tls.${name}`, hide(value), PEM_ALLOWED);
  }
  if (typeof value === 'string' && !value.includes('-----BEGIN ') && LOOKS_LIKE_PATH.test(value)) {
    const got = described('a string that looks like a path');
    throw invalidArgument(`tls.${name}`, got, `${PEM_ALLOWED}: read the file, readFileSync(path)`);
  }
}

/** Finds PEM that is not valid, or does not belong together, before the first handshake does. */
function checkPem({ ca, cert, key }: TlsOptions): void {
  if (ca !== undefined && !CERTIFICATE.test(pemText(ca))) {
    throw invalidArgument('tls.ca', described('text without a certificate'), PEM_ALLOWED);
  }
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert: pemText(cert), key: pemText(key) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidArgument(
      'tls.cert',
      described('a certificate that cannot be used with tls.key'),
      reason,
    );
  }
}

/** PEM as text; bytes are the same characters, since it is plain ASCII where it counts. */
export function pemText(pem: Pem): string {
  return typeof pem === 'string' ? pem : new TextDecoder('latin1').decode(pem);
}
