import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Codec, codecs, DecodeError, InvalidArgumentError } from '../../src/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';

const User = z.object({ id: z.number(), email: z.string() });

describeEtcd('namespaces', (etcd) => {
  it('are put before every key that is sent, and taken off every key that is received', async () => {
    await using server = await etcd.start();
    await using everything = clientOf(server);
    const app = everything.namespace('app/');
    const users = app.namespace('users/');
    await users.put('1', 'one');
    await users.put('2', 'two');
    await app.put('settings', 'x');
    await everything.put('app0', 'next to it');
    expect(await everything.all().keys()).toEqual([
      'app/settings',
      'app/users/1',
      'app/users/2',
      'app0',
    ]);

    const kv = await users.get('1');
    expect(kv?.key).toBe('1');
    expect(kv?.keyBytes).toEqual(new TextEncoder().encode('1'));
    expect(await users.all().keys()).toEqual(['1', '2']);
    expect(await users.prefix('').keys()).toEqual(['1', '2']);
    expect(await users.fromKey('2').keys()).toEqual(['2']);
    expect(await users.range('1', '2').keys()).toEqual(['1']);
    expect(await app.all().keys()).toEqual(['settings', 'users/1', 'users/2']);
    const iterated: string[] = [];
    for await (const { key } of users.all()) iterated.push(key);
    expect(iterated).toEqual(['1', '2']);

    expect((await users.put('1', 'uno', { prevKv: true })).prev?.key).toBe('1');
    expect((await users.touch('1', { lease: null, prevKv: true })).prev?.key).toBe('1');
    expect((await users.delete('1', { prevKv: true })).prev[0]?.key).toBe('1');
    const wiped = await app.all().delete({ prevKv: true });
    expect(wiped.prev.map(({ key }) => key)).toEqual(['settings', 'users/2']);
    expect(await everything.all().keys()).toEqual(['app0']);
  });

  it('have a key that equals the bare namespace', async () => {
    await using client = clientIn(await etcd.server());
    const inside = client.namespace('ns');
    await inside.put('', 'bare');
    expect((await inside.get(''))?.key).toBe('');
    expect(await inside.all().keys()).toEqual(['']);
    expect((await client.get('ns'))?.value).toBe('bare');
  });

  it('do not reach beyond their end, also after the highest byte', async () => {
    await using client = clientIn(await etcd.server());
    const inside = client.namespace(Uint8Array.of(0x61, 0xff));
    await inside.put('k', 'in');
    await client.put('b', 'out');
    expect(await inside.fromKey('a').keys()).toEqual(['k']);
    expect((await inside.all().delete()).deleted).toBe(1);
    expect((await client.get('b'))?.value).toBe('out');
  });
});

describeEtcd('typed views', (etcd) => {
  it('read and write by a schema', async () => {
    await using client = clientIn(await etcd.server());
    const people = client.namespace('people/').as(codecs.schema(User));
    await people.put('42', { id: 42, email: 'a@b.c' });
    const email: string | undefined = (await people.get('42'))?.value.email;
    expect(email).toBe('a@b.c');
    expect((await client.get('people/42'))?.value).toBe('{"id":42,"email":"a@b.c"}');
    expect(await people.all().toMap()).toEqual(new Map([['42', { id: 42, email: 'a@b.c' }]]));
    await people.create('43', { id: 43, email: 'd@e.f' });
    await people.update('43', (user) => ({ id: 43, email: `${user?.email}.g` }));
    expect((await people.get('43'))?.value.email).toBe('d@e.f.g');
  });

  it('refuse a wrong value before it is sent', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    const people = client.as(codecs.schema(User));
    const error = await failureOf(people.put('42', { id: 'x' } as never));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain('email');
    expect(error.cause).toMatchObject({ name: 'SchemaError' });
    expect(thrownBy(() => people.op.put('42', {} as never))).toBeInstanceOf(TypeError);
    expect(proxy.accepted).toBe(0);
  });

  it('store the input of the schema, and yield its output', async () => {
    await using client = clientIn(await etcd.server());
    const dates = client.as(
      codecs.schema(z.object({ at: z.string().transform((text) => new Date(text)) })),
    );
    await dates.put('k', { at: '2024-01-02T03:04:05.000Z' });
    const at: Date | undefined = (await dates.get('k'))?.value.at;
    expect(at).toEqual(new Date('2024-01-02T03:04:05.000Z'));
  });

  it('fail where a validator is asynchronous', async () => {
    await using client = clientIn(await etcd.server());
    const slow = client.as(codecs.schema(z.string().refine(async () => true)));
    expect(await failureOf(slow.put('k', 'v'))).toBeInstanceOf(TypeError);
  });

  it('accept codecs of the user', async () => {
    await using client = clientIn(await etcd.server());
    const numbers: Codec<number> = {
      name: 'numbers',
      encode: (value) => new TextEncoder().encode(String(value)),
      decode: (bytes) => Number(new TextDecoder().decode(bytes)),
    };
    const counters = client.as(numbers);
    await counters.put('k', 5);
    await counters.update('k', (current = 0) => current + 1);
    expect((await counters.get('k'))?.value).toBe(6);
    expect(thrownBy(() => client.as({} as never))).toBeInstanceOf(TypeError);
  });

  it('read and write bytes and JSON', async () => {
    await using client = clientIn(await etcd.server());
    const bytes = client.as(codecs.bytes);
    await bytes.put('k', Uint8Array.of(0, 0xff));
    const value = (await bytes.get('k'))?.value;
    expect(value).toEqual(Uint8Array.of(0, 0xff));
    const json = client.as(codecs.json<{ n: number }>());
    await json.put('k', { n: 1 });
    expect((await json.get('k'))?.value.n).toBe(1);
  });
});

