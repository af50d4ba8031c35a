import type { Model } from './operation.js';

/** An operation of a register. */
export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: string }
  /** Writes if the register has a value: `undefined` for none. */
  | { readonly kind: 'swap'; readonly from: string | undefined; readonly to: string }
  | { readonly kind: 'delete' };

/** The answer: what was read, or whether the register was changed. */
export type RegisterOutput =
  | { readonly kind: 'read'; readonly value: string | undefined }
  | { readonly kind: 'done' }
  | { readonly kind: 'swap'; readonly swapped: boolean };

/** A register that can be read, written, deleted, and written on a condition. It is empty at first. */
export const register: Model<
  { readonly value: string | undefined },
  RegisterInput,
  RegisterOutput
> = {
  initial: { value: undefined },
  step(state, input, output) {
    switch (input.kind) {
      case 'read':
        return output?.kind === 'read' && output.value !== state.value ? undefined : state;
      case 'write':
        return { value: input.value };
      case 'delete':
        return { value: undefined };
      case 'swap': {
        const swapped = state.value === input.from;
        if (output?.kind === 'swap' && output.swapped !== swapped) return undefined;
        return swapped ? { value: input.to } : state;
      }
    }
  },
  keyOf: ({ value }) => (value === undefined ? '-' : `=${value}`),
  tell(input, output) {
    const unknown = output === undefined ? ' ?' : '';
    switch (input.kind) {
      case 'read':
        return `read ${output?.kind === 'read' ? (output.value ?? 'nothing') : '?'}`;
      case 'write':
        return `write ${input.value}${unknown}`;
      case 'delete':
        return `delete${unknown}`;
      case 'swap': {
        const text = `${input.from ?? 'nothing'} to ${input.to}`;
        if (output?.kind !== 'swap') return `${text} ?`;
        return output.swapped ? text : `not ${text}`;
      }
    }
  },
};

/** An operation of a contender for a lock, who counts under it. */
export type LockInput =
  | { readonly kind: 'lock' }
  /** Writes a count, if this holder still has the lock. */
  | { readonly kind: 'count'; readonly token: bigint; readonly from: number; readonly to: number };

/** The answer: the fencing token of the lock, or whether the count was written. */
export type LockOutput =
  | { readonly kind: 'lock'; readonly token: bigint }
  | { readonly kind: 'count'; readonly written: boolean };

/** A lock as its holders see it: the newest token, and the count that they keep. */
interface LockState {
  readonly token: bigint;
  readonly count: number;
}

/**
 * A lock with fencing tokens, and a count that only its holder may change.
 *
 * A lock may be lost at any time, so another may have it after it without a release. But then tokens grow,
 * nothing is written by an older token any more, and the count that a holder has read is still the one there
 * is when it writes.
 */
export const lock: Model<LockState, LockInput, LockOutput> = {
  initial: { token: 0n, count: 0 },
  step(state, input, output) {
    if (input.kind === 'lock') {
      if (output?.kind !== 'lock') return state;
      return output.token > state.token ? { ...state, token: output.token } : undefined;
    }
    if (output?.kind === 'count' && !output.written) return state;
    if (input.token !== state.token || input.from !== state.count) return undefined;
    return { ...state, count: input.to };
  },
  keyOf: ({ token, count }) => `${token} ${count}`,
  tell(input, output) {
    if (input.kind === 'lock') return output?.kind === 'lock' ? `lock ${output.token}` : 'lock ?';
    const text = `${input.token}: ${input.from} to ${input.to}`;
    if (output?.kind !== 'count') return `${text} ?`;
    return output.written ? text : `not ${text}`;
  },
};
