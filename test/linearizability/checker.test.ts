import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from './checker.js';
import {
  type LockInput,
  type LockOutput,
  lock,
  type RegisterInput,
  type RegisterOutput,
  register,
} from './models.js';
import { type Model, type Operation, Recorder } from './operation.js';
import { picture } from './picture.js';

type OnRegister = Operation<RegisterInput, RegisterOutput>;
type OnLock = Operation<LockInput, LockOutput>;

/** Each client in a row of its own, so that histories read like pictures of time. */
const read = (client: number, begin: number, end: number, value?: string): OnRegister => ({
  ...{ client, begin, end, input: { kind: 'read' }, output: { kind: 'read', value } },
});
const write = (client: number, begin: number, end: number, value: string): OnRegister => ({
  ...{ client, begin, end, input: { kind: 'write', value } },
  output: end === Infinity ? undefined : { kind: 'done' },
});
const swap = (
  client: number,
  [begin, end]: readonly [number, number],
  [from, to]: readonly [string | undefined, string],
  swapped = true,
): OnRegister => ({
  ...{ client, begin, end, input: { kind: 'swap', from, to } },
  output: end === Infinity ? undefined : { kind: 'swap', swapped },
});

describe('the history of a register is right', () => {
  it.each<readonly [string, readonly OnRegister[]]>([
    ['that is empty', []],
    ['where one writes and another reads it', [write(1, 1, 2, 'a'), read(2, 3, 4, 'a')]],
    ['where a read beside a write sees the old', [write(1, 1, 4, 'a'), read(2, 2, 3)]],
    ['where a read beside a write sees the new', [write(1, 1, 4, 'a'), read(2, 2, 3, 'a')]],
    [
      'where the write that began first took effect last',
      [write(1, 1, 6, 'a'), write(2, 2, 3, 'b'), read(3, 4, 5, 'b'), read(3, 7, 8, 'a')],
    ],
    ['where a write without an answer is seen', [write(1, 1, Infinity, 'a'), read(2, 2, 3, 'a')]],
    ['where a write without an answer is not', [write(1, 1, Infinity, 'a'), read(2, 2, 3)]],
    [
      'where a write without an answer comes late',
      [write(1, 1, Infinity, 'a'), write(2, 2, 3, 'b'), read(2, 4, 5, 'b'), read(2, 6, 7, 'a')],
    ],
    [
      'where one of two who swap is refused',
      [swap(1, [1, 3], [undefined, 'a']), swap(2, [2, 4], [undefined, 'b'], false)],
    ],
    [
      'where a swap is refused by a write without an answer',
      [write(1, 1, 2, 'a'), write(2, 3, Infinity, 'b'), swap(1, [4, 5], ['a', 'c'], false)],
    ],
  ])('%s', (_, operations) => {
    expect(check(register, operations).is).toBe('right');
  });
});

describe('the history of a register is wrong', () => {
  it.each<readonly [string, readonly OnRegister[]]>([
    ['where a read is old', [write(1, 1, 2, 'a'), write(1, 3, 4, 'b'), read(2, 5, 6, 'a')]],
    ['where a read sees what nobody wrote', [write(1, 1, 2, 'a'), read(2, 3, 4, 'b')]],
    ['where a read sees what is not written yet', [read(2, 1, 2, 'a'), write(1, 3, 4, 'a')]],
    [
      'where two readers see two orders',
      [
        ...[write(1, 1, 8, 'a'), write(2, 1, 8, 'b')],
        ...[read(3, 2, 3, 'a'), read(3, 4, 5, 'b'), read(4, 2, 3, 'b'), read(4, 4, 5, 'a')],
      ],
    ],
    [
      'where a value goes back while it is written',
      [write(1, 1, 2, 'a'), write(2, 3, 9, 'b'), read(3, 4, 5, 'b'), read(3, 6, 7, 'a')],
    ],
    [
      'where a write without an answer is seen, and then not',
      [write(1, 1, Infinity, 'a'), read(2, 2, 3, 'a'), read(2, 4, 5)],
    ],
    [
      'where both who swap one value have done so',
      [write(1, 1, 2, 'a'), swap(1, [3, 5], ['a', 'b']), swap(2, [4, 6], ['a', 'c'])],
    ],
    [
      'where a swap is refused for no reason',
      [write(1, 1, 2, 'a'), swap(2, [3, 4], ['a', 'b'], false)],
    ],
  ])('%s', (_, operations) => {
    expect(check(register, operations).is).toBe('wrong');
  });
});

