import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Address } from './address.js';
import type { TlsOptions } from './tls-options.js';
import { tlsSecurity } from './tls-security.js';

/** The security settings of a channel to one address. */
export interface ChannelSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** The credentials for one address, from options that were just read. */
export function channelSecurity(address: Address, tls: TlsOptions | undefined): ChannelSecurity {
  const security = tlsSecurity(address, tls);
  if (security === undefined) {
    return { credentials: ChannelCredentials.createInsecure(), options: {} };
  }
  const { context, serverName, checkServerIdentity } = security;
  return {
    credentials: ChannelCredentials.createFromSecureContext(context, { checkServerIdentity }),
    options: { 'grpc.ssl_target_name_override': serverName },
  };
}
