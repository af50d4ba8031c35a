import type { ClientHttp2Session } from 'node:http2';
import type { Channel } from '@grpc/grpc-js';
import { USUAL_STREAM_LIMIT } from './channel.js';

/** The way through grpc-js to the HTTP/2 session of a channel; each step may be missing. */
interface ChannelInternals {
  readonly internalChannel?: {
    readonly wrappedSubchannels?: Iterable<{ getRealSubchannel?(): SubchannelInternals }>;
  };
}

interface SubchannelInternals {
  readonly transport?: { readonly session?: ClientHttp2Session } | null;
}

/** Sessions that were found: a channel has one, since it is given up with its connection. */
const sessions = new WeakMap<Channel, ClientHttp2Session>();

/**
 * Reads how many streams the peer allows at a time on the connection of a channel. It is the setting
 * MAX_CONCURRENT_STREAMS of its HTTP/2 session. The peer may change it at any time. Above it Node holds
 * streams back silently, until their deadline.
 *
 * grpc-js tells nobody of the setting, so it is read from its private parts. Where they are not as
 * expected the limit is {@link USUAL_STREAM_LIMIT}.
 */
export function peerStreamLimit(channel: Channel): number {
  const session = sessions.get(channel) ?? findSession(channel);
  return session?.remoteSettings?.maxConcurrentStreams ?? USUAL_STREAM_LIMIT;
}

function findSession(channel: Channel): ClientHttp2Session | undefined {
  const { internalChannel } = channel as unknown as ChannelInternals;
  for (const wrapped of internalChannel?.wrappedSubchannels ?? []) {
    const session = wrapped.getRealSubchannel?.().transport?.session;
    if (session === undefined) continue;
    sessions.set(channel, session);
    return session;
  }
  return undefined;
}