describeEtcd('a record that cannot be decoded', (etcd) => {
  it('throws where it is read, and nothing else fails', async () => {
    await using client = clientIn(await etcd.server());
    const raw = client.as(codecs.bytes);
    await client.put('a', 'fine');
    await raw.put('b', Uint8Array.of(0xc3, 0x28));
    await client.put('c', 'fine too');

    const { kvs } = await client.all().all();
    expect(kvs.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(kvs[0]?.value).toBe('fine');
    expect(kvs[2]?.value).toBe('fine too');
    const error = thrownBy(() => kvs[1]?.value);
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ code: 'DECODE', key: 'b' });
    expect(error.message).toContain('"b"');
    // The rest of the record is there, its bytes above all.
    expect(kvs[1]?.valueBytes).toEqual(Uint8Array.of(0xc3, 0x28));
    expect(kvs[1]?.version).toBe(1n);
    expect(JSON.parse(JSON.stringify(kvs[1]))).toMatchObject({ key: 'b', valueHex: 'c328' });

    const values: string[] = [];
    for await (const kv of client.all()) if (kv.key !== 'b') values.push(kv.value);
    expect(values).toEqual(['fine', 'fine too']);
    expect(await failureOf(client.all().toMap())).toMatchObject({ code: 'DECODE', key: 'b' });
  });

  it('throws for a key that is no text, with its bytes', async () => {
    await using client = clientIn(await etcd.server());
    const key = Uint8Array.of(0xff, 0xfe);
    await client.put(key, 'fine');
    const kv = await client.get(key);
    expect(kv?.value).toBe('fine');
    const error = thrownBy(() => kv?.key);
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ key });
    expect(await failureOf(client.all().keys())).toMatchObject({ code: 'DECODE' });
    expect(JSON.parse(JSON.stringify(kv))).toMatchObject({ keyHex: 'fffe', value: 'fine' });
  });

  it('is refused by JSON and by schemas in the same way', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', '{"id": "not a number"}');
    const people = client.as(codecs.schema(User));
    const kv = await people.get('k');
    expect(thrownBy(() => kv?.value)).toMatchObject({
      code: 'DECODE',
      key: 'k',
      cause: { name: 'SchemaError' },
    });
    await client.put('k', '{');
    expect(thrownBy(() => kv?.value)).toBeInstanceOf(DecodeError);
    const broken = await client.as(codecs.json<object>()).get('k');
    expect(thrownBy(() => broken?.value)).toBeInstanceOf(DecodeError);
    // An update cannot go on from what it cannot read; nothing is written.
    expect(await failureOf(people.update('k', () => ({ id: 1, email: 'x' })))).toBeInstanceOf(
      DecodeError,
    );
    expect((await client.get('k'))?.value).toBe('{');
  });
});
