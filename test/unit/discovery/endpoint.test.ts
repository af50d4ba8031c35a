import { describe, expect, it } from 'vitest';
import { checkEndpoint, endpointCodec } from '../../../src/discovery/endpoint.js';
import { InvalidArgumentError } from '../../../src/index.js';
import { encodeUtf8 } from '../../../src/internal/bytes.js';
import { thrownBy } from '../../support/client.js';

const decode = (text: string) => endpointCodec.decode(encodeUtf8(text));
const encode = (input: Parameters<typeof endpointCodec.encode>[0]) =>
  new TextDecoder().decode(endpointCodec.encode(input));

describe("an endpoint in Go's format", () => {
  it('is written with the names and the order of Go', () => {
    expect(encode({ address: '10.0.0.1:80', metadata: { zone: 'a' } })).toBe(
      '{"Op":0,"Addr":"10.0.0.1:80","Metadata":{"zone":"a"}}',
    );
  });

  it('has null for no metadata', () => {
    expect(encode({ address: 'a:1' })).toBe('{"Op":0,"Addr":"a:1","Metadata":null}');
    expect(encode({ address: 'a:1', metadata: undefined })).toBe(encode({ address: 'a:1' }));
  });

  it.each([
    ['as Go writes it', '{"Op":0,"Addr":"a:1","Metadata":null}', null],
    ['without metadata', '{"Addr":"a:1"}', null],
    ['with fields of a later version', '{"Op":1,"Addr":"a:1","Metadata":7,"Weight":3}', 7],
    ['with spaces', ' { "Metadata" : [ 1 ] , "Addr" : "a:1" } ', [1]],
  ])('is read %s', (_how, text, metadata) => {
    expect(decode(text)).toEqual({ address: 'a:1', metadata });
  });

  it.each([
    ['no JSON', 'a:1'],
    ['nothing', ''],
    ['half of it', '{"Op":0,"Addr":"a:'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"a:1"'],
    ['no address', '{"Op":0,"Metadata":null}'],
    ['an empty address', '{"Addr":""}'],
    ['an address that is no text', '{"Addr":80}'],
    ['names in lower case', '{"op":0,"addr":"a:1"}'],
  ])('is refused when it is %s', (_what, text) => {
    expect(() => decode(text)).toThrow();
  });

  it('is refused when it is not UTF-8', () => {
    expect(() => endpointCodec.decode(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow();
  });
});

describe('what an instance registers', () => {
  it('is returned as others will read it', () => {
    const metadata = { since: new Date(0), list: [undefined] };
    const endpoint = checkEndpoint({ address: 'a:1', metadata });
    expect(endpoint).toEqual({
      address: 'a:1',
      metadata: { since: '1970-01-01T00:00:00.000Z', list: [null] },
    });
    metadata.list.push(undefined);
    expect(endpoint.metadata).toHaveProperty('list.length', 1);
  });

  it.each(['', ' a:1', 'a:1\n', undefined, 80])('has no address %j', (address) => {
    const error = thrownBy(() => checkEndpoint({ address: address as string }));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toMatch(/^address: got /);
  });

  it.each([
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['what is never done', circle()],
  ])('cannot say %s about itself', (_what, metadata) => {
    const error = thrownBy(() => checkEndpoint({ address: 'a:1', metadata }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^metadata: got .*; a value that JSON has a form for$/);
  });

  it('has no other fields', () => {
    const input = { address: 'a:1', port: 80 };
    expect(thrownBy(() => checkEndpoint(input)).message).toMatch(/^endpoint\.port: /);
    expect(thrownBy(() => checkEndpoint(undefined as never)).message).toMatch(/^endpoint: /);
    expect(thrownBy(() => checkEndpoint(null as never)).message).toMatch(/^endpoint: /);
  });
});

function circle(): object {
  const ring: { self?: object } = {};
  ring.self = ring;
  return ring;
}
