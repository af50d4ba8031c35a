import { check } from '../../linearizability/checker.js';
import { type RegisterInput, type RegisterOutput, register } from '../../linearizability/models.js';
import { Recorder } from '../../linearizability/operation.js';
import type { Change } from '../history.js';
import type { Scene } from '../scene.js';

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
/** One call of so many is given up by its caller. */
const ABORTED_ONE_OF = 5;
const LONGEST_BEFORE_ABORT_MS = 500;

/**
 * Reads and writes of a few keys. Outcomes never lie, no write is carried out twice unless it may be, a read is
 * never behind what anybody was told before it began, and all calls together are linearizable.
 */
export function registers(scene: Scene): () => void {
  const writes: Write[] = [];
  const reads: Read[] = [];
  const histories = new Map(
    KEYS.map((key) => [key, new Recorder<RegisterInput, RegisterOutput>()]),
  );
  let newestTold = 0n;
  const told = (revision: bigint): void => {
    if (revision > newestTold) newestTold = revision;
  };
  let serial = 0;

  for (let number = 0; number < CLIENTS; number += 1) {
    const etcd = scene.client(number === 0 ? { batching: { writes: true } } : {});
    const name = `registers ${number}`;
    const options = () => ({
      timeoutMs: 100 + scene.random.below(6_000),
      signal:
        scene.random.below(ABORTED_ONE_OF) === 0
          ? scene.abortedWithin(etcd, LONGEST_BEFORE_ABORT_MS)
          : scene.lasting,
    });
    const failed = (error: unknown) => scene.failed(name, error, ['ABORTED']);

    const write = async (): Promise<void> => {
      const key = scene.pick(KEYS);
      const value = `w${++serial}`;
      const idempotent = scene.random.below(4) === 0;
      const call = { ...options(), idempotent };
      const ending = histories.get(key)?.begin(number, { kind: 'write', value });
      let result: bigint | string;
      try {
        const { header } = await scene.inTime(etcd, 'put', call.timeoutMs, () =>
          etcd.put(key, value, call),
        );
        result = header.revision;
        ending?.returned({ kind: 'done' });
        told(result);
      } catch (error) {
        result = failed(error).outcome;
        if (result === 'unknown') ending?.unknown();
        else ending?.nothing();
      }
      writes.push({ key, value, idempotent, result });
    };

    const read = async (): Promise<void> => {
      const key = scene.pick(KEYS);
      const floor = newestTold;
      const call = options();
      const ending = histories.get(key)?.begin(number, { kind: 'read' });
      try {
        const { kvs, header } = await scene.inTime(etcd, 'range', call.timeoutMs, () =>
          etcd.range(key).all(call),
        );
        const [kv] = kvs;
        ending?.returned({ kind: 'read', value: kv?.value });
        reads.push({
          key,
          value: kv?.value,
          modRevision: kv?.modRevision,
          revision: header.revision,
          floor,
        });
        told(header.revision);
      } catch (error) {
        ending?.nothing();
        failed(error);
      }
    };

    const readOne = async (): Promise<void> => {
      const key = scene.pick(KEYS);
      const floor = newestTold;
      const call = options();
      const ending = histories.get(key)?.begin(number, { kind: 'read' });
      try {
        const kv = await scene.inTime(etcd, 'get', call.timeoutMs, () => etcd.get(key, call));
        ending?.returned({ kind: 'read', value: kv?.value });
        const modRevision = kv?.modRevision;
        // A gathered answer tells no revision of the store: the record's own is what is known of it.
        reads.push({ key, value: kv?.value, modRevision, revision: modRevision ?? floor, floor });
      } catch (error) {
        ending?.nothing();
        failed(error);
      }
    };

    scene.start(name, async () => {
      while (!scene.over) {
        const several = Array.from({ length: 1 + scene.random.below(4) }, () =>
          scene.pick([write, write, read, readOne])(),
        );
        scene.operations += several.length;
        await Promise.all(several);
        await scene.pause(etcd, 0, 800);
      }
    });
  }

  return () => {
    const changes = scene.history.of('r/');
    for (const one of writes) checkWrite(scene, one, changes);
    for (const one of reads) checkRead(scene, one, changes);
    for (const [key, { operations }] of histories) {
      // Of a write that may be repeated, a repetition may come after the write of another.
      if (writes.some((one) => one.key === key && isRepeated(one, changes))) continue;
      const { is } = check(register, operations);
      if (is !== 'right') scene.violate(`the history of ${key} is ${is}: it is not linearizable`);
    }
  };
}

function isRepeated({ value }: Write, changes: readonly Change[]): boolean {
  return changes.filter((change) => change.value === value).length > 1;
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
