import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldName } from '../../../src/rpc/field-name.js';
import type { Method, MethodKind, RetryRule } from '../../../src/rpc/method.js';
import { services } from '../../../src/rpc/services.js';
import {
  arbitraryFullMessage,
  expectedRead,
  type MessageName,
  plainMessage,
  type RpcFact,
  rpcFacts,
} from '../../support/arbitrary-messages.js';
import { loaderCodec } from '../../support/loader-codec.js';

const methods = Object.entries(services).flatMap(([service, rpcs]) =>
  Object.entries<object>(rpcs).map(([rpc, method]) => ({
    place: `${service}.${rpc}`,
    method: method as Method<object, object>,
  })),
);

describe('the method table', () => {
  test('has the 49 RPCs of the protocol, by service, in camel case', () => {
    const expected = rpcFacts.map(({ path }) => {
      const [, service = '', rpc = ''] = /\.(\w+)\/(\w+)$/.exec(path) ?? [];
      return `${fieldName(service)}.${fieldName(rpc)}`;
    });
    expect(methods).toHaveLength(49);
    expect(methods.map(({ place }) => place).sort()).toEqual(expected.sort());
  });

  for (const { place, method } of methods) {
    test(`${place} has the path, the kind and the messages of the protocol`, () => {
      const fact = rpcFacts.find(({ path }) => path === method.path);
      expect(fact).toBeDefined();
      const { request, response } = fact as RpcFact;
      expect(method.name).toBe(method.path.replace(/^\/\w+\.(\w+)\/(\w+)$/, '$1.$2'));
      expect(method.kind).toBe(kindOf(fact as RpcFact));
      // Messages of one shape are told apart by what their errors call them.
      expect(() => method.encode(undefined as never)).toThrow(
        new RegExp(`^(${shortName(request)}|${method.name} request): got undefined`),
      );
      expect(() => method.decode(Uint8Array.of(0))).toThrow(
        new RegExp(`^malformed (${shortName(response)}$|${method.name} response: )`),
      );
      const [written] = fc.sample(arbitraryFullMessage(request), { numRuns: 1, seed: 1 });
      expectSame(request, loaderCodec(request).decode(method.encode(written as object)), written);
      const [answered] = fc.sample(arbitraryFullMessage(response), { numRuns: 1, seed: 2 });
      expectSame(
        response,
        method.decode(loaderCodec(response).encode(answered as never)),
        answered,
      );
    });
  }

  test('says which calls may be repeated', () => {
    const placesOf = (rule: RetryRule) =>
      methods.filter(({ method }) => method.retry === rule).map(({ place }) => place);
    expect(placesOf('read')).toEqual([
      'kv.range',
      'kv.rangeStream',
      'watch.watch',
      'lease.leaseKeepAlive',
      'lease.leaseTimeToLive',
      'lease.leaseLeases',
      'cluster.memberList',
      'auth.authStatus',
      'auth.authenticate',
      'auth.userGet',
      'auth.userList',
      'auth.roleGet',
      'auth.roleList',
      'election.leader',
      'election.observe',
    ]);
    expect(placesOf('pinned-read')).toEqual([
      'maintenance.status',
      'maintenance.hash',
      'maintenance.hashKv',
      'maintenance.snapshot',
    ]);
    expect(placesOf('pinned-write')).toEqual(['maintenance.defragment', 'maintenance.moveLeader']);
    expect(placesOf('write')).toHaveLength(49 - 15 - 4 - 2);
  });

  test('says which calls may wait for any time', () => {
    const waiting = methods.filter(({ method }) => method.waits).map(({ place }) => place);
    expect(waiting).toEqual(['maintenance.defragment', 'lock.lock', 'election.campaign']);
  });
});

test('every generated type is exported by name from the entry point', () => {
  const read = (path: string): string =>
    readFileSync(new URL(`../../../src/rpc/${path}`, import.meta.url), 'utf8');
  const entry = new Set(read('index.ts').match(/\w+/g));
  const generated = `${read('generated/types.ts')}${read('generated/stubs.ts')}`;
  const names = [...generated.matchAll(/^export (?:type|interface) (\w+)/gm)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(200);
  expect(names.filter((name) => !entry.has(name as string))).toEqual([]);
});

function shortName(message: MessageName): string {
  return message.slice(message.indexOf('.') + 1);
}

function kindOf({ requestStream, responseStream }: RpcFact): MethodKind {
  if (requestStream) return 'duplex';
  return responseStream ? 'serverStream' : 'unary';
}

function expectSame(name: MessageName, read: object, written: unknown): void {
  expect(plainMessage(name, read)).toEqual(expectedRead(name, written as object));
}
