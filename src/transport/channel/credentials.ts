import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Address } from './address.js';
import { pemText, type TlsOptions } from './tls-options.js';

/** The security settings of a channel to one address. */
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
    ca: tls?.ca && pemText(tls.ca),
    cert: tls?.cert && pemText(tls.cert),
    key: tls?.key && pemText(tls.key),
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
