import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type EtcdError, endedAtOnce, UnavailableError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import type { Address } from './address.js';

/** Longest time to wait for the first byte of the server. */
const LONGEST_MS = 1_000;

/** The beginning of HTTP/2: what a client says first, and an empty SETTINGS frame. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** The place of the type in a frame of HTTP/2, and the type of the first one that each side sends. */
const FRAME_TYPE = 3;
const SETTINGS = 4;

/** The code of OpenSSL's errors about an alert, which only a peer that speaks TLS sends. */
const ALERT = /^ERR_SSL_\w*ALERT/;

/**
 * Explains a connection that was ended before any byte was received, where one side speaks TLS and the other
 * does not. Both kinds of server end such a connection without saying why, as a proxy does whose server is
 * down. So the port is spoken to once in the other way: if that is understood, no later attempt of ours
 * can do better.
 *
 * @returns the error that tells, or the given one
 */
export async function explainMismatch(
  address: Address,
  error: EtcdError,
  clock: Clock,
): Promise<EtcdError> {
  if (address.host === '' || !endedAtOnce(error)) return error;
  const url = new URL(address.key);
  const place = { host: address.host, port: Number(url.port || DEFAULT_PORTS[url.protocol]) };
  const understood = await (address.secure ? speaksPlainly(place, clock) : speaksTls(place, clock));
  if (!understood) return error;
  const why = address.secure
    ? 'the server does not speak TLS on this port: use http://, or leave the option tls out'
    : 'the server speaks TLS on this port: use https://, or the option tls';
  return new UnavailableError(why, {
    endpoint: address.endpoint,
    method: error.method,
    outcome: 'not-sent',
    cause: error,
  });
}

/** Ports that a URL leaves out. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

interface HostPort {
  readonly host: string;
  readonly port: number;
}

function speaksTls({ host, port }: HostPort, clock: Clock): Promise<boolean> {
  const servername = isIP(host) === 0 ? host : undefined;
  // It is asked whether it speaks TLS, not who it is: nothing is told to it.
  const socket = connectTls({ host, port, servername, rejectUnauthorized: false });
  return answerOf(socket, clock, (settle) => {
    socket.once('secureConnect', () => settle(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => settle(ALERT.test(code ?? '')));
  });
}

function speaksPlainly(place: HostPort, clock: Clock): Promise<boolean> {
  const socket = connect(place);
  return answerOf(socket, clock, (settle) => {
    socket.once('connect', () => socket.write(PREFACE));
    socket.once('data', (bytes: Buffer) =>
      settle(bytes[FRAME_TYPE] === SETTINGS || bytes.toString('latin1', 0, 5) === 'HTTP/'),
    );
    socket.once('error', () => settle(false));
  });
}

/** Waits for the answer of a server, or for the end of the time or of the connection. */
function answerOf(
  socket: Socket,
  clock: Clock,
  listen: (settle: (understood: boolean) => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (understood: boolean): void => {
      timer.cancel();
      // What an error says after this is of no interest, and without a listener it would be thrown.
      socket.on('error', () => {});
      socket.destroy();
      resolve(understood);
    };
    const timer = clock.setTimeout(() => settle(false), LONGEST_MS);
    timer.unref();
    socket.unref();
    socket.once('close', () => settle(false));
    listen(settle);
  });
}
