import { HpackEncoder, type RequestField } from './hpack/encoder.js';

/** Metadata of a call: names and values in printable ASCII. */
export type Metadata = Readonly<Record<string, string>>;

/** The fields that are the same for all requests of a connection. */
export interface RequestOrigin {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
}

interface Block {
  readonly bytes: Buffer;
  /** The state of the table that it was made for. */
  readonly generation: number;
}

const USER_AGENT = 'etcd-kit';

/** Names of metadata that nobody on the way may remember. */
const SECRET = new Set(['token', 'authorization', 'cookie']);

/** The most digits that gRPC allows in a time. */
const LARGEST_TIME = 99_999_999;
const TIME_UNITS = [
  ['m', 1],
  ['S', 1_000],
  ['M', 60_000],
  ['H', 3_600_000],
] as const;

/** A name that is not in the table, and a text of up to 127 bytes: see RFC 7541, 6.2.2. */
const TIMEOUT_PREFIX = Buffer.from('\0\x0cgrpc-timeout', 'latin1');

/**
 * The header blocks of requests. A client sends a few paths with one of two sets of metadata. So each block
 * is made once, and again when the table that it refers to has changed.
 */
export class RequestBlocks {
  readonly #origin: RequestOrigin;
  readonly #encoder = new HpackEncoder();
  readonly #known = new WeakMap<Metadata, Map<string, Block>>();
  #latest: Metadata | undefined;
  #ofLatest = new Map<string, Block>();
  /** The field of a timeout, and the last one made: calls of a burst have the same. */
  #timeoutMs = -1;
  #timeout: Buffer = NOTHING;

  constructor(origin: RequestOrigin) {
    this.#origin = origin;
  }

  /** The peer allows a table of this size. */
  allowTable(bytes: number): void {
    this.#encoder.allow(bytes);
  }

  /** Returns a block that is to be sent before any other is asked for. */
  block(path: string, metadata: Metadata): Buffer {
    if (metadata !== this.#latest) {
      const blocks = this.#known.get(metadata);
      if (blocks === undefined) {
        this.#known.set(metadata, new Map());
        // Metadata of one call would fill the table with what is never seen again.
        return this.#encoder.encode(this.#fields(path, metadata, 'plain'));
      }
      this.#latest = metadata;
      this.#ofLatest = blocks;
    }
    const known = this.#ofLatest.get(path);
    if (known !== undefined && known.generation === this.#encoder.generation) return known.bytes;
    const before = this.#encoder.generation;
    const bytes = this.#encoder.encode(this.#fields(path, metadata, 'remembered'));
    // One that has changed the table is sent once: made again, it refers to what it has put there.
    if (this.#encoder.generation === before) {
      this.#ofLatest.set(path, { bytes, generation: before });
    }
    return bytes;
  }

  /** Returns what is to stand behind the block: the time that the server has. */
  timeout(timeoutMs: number): Buffer {
    if (timeoutMs === Infinity) return NOTHING;
    const wholeMs = Math.max(1, Math.ceil(timeoutMs));
    if (wholeMs !== this.#timeoutMs) {
      const text = timeoutText(wholeMs);
      this.#timeout = Buffer.concat([
        TIMEOUT_PREFIX,
        Buffer.from([text.length]),
        Buffer.from(text, 'latin1'),
      ]);
      this.#timeoutMs = wholeMs;
    }
    return this.#timeout;
  }

  #fields(path: string, metadata: Metadata, ofMetadata: 'plain' | 'remembered'): RequestField[] {
    const { scheme, authority } = this.#origin;
    return [
      { name: ':method', value: 'POST', kind: 'remembered' },
      { name: ':scheme', value: scheme, kind: 'remembered' },
      { name: ':path', value: path, kind: 'remembered' },
      { name: ':authority', value: authority, kind: 'remembered' },
      { name: 'te', value: 'trailers', kind: 'remembered' },
      { name: 'content-type', value: 'application/grpc', kind: 'remembered' },
      { name: 'user-agent', value: USER_AGENT, kind: 'remembered' },
      ...Object.entries(metadata).map(
        ([name, value]): RequestField => ({
          name,
          value,
          kind: SECRET.has(name) ? 'secret' : ofMetadata,
        }),
      ),
    ];
  }
}

const NOTHING = Buffer.alloc(0);

/** Writes a time in the finest unit in which it fits. One beyond all of them is as good as none. */
export function timeoutText(ms: number): string {
  for (const [unit, unitMs] of TIME_UNITS) {
    const time = Math.ceil(ms / unitMs);
    if (time <= LARGEST_TIME) return `${time}${unit}`;
  }
  return `${LARGEST_TIME}H`;
}