const locked = (client: number, begin: number, end: number, token: bigint): OnLock => ({
  ...{ client, begin, end, input: { kind: 'lock' }, output: { kind: 'lock', token } },
});
const counted = (
  client: number,
  [begin, end]: readonly [number, number],
  token: bigint,
  from: number,
  written = true,
): OnLock => ({
  ...{ client, begin, end, input: { kind: 'count', token, from, to: from + 1 } },
  output: end === Infinity ? undefined : { kind: 'count', written },
});

describe('the history of a lock', () => {
  it.each<readonly [string, readonly OnLock[]]>([
    [
      'is right where one has it after the other',
      [
        locked(1, 1, 2, 5n),
        counted(1, [3, 4], 5n, 0),
        locked(2, 1, 6, 7n),
        counted(2, [7, 8], 7n, 1),
      ],
    ],
    [
      'is right where the late write of an old holder is refused',
      [locked(1, 1, 2, 5n), locked(2, 3, 4, 7n), counted(1, [5, 6], 5n, 0, false)],
    ],
    [
      'is right where a write without an answer came before the next holder',
      [
        locked(1, 1, 2, 5n),
        counted(1, [3, Infinity], 5n, 0),
        locked(2, 1, 5, 7n),
        counted(2, [6, 7], 7n, 1),
      ],
    ],
  ])('%s', (_, operations) => {
    expect(check(lock, operations).is).toBe('right');
  });

  it.each<readonly [string, readonly OnLock[]]>([
    [
      'is wrong where a token is smaller than one before',
      [locked(1, 1, 2, 7n), locked(2, 3, 4, 5n)],
    ],
    [
      'is wrong where an old holder writes after a new one had it',
      [locked(1, 1, 2, 5n), locked(2, 3, 4, 7n), counted(1, [5, 6], 5n, 0)],
    ],
    [
      'is wrong where a count is lost',
      [
        locked(1, 1, 2, 5n),
        counted(1, [3, 4], 5n, 0),
        locked(2, 5, 6, 7n),
        counted(2, [7, 8], 7n, 0),
      ],
    ],
    [
      'is wrong where a write without an answer came after the next holder had it',
      [
        locked(1, 1, 2, 5n),
        locked(2, 3, 4, 7n),
        counted(1, [5, Infinity], 5n, 0),
        counted(2, [6, 7], 7n, 1),
      ],
    ],
  ])('%s', (_, operations) => {
    expect(check(lock, operations).is).toBe('wrong');
  });
});

describe('the checker', () => {
  it('gives the same answer as a search of all orders', () => {
    fc.assert(
      fc.property(histories(5), (operations) => {
        const expected = someOrderFits(register, register.initial, operations);
        expect(check(register, operations).is).toBe(expected ? 'right' : 'wrong');
      }),
    );
  });

  it('accepts long histories that have an order, whatever overlaps', () => {
    fc.assert(
      fc.property(
        fc.array(inputs(), { minLength: 50, maxLength: 150 }),
        fc.integer(),
        (all, seed) => {
          expect(check(register, played(all, seed)).is).toBe('right');
        },
      ),
      { numRuns: 30 },
    );
  });

  it('shows in a picture what fits and what does not', () => {
    const operations = [write(1, 1, 2, '<a>'), write(1, 3, 4, 'b'), read(2, 5, 6, '<a>')];
    const verdict = check(register, operations);
    expect(verdict).toMatchObject({ is: 'wrong', longest: operations.slice(0, 2) });
    const longest = verdict.is === 'wrong' ? verdict.longest : [];
    const page = picture({ title: 'register 1', model: register, operations, longest });
    expect(page).toContain('1. write &lt;a&gt;');
    expect(page).toContain('2. write b');
    expect(page.match(/class="misfit"/g)).toHaveLength(1);
  });
});

