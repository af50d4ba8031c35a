import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import type { Security } from '../../wire/index.js';
import type { Address } from './address.js';
import { pemText, type TlsOptions } from './tls-options.js';

/**
 * A name for the TLS handshake with an endpoint that is an IP address. Such an address may not be
 * sent as a server name, and newer runtimes refuse to; `.invalid` is reserved and resolves nowhere.
 */
const NAMELESS_HOST = 'etcd-member.invalid';

/** Makes the security of a connection to an address, from options that were just read; `undefined` for plain text. */
export function tlsSecurity(address: Address, tls: TlsOptions | undefined): Security | undefined {
  if (!address.secure) return undefined;
  const context = createSecureContext({
    ca: tls?.ca && pemText(tls.ca),
    cert: tls?.cert && pemText(tls.cert),
    key: tls?.key && pemText(tls.key),
  });
  const expected = tls?.serverName ?? address.host;
  return {
    context,
    serverName: isIP(expected) === 0 ? expected : NAMELESS_HOST,
    checkServerIdentity: (_sent, certificate) => checkServerIdentity(expected, certificate),
  };
}
