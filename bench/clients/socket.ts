import { connect, type Socket } from 'node:net';
import { PREFIX, SMALL_KEYS, VALUE } from '../tasks/task.js';
import type { BenchClient } from './bench-client.js';

// The least that a client in Node can do: it sends requests that were written beforehand, and waits until the
// answer has ended. It reads no field and no message, and has no deadline, no retry and no flow control.

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEADER_BYTES = 9;
const [DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE] = [0, 1, 4, 6, 8] as const;
const [ACK, END_STREAM, END_HEADERS] = [1, 1, 4] as const;
/** The largest window, less what each connection begins with. */
const WINDOW_BYTES = 2 ** 31 - 1 - 65_535;
const READ_BYTES = 65_536;
const PONG_DELAY_MS = 10;

/** `:method: POST` and `:scheme: http` of the static table: RFC 7541, appendix A. */
const PSEUDO = [0x83, 0x86];
/** A field that is put into the table: RFC 7541, 6.2.1. */
const REMEMBERED = 0x40;
/** Fields of the table, once both methods were called: the latest is the first. */
const [PUT_PATH, CONTENT_TYPE, TE, AUTHORITY, RANGE_PATH] = [0xbe, 0xbf, 0xc0, 0xc1, 0xc2] as const;

const [KEY_FIELD, VALUE_FIELD] = [0x0a, 0x12] as const;

/** A request: the frames of its header fields and of its message. */
interface Request {
  readonly bytes: Buffer;
  /** The place of the second frame. */
  readonly dataAt: number;
}

/** Sends prebuilt frames over a socket. It is for one caller. */
export async function open(endpoint: string): Promise<BenchClient> {
  const { hostname, port, host } = new URL(endpoint);
  const caller = new LoneCaller(hostname, Number(port));
  const rangeFields = [
    ...[...PSEUDO, ...field(':path', '/etcdserverpb.KV/Range'), ...field(':authority', host)],
    ...[...field('te', 'trailers'), ...field('content-type', 'application/grpc')],
  ];
  const putFields = [
    ...PSEUDO,
    ...field(':path', '/etcdserverpb.KV/Put'),
    AUTHORITY,
    TE,
    CONTENT_TYPE,
  ];
  await caller.call(request(rangeFields, text(KEY_FIELD, PREFIX.small)));
  await caller.call(request(putFields, text(KEY_FIELD, PREFIX.small)));
  const requests = (
    fields: readonly number[],
    rest: readonly number[],
  ): ReadonlyMap<string, Request> =>
    new Map(
      Array.from({ length: SMALL_KEYS }, (_, i) => {
        const key = `${PREFIX.small}${i}`;
        return [key, request(fields, [...text(KEY_FIELD, key), ...rest])];
      }),
    );
  const gets = requests([...PSEUDO, RANGE_PATH, AUTHORITY, TE, CONTENT_TYPE], []);
  const puts = requests(
    [...PSEUDO, PUT_PATH, AUTHORITY, TE, CONTENT_TYPE],
    text(VALUE_FIELD, VALUE),
  );
  return {
    get: (key) => caller.call(gets.get(key) as Request),
    put: (key) => caller.call(puts.get(key) as Request),
    close: () => caller.close(),
  };
}

/** A connection with one call under way at most. */
class LoneCaller {
  readonly #socket: Socket;
  #streamId = 1;
  #kept = Buffer.alloc(0);
  #hasMessage = false;
  #answered: (nothing: undefined) => void = () => {};
  #failed: (error: Error) => void = () => {};

  constructor(host: string, port: number) {
    const callback = (length: number, lent: Uint8Array): boolean => {
      this.#receive(Buffer.from(lent.buffer, lent.byteOffset, length));
      return true;
    };
    const onread = { buffer: Buffer.alloc(READ_BYTES), callback };
    this.#socket = connect({ host, port, noDelay: true, onread });
    this.#socket.on('error', (error) => this.#failed(error));
    const window = Buffer.alloc(4);
    window.writeUInt32BE(WINDOW_BYTES);
    this.#socket.write(PREFACE);
    this.#socket.write(Buffer.concat([frame(SETTINGS, 0), frame(WINDOW_UPDATE, 0, window)]));
  }

  call({ bytes, dataAt }: Request): Promise<undefined> {
    bytes.writeUInt32BE(this.#streamId, 5);
    bytes.writeUInt32BE(this.#streamId, dataAt + 5);
    this.#streamId += 2;
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(lent: Buffer): void {
    const bytes = this.#kept.length === 0 ? lent : Buffer.concat([this.#kept, lent]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.#take(bytes[at + 3], bytes[at + 4] ?? 0, bytes.subarray(at + FRAME_HEADER_BYTES, end));
      at = end;
    }
    this.#kept = Buffer.from(bytes.subarray(at));
  }

  #take(type: number | undefined, flags: number, payload: Buffer): void {
    if (type === DATA) {
      this.#hasMessage = true;
    } else if (type === HEADERS && (flags & END_STREAM) !== 0) {
      if (this.#hasMessage) this.#answered(undefined);
      else this.#failed(new Error('etcd has refused the call'));
      this.#hasMessage = false;
    } else if (type === SETTINGS && (flags & ACK) === 0) {
      this.#socket.write(frame(SETTINGS, ACK));
    } else if (type === PING && (flags & ACK) === 0) {
      const answer = frame(PING, ACK, payload);
      // As etcd-kit does it: the server sends no other ping before, so that most calls have none.
      setTimeout(() => this.#socket.write(answer), PONG_DELAY_MS);
    }
  }
}

function request(fields: readonly number[], message: readonly number[]): Request {
  const headers = frame(HEADERS, END_HEADERS, Buffer.from(fields));
  const data = frame(DATA, END_STREAM, Buffer.from([0, 0, 0, 0, message.length, ...message]));
  return { bytes: Buffer.concat([headers, data]), dataAt: headers.length };
}

/** A frame of stream 0, or of one whose number is written into it later. */
function frame(type: number, flags: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  return Buffer.concat([header, payload]);
}

function field(name: string, value: string): readonly number[] {
  return [REMEMBERED, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
}

function text(number: number, value: string): readonly number[] {
  return [number, value.length, ...Buffer.from(value)];
}
