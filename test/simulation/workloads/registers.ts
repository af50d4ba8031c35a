import { EtcdError } from 'etcd-kit';
import type { Change } from '../history.js';
import { failureOf, type Scene } from '../scene.js';

/** A write, with what its caller was told. */
interface Write {
  readonly key: string;
  readonly value: string;
  readonly idempotent: boolean;
  /** The revision it was given; or the outcome of its failure. */
  readonly result: bigint | string;
}

/** A read, with the revision that it could not be behind. */
interface Read {
  readonly key: string;
  readonly value: string | undefined;
  readonly modRevision: bigint | undefined;
  readonly revision: bigint;
  readonly floor: bigint;
}

const KEYS = ['r/0', 'r/1', 'r/2'];
const CLIENTS = 3;

/**
 * Reads and writes of a few keys. Outcomes never lie, no write is carried out twice unless it may be, and a
 * read is never behind what anybody was told before it began.
 */
export function registers(scene: Scene): () => void {
  const writes: Write[] = [];
  const reads: Read[] = [];
  let newestTold = 0n;
  const told = (revision: bigint): void => {
    if (revision > newestTold) newestTold = revision;
  };
  let serial = 0;

  for (let number = 0; number < CLIENTS; number += 1) {
    const etcd = scene.client(number === 0 ? { batching: { writes: true } } : {});
    const timeoutMs = (): number => 100 + scene.random.below(6_000);

    const write = async (): Promise<void> => {
      const key = scene.pick(KEYS);
      const value = `w${++serial}`;
      const idempotent = scene.random.below(4) === 0;
      let result: bigint | string;
      try {
        result = (await etcd.put(key, value, { timeoutMs: timeoutMs(), idempotent })).header
          .revision;
        told(result);
      } catch (error) {
        if (!(error instanceof EtcdError) || error.outcome === undefined) throw error;
        result = error.outcome;
      }
      writes.push({ key, value, idempotent, result });
    };

    const read = async (): Promise<void> => {
      const key = scene.pick(KEYS);
      const floor = newestTold;
      try {
        const { kvs, header } = await etcd.range(key).all({ timeoutMs: timeoutMs() });
        const [kv] = kvs;
        reads.push({
          key,
          value: kv?.value,
          modRevision: kv?.modRevision,
          revision: header.revision,
          floor,
        });
        told(header.revision);
      } catch (error) {
        failureOf(error);
      }
    };

    const readOne = async (): Promise<void> => {
      const key = scene.pick(KEYS);
      const floor = newestTold;
      try {
        const kv = await etcd.get(key, { timeoutMs: timeoutMs() });
        const modRevision = kv?.modRevision;
        // A gathered answer tells no revision of the store: the record's own is what is known of it.
        reads.push({ key, value: kv?.value, modRevision, revision: modRevision ?? floor, floor });
      } catch (error) {
        failureOf(error);
      }
    };

    scene.start(`registers ${number}`, async () => {
      while (!scene.over) {
        const several = Array.from({ length: 1 + scene.random.below(4) }, () =>
          scene.pick([write, write, read, readOne])(),
        );
        scene.operations += several.length;
        await Promise.all(several);
        await scene.pause(0, 800);
      }
    });
  }

  return () => {
    const changes = scene.history.of('r/');
    for (const one of writes) checkWrite(scene, one, changes);
    for (const one of reads) checkRead(scene, one, changes);
  };
}

function checkWrite(scene: Scene, write: Write, changes: readonly Change[]): void {
  const { key, value, idempotent, result } = write;
  const applied = changes.filter((change) => change.value === value);
  const about = `put of ${value} to ${key}, told ${result}, is ${applied.length} times in the store`;
  if (applied.some((change) => change.key !== key)) scene.violate(`${about}, under another key`);
  if (applied.length > 1 && !idempotent) scene.violate(about);
  if (typeof result === 'bigint') {
    if (!applied.some(({ revision }) => revision === result)) scene.violate(`${about}, not there`);
  } else if (result !== 'unknown' && applied.length > 0) {
    scene.violate(about);
  }
}

function checkRead(scene: Scene, read: Read, changes: readonly Change[]): void {
  const { key, value, modRevision, revision, floor } = read;
  const about = `read of ${key} with ${value} of revision ${modRevision}`;
  const of = changes.filter((change) => change.key === key);
  if (modRevision !== undefined) {
    const written = of.find((change) => change.revision === modRevision);
    if (written?.value !== value) scene.violate(`${about}: the store never had it`);
  }
  const last = of.findLast((change) => change.revision <= floor);
  if (last !== undefined && last.value !== undefined && (modRevision ?? 0n) < last.revision) {
    scene.violate(`${about} is behind revision ${last.revision}, which was known before`);
  }
  if (modRevision !== undefined && revision < modRevision)
    scene.violate(`${about}: header ${revision}`);
}
