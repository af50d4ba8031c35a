import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { measure } from '../meter.js';
import type { DecodeTask, Outcome } from './task.js';

const RECORDS = 1_000;
/** Not an entry point of the package, so taken from the sources. */
const CODECS = new URL('../../src/rpc/services.ts', import.meta.url).href;
const PROTO = fileURLToPath(new URL('../../proto/rpc.proto', import.meta.url));

interface Record {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly modRevision: bigint | string;
}

/** Reads a message again and again, and of each record in it the key, the value and the revision. */
export async function decode({ codec, message, ms }: DecodeTask): Promise<Outcome> {
  const loader = loaderMethod(message);
  const bytes = loader.responseSerialize(message === 'range' ? rangeAnswer() : watchAnswer());
  const read =
    codec === 'proto-loader' ? loaderRecords(loader, message) : await ownRecords(message);
  let count = 0;
  let sum = 0;
  const reading = await measure(async () => {
    for (const end = performance.now() + ms; performance.now() < end; ) {
      for (const { key, value, modRevision } of read(bytes)) {
        sum += key.length + value.length + Number(modRevision);
        count++;
      }
    }
  });
  if (sum === 0) throw new Error('nothing was read');
  return { ...reading, count };
}

interface OwnEvent {
  readonly kv?: Record;
}

/** The codecs are no part of the public API: this is what of them is measured. */
interface OwnCodecs {
  /** How watches read: past the events first, and each when it is taken. */
  readonly watchMessages: {
    decode(bytes: Uint8Array): { readonly runs: readonly { read(): readonly OwnEvent[] }[] };
  };
  readonly kv: {
    readonly range: { decode(bytes: Uint8Array): { readonly kvs: readonly Record[] } };
  };
  readonly watch: {
    readonly watch: {
      decode(bytes: Uint8Array): { readonly events: readonly OwnEvent[] };
    };
  };
}

type Read = (bytes: Buffer) => Iterable<Record>;

async function ownRecords(message: DecodeTask['message']): Promise<Read> {
  const { kv, watch, watchMessages }: OwnCodecs = await import(CODECS);
  switch (message) {
    case 'range':
      return (bytes) => kv.range.decode(bytes).kvs;
    case 'watch':
      return (bytes) => watch.watch.decode(bytes).events.map((event) => event.kv!);
    case 'watch, when taken':
      return (bytes) =>
        watchMessages.decode(bytes).runs.flatMap((run) => run.read().map((event) => event.kv!));
  }
}

function loaderRecords(
  { responseDeserialize }: LoaderMethod,
  message: DecodeTask['message'],
): Read {
  if (message === 'range') return (bytes) => (responseDeserialize(bytes) as { kvs: Record[] }).kvs;
  return (bytes) => {
    const { events } = responseDeserialize(bytes) as { events: { kv: Record }[] };
    return events.map(({ kv }) => kv);
  };
}

type LoaderMethod = MethodDefinition<object, object>;

function loaderMethod(message: DecodeTask['message']): LoaderMethod {
  const service = message === 'range' ? 'etcdserverpb.KV' : 'etcdserverpb.Watch';
  const definition = loadSync(PROTO, { longs: String, enums: String, defaults: true });
  const methods = definition[service] as unknown as { readonly [name: string]: LoaderMethod };
  const found = methods[message === 'range' ? 'Range' : 'Watch'];
  if (found === undefined) throw new Error(`the protocol has no ${service}`);
  return found;
}

const header = {
  clusterId: '14841639068965178418',
  memberId: '10276657743932975437',
  revision: 4_000_000,
};

function records(): object[] {
  return Array.from({ length: RECORDS }, (_, i) => ({
    key: Buffer.from(`services/instance-${i}`),
    value: Buffer.alloc(100, 'v'),
    createRevision: 1_000 + i,
    modRevision: 4_000_000 + i,
    version: 3,
  }));
}

function rangeAnswer(): object {
  return { header, kvs: records(), count: RECORDS };
}

function watchAnswer(): object {
  return { header, watchId: 1, events: records().map((kv) => ({ type: 'PUT', kv })) };
}
