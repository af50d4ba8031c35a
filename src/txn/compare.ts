import {
  int64,
  invalidArgument,
  nonNegativeInt64,
  showWord,
  textOfKey,
  toBigInt,
} from '../errors/index.js';
import { printable } from '../internal/printable.js';
import { bareRange, isSelected, type Selected, selectionState } from '../kv/index.js';
import { encodeValue } from '../model/codec/index.js';
import { type Key, type KeyRange, showRange } from '../model/keys/index.js';
import { type LeaseRef, leaseId } from '../model/lease-ref.js';
import type { Space } from '../model/space.js';
import type { CompareInput, CompareResult } from '../rpc/generated/types.js';
import { showCompare } from './show.js';

/** The operator of a comparison. */
export type CompareOperator = '==' | '!=' | '<' | '>';

const OPERATORS: Readonly<Record<CompareOperator, CompareResult>> = {
  '==': 'EQUAL',
  '!=': 'NOT_EQUAL',
  '<': 'LESS',
  '>': 'GREATER',
};

/** The property that holds the state of a condition. Registered, so that both builds of the package share it. */
const COMPARE: unique symbol = Symbol.for('etcd-kit.compare') as never;

/** One condition of a transaction. */
export class Compare {
  /** @internal */
  readonly [COMPARE]: CompareInput;

  constructor(request: CompareInput) {
    this[COMPARE] = Object.freeze(request);
    Object.freeze(this);
  }
}

/**
 * The condition as it is sent.
 *
 * @throws InvalidArgumentError when it is none
 */
export function compareRequest(compare: Compare, index: number): CompareInput {
  if (typeof compare === 'object' && compare !== null && COMPARE in compare) {
    return compare[COMPARE];
  }
  throw invalidArgument(
    `if[${index}]`,
    compare,
    "a condition, such as compare(key).value('==', v)",
  );
}

/**
 * The target of a comparison: a key, or every key of a selection. A selection without keys compares as one key
 * that was never written.
 */
export class CompareTarget<in In> {
  readonly #range: KeyRange;
  readonly #space: Space<unknown, In>;

  constructor(range: KeyRange, space: Space<unknown, In>) {
    this.#range = range;
    this.#space = space;
    Object.freeze(this);
  }

  /** Returns the target of a comparison in a readable form. */
  static shown(target: CompareTarget<never>): object {
    return showRange(target.#range);
  }

  /** Compares the stored bytes with the value's. False for a missing key, with `!=` too. */
  value(operator: CompareOperator, value: In): Compare {
    return this.#make(operator, {
      target: 'VALUE',
      value: encodeValue(this.#space.codec, value, textOfKey(this.#range.key)),
    });
  }

  /** Compares the number of puts since the key was created; 0 for a missing key. */
  version(operator: CompareOperator, version: bigint | number): Compare {
    return this.#make(operator, {
      target: 'VERSION',
      version: toBigInt('version', version, nonNegativeInt64),
    });
  }

  /** Compares the revision the key was created at; 0 for a missing key. */
  createRevision(operator: CompareOperator, revision: bigint | number): Compare {
    return this.#make(operator, {
      target: 'CREATE',
      createRevision: toBigInt('revision', revision, nonNegativeInt64),
    });
  }

  /** Compares the revision of the last put; 0 for a missing key. */
  modRevision(operator: CompareOperator, revision: bigint | number): Compare {
    return this.#make(operator, {
      target: 'MOD',
      modRevision: toBigInt('revision', revision, nonNegativeInt64),
    });
  }

  /** Compares the lease the key is attached to; 0 for none, and for a missing key. */
  lease(operator: CompareOperator, lease: LeaseRef): Compare {
    return this.#make(operator, {
      target: 'LEASE',
      lease: toBigInt('lease', leaseId(lease), int64),
    });
  }

  /** The key exists; of a selection: it has keys. */
  exists(): Compare {
    return this.createRevision('>', 0n);
  }

  /** The key does not exist; of a selection: it has no key. */
  missing(): Compare {
    return this.createRevision('==', 0n);
  }

  #make(operator: CompareOperator, condition: CompareInput): Compare {
    const result = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (result === undefined) {
      throw invalidArgument(
        'operator',
        showWord(operator),
        `allowed are ${Object.keys(OPERATORS).join(' ')}`,
      );
    }
    return new Compare({ ...condition, result, ...this.#range });
  }
}

/** Begins a condition on a key of the view, or on a selection of any view. */
export interface CompareFactory<in In> {
  (key: Key): CompareTarget<In>;
  <Value>(selection: Selected<unknown, Value>): CompareTarget<Value>;
  <Value>(target: Key | Selected<unknown, Value>): CompareTarget<In & Value>;
}

/** Makes the `compare` function of a view. */
export function compareFactory<In>(space: Space<unknown, In>): CompareFactory<In> {
  // An expression with a name: the console shows it.
  return function compare<Value>(
    target: Key | Selected<unknown, Value>,
  ): CompareTarget<In & Value> {
    if (!isSelected(target)) return new CompareTarget(space.keyspace.single(target), space);
    const state = selectionState(target);
    return new CompareTarget(bareRange(state.spec, 'compare'), state.space);
  };
}

printable(Compare, 'Compare', (compare) => showCompare(compare[COMPARE]));
printable(CompareTarget, 'CompareTarget', (target) => CompareTarget.shown(target));
