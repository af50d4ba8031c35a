import { type DecodeError, decodeErrorOf } from '../errors/index.js';
import type { Codec } from '../index.js';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../internal/bytes.js';

/** Facts about a job that are stored in front of its value. */
interface Head {
  /** The times that it was handed to a worker. */
  readonly attempts: number;
  /** The reason for which it was set aside. */
  readonly reason?: string | undefined;
}

/** A job as it is stored: a line of JSON, and then the value as the view's codec has it. */
export interface Envelope<Value> extends Head {
  readonly bytes: Uint8Array;
  /** Decodes the value. Throws what the codec throws. */
  value(): Value;
}

/** A job that is to be stored: with a new value, or with the bytes of the one that it has. */
export type NewEnvelope<Value> = Head &
  ({ readonly value: Value } | { readonly bytes: Uint8Array });

const END_OF_LINE = 0x0a;

/** Returns the codec of stored jobs whose values have this codec. */
export function envelopeOf<Out, In>(codec: Codec<Out, In>): Codec<Envelope<Out>, NewEnvelope<In>> {
  return {
    name: codec.name ?? 'custom',
    encode: (job) => {
      const { attempts, reason } = job;
      const bytes = 'bytes' in job ? job.bytes : codec.encode(job.value);
      return concatBytes(encodeUtf8(`${JSON.stringify({ attempts, reason })}\n`), bytes);
    },
    decode: (stored) => {
      const end = stored.indexOf(END_OF_LINE);
      const head: unknown = JSON.parse(decodeUtf8(stored.subarray(0, Math.max(0, end))));
      if (!isHead(head)) throw new Error('it does not begin with the line of a job');
      const bytes = stored.subarray(end + 1);
      const { attempts, reason } = head;
      return { attempts, reason, bytes, value: () => codec.decode(bytes) };
    },
  };
}

function isHead(head: unknown): head is Head {
  return Number.isSafeInteger((head as Partial<Head> | null)?.attempts);
}

/** The envelope of a record; that of a job without attempts where a stranger has put something else there. */
export function envelopeIn<Value>(record: {
  readonly value: Envelope<Value>;
  readonly valueBytes: Uint8Array;
}): Envelope<Value> {
  const error: DecodeError | undefined = decodeErrorOf(() => record.value);
  if (error === undefined) return record.value;
  const value = (): never => {
    throw error;
  };
  return { attempts: 0, bytes: record.valueBytes, value };
}
