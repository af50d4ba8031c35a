// What takes values may be handed on as something that takes fewer of them, and never as something that
// takes more.

import { Election, type Leadership, type Session } from '../../src/concurrency/index.js';
import { type Codec, codecs, type EtcdClient, type Selection, type View } from '../../src/index.js';

interface Person {
  readonly name: string;
}
interface Employee extends Person {
  readonly badge: number;
}

declare const etcd: EtcdClient;
declare const session: Session;
const people = etcd.as(codecs.json<Person>());
const employees = etcd.as(codecs.json<Employee>());

// Codecs.
// @ts-expect-error a number would reach a codec of strings
export const stringsAndNumbers: Codec<string | number> = codecs.utf8;
// @ts-expect-error a person without a badge would be written as an employee
export const anybody: Codec<Person> = codecs.json<Employee>();
// @ts-expect-error the function takes strings alone
export const written: Codec<string | number> = { encode: encodeText, decode: () => '' };
// @ts-expect-error what is read may be anything
export const unsure: Codec<string> = codecs.json<unknown>();

export const readsMore: Codec<string | number, string> = codecs.utf8;
export const takesLess: Codec<string, 'a' | 'b'> = codecs.utf8;
export const anyCodec: Codec<unknown, never> = codecs.utf8;

/** A user's codec may have methods, with a state that they use. */
class Prefixed implements Codec<string> {
  readonly name = 'prefixed';
  readonly #prefix: string;
  constructor(prefix: string) {
    this.#prefix = prefix;
  }
  encode(value: string): Uint8Array {
    return new TextEncoder().encode(this.#prefix + value);
  }
  decode(bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes).slice(this.#prefix.length);
  }
}
export const prefixed: Codec<string> = new Prefixed('v1:');
export const view: View<string> = etcd.as(new Prefixed('v1:'));
export const literal: Codec<number> = {
  encode(value) {
    return new TextEncoder().encode(value.toFixed(0));
  },
  decode(bytes) {
    return bytes.length;
  },
};

// Views.
// @ts-expect-error a number could be put into a view of strings
export const wider: View<string | number> = etcd;
// @ts-expect-error `put` alone would take any person
export const anyPerson: View<Person> = employees;
// @ts-expect-error what is read need not be an employee
export const onlyEmployees: View<Employee> = people;

export const text: View<string> = etcd;
export const readOnly: View<string | number, string> = etcd;
export const hiring: View<Person, Employee> = people;
export const nothingToWrite: View<Person, never> = employees;
export const anyView: View<unknown, never> = etcd;

// What views make: operations, conditions, selections.
// @ts-expect-error
export const op: View<string | number>['op'] = etcd.op;
// @ts-expect-error
export const compare: View<string | number>['compare'] = etcd.compare;
// @ts-expect-error
export const target: ReturnType<View<string | number>['compare']> = etcd.compare('k');
// @ts-expect-error
export const selection: Selection<string | number> = etcd.prefix('');

export const sameOp: View<string | number, string>['op'] = etcd.op;
export const sameCompare: View<string, 'a'>['compare'] = etcd.compare;
export const someone: Selection<Person, Employee> = employees.all();
export const readSelection: Selection<unknown, never> = etcd.all();

/** Takes any view, and writes what it was told to be right. */
export async function store<In>(where: View<unknown, In>, value: In): Promise<void> {
  await where.put('k', value);
}
await store(etcd, 'text');
await store(people, { name: 'Ada' });
// @ts-expect-error
await store<string | number>(etcd, 5);

// Elections.
export const names = new Election(session, 'names');
await names.campaign('me');
export const namesToo = new Election<string>(session, 'names', { codec: undefined });
export const some = new Election<string, 'a' | 'b'>(session, 'some');
export const loose = new Election<string | undefined, string>(session, 'loose', {});
// @ts-expect-error proposals that are no strings need a codec
export const noCodec = new Election<Person>(session, 'people');
// @ts-expect-error
export const emptyOptions = new Election<Person>(session, 'people', {});
// @ts-expect-error
export const noCodecGiven = new Election<Person>(session, 'people', { codec: undefined });
// @ts-expect-error
export const readsStrings = new Election<string, number>(session, 'people');
// @ts-expect-error
export const writesStrings = new Election<number, string>(session, 'people');

export const inferred = new Election(session, 'people', { codec: codecs.json<Person>() });
const leadership = await inferred.campaign({ name: 'Ada' });
await leadership.proclaim({ name: 'Grace' });
// @ts-expect-error
await leadership.proclaim('Grace');
const given = new Election<Person>(session, 'people', { codec: codecs.json<Person>() });
export const stricter: Election<Person, Employee> = given;
// @ts-expect-error any person could stand
export const anybodyStands: Election<Person> = new Election(session, 'people', {
  codec: codecs.json<Employee>(),
}) as Election<Employee>;
// @ts-expect-error any person could be proclaimed
export const proclaims: Leadership<Person> = leadership as unknown as Leadership<Employee>;

function encodeText(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
