import { ConnectionFault } from './faults.js';
import { H2Code, LARGEST_31_BIT, LARGEST_FRAME_BYTES, Setting } from './protocol.js';

// Rules of HTTP/2 that concern a frame as a whole, and the faults of those that break one.

/** A rule that has no code of its own. */
export function protocolFault(rule: string): ConnectionFault {
  return new ConnectionFault(H2Code.PROTOCOL_ERROR, rule);
}

export function frameSizeFault(frame: string): ConnectionFault {
  return new ConnectionFault(H2Code.FRAME_SIZE_ERROR, `${frame} of a wrong size`);
}

export function flowControlFault(what: string): ConnectionFault {
  return new ConnectionFault(H2Code.FLOW_CONTROL_ERROR, what);
}

/** The peer does something that is allowed, too often. */
export function floodFault(what: string): ConnectionFault {
  return new ConnectionFault(H2Code.ENHANCE_YOUR_CALM, what);
}

/**
 * Checks a setting of the peer. Unknown ones are left alone.
 *
 * @throws ConnectionFault
 */
export function checkSetting(setting: number, value: number): void {
  switch (setting) {
    case Setting.ENABLE_PUSH:
      if (value !== 0)
        throw protocolFault(`SETTINGS_ENABLE_PUSH of ${value}: a server may say 0 only`);
      return;
    case Setting.INITIAL_WINDOW_SIZE:
      if (value > LARGEST_31_BIT)
        throw flowControlFault(`SETTINGS_INITIAL_WINDOW_SIZE of ${value} is too large`);
      return;
    case Setting.MAX_FRAME_SIZE:
      if (value < 2 ** 14 || value > LARGEST_FRAME_BYTES) {
        throw protocolFault(`SETTINGS_MAX_FRAME_SIZE of ${value} is out of range`);
      }
  }
}

/**
 * Returns the bytes of padding behind the content, which begins with their number.
 *
 * @throws ConnectionFault
 */
export function paddingOf(bytes: Buffer, start: number, end: number, frame: string): number {
  if (start === end) throw frameSizeFault(frame);
  const padding = bytes[start] as number;
  if (padding >= end - start) throw protocolFault(`${frame} with more padding than payload`);
  return padding;
}

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
  if (text === 'HTTP/') throw protocolFault('the server speaks HTTP/1, not HTTP/2');
  if (bytes[0] === TLS_ALERT && bytes[1] === TLS_MAJOR_VERSION) {
    throw protocolFault('the server speaks TLS: use https://');
  }
}
