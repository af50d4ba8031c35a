import { protocolFault } from './frame-rules.js';

/** The bytes by which a server of TLS begins its complaint about something that is none. */
const TLS_ALERT = 0x15;
const TLS_MAJOR_VERSION = 3;

/**
 * Tells the usual mistakes by the first bytes of a peer, where HTTP/2 would only see a frame that is too large.
 *
 * @throws ConnectionFault
 */
export function refuseOtherProtocol(bytes: Buffer, length: number): void {
  const text = bytes.toString('latin1', 0, Math.min(length, 5));
  if (text === 'HTTP/') throw protocolFault('what answers there speaks HTTP/1');
  if (bytes[0] === TLS_ALERT && bytes[1] === TLS_MAJOR_VERSION) {
    throw protocolFault('what answers there speaks TLS: say https://');
  }
}