it('a recorder puts beginnings and ends on one line of time', () => {
  const recorder = new Recorder<string, number>();
  const [first, second, third] = [1, 2, 3].map((client) => recorder.begin(client, `of ${client}`));
  second?.returned(2);
  first?.unknown();
  expect(recorder.open).toBe(1);
  third?.nothing();
  expect(recorder).toMatchObject({
    open: 0,
    operations: [
      { client: 2, input: 'of 2', output: 2, begin: 2, end: 4 },
      { client: 1, input: 'of 1', output: undefined, begin: 1, end: Infinity },
    ],
  });
});

function inputs(): fc.Arbitrary<RegisterInput> {
  const value = fc.constantFrom('a', 'b', 'c');
  return fc.oneof(
    fc.constant<RegisterInput>({ kind: 'read' }),
    value.map((each): RegisterInput => ({ kind: 'write', value: each })),
    fc.tuple(value, value).map(([from, to]): RegisterInput => ({ kind: 'swap', from, to })),
    fc.constant<RegisterInput>({ kind: 'delete' }),
  );
}

/** Small histories, most of them wrong: their answers are guessed. */
function histories(most: number): fc.Arbitrary<readonly OnRegister[]> {
  const operation = fc.record({
    input: inputs(),
    value: fc.constantFrom(undefined, 'a', 'b'),
    swapped: fc.boolean(),
    begin: fc.integer({ min: 0, max: 8 }),
    lasts: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Infinity)),
  });
  return fc.array(operation, { maxLength: most }).map((all) =>
    all.map(({ input, value, swapped, begin, lasts }, client): OnRegister => {
      // No two moments are one.
      const [from, to] = [begin + client / 100, begin + lasts + client / 100 + 0.001];
      return { client, input, begin: from, end: to, output: guessed(input, value, swapped, to) };
    }),
  );
}

function guessed(
  input: RegisterInput,
  value: string | undefined,
  swapped: boolean,
  end: number,
): RegisterOutput | undefined {
  if (end === Infinity) return undefined;
  if (input.kind === 'read') return { kind: 'read', value };
  return input.kind === 'swap' ? { kind: 'swap', swapped } : { kind: 'done' };
}

/** Does operations in their order, and spreads each around the moment at which it took effect. */
function played(all: readonly RegisterInput[], seed: number): readonly OnRegister[] {
  let value: string | undefined;
  let chance = seed >>> 0;
  const roll = (): number => {
    chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0;
    return (chance / 2 ** 32) * 4;
  };
  return all.map((input, at): OnRegister => {
    const swapped = input.kind === 'swap' && value === input.from;
    const output = guessed(input, value, swapped, at);
    if (input.kind === 'write') value = input.value;
    else if (input.kind === 'delete') value = undefined;
    else if (swapped) value = input.to;
    return { client: at, input, output, begin: at - roll(), end: at + 0.5 + roll() };
  });
}

/** Whether some order of the operations fits: by trying all of them. */
function someOrderFits<State, Input, Output>(
  model: Model<State, Input, Output>,
  state: State,
  left: readonly Operation<Input, Output>[],
): boolean {
  if (left.every(({ end }) => end === Infinity)) return true;
  return left.some((operation) => {
    if (left.some((other) => other.end < operation.begin)) return false;
    const after = model.step(state, operation.input, operation.output);
    const others = left.filter((other) => other !== operation);
    return after !== undefined && someOrderFits(model, after, others);
  });
}
