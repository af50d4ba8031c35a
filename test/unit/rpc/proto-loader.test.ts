import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EtcdError } from '../../../src/errors/index.js';
import { cluster } from '../../../src/rpc/services.js';
import { failureOf } from '../../support/client.js';

const installed = vi.hoisted(() => ({ is: false }));

// A package that was left out of a bundle, or that no package manager has put there.
vi.mock('@grpc/proto-loader', async (load) => {
  if (!installed.is) throw new Error("Cannot find package '@grpc/proto-loader'");
  return await load();
});

beforeAll(() => {
  installed.is = false;
});
afterAll(() => {
  vi.doUnmock('@grpc/proto-loader');
});

it('a call that needs proto-loader says so where it cannot be loaded, and the next one looks again', async () => {
  const { memberAdd, memberRemove } = cluster;
  for (const { name, prepare } of [memberAdd, memberRemove]) {
    const error = await failureOf(Promise.resolve(prepare?.()));
    expect(error).toBeInstanceOf(EtcdError);
    expect(error).toMatchObject({ code: 'INTERNAL', outcome: 'not-sent', method: name });
    expect(error.message).toMatch(
      /^@grpc\/proto-loader could not be loaded, which Cluster\.Member/,
    );
    expect(error.message).toMatch(/install it beside etcd-kit, or let the bundler/);
    expect(error.cause).toBeInstanceOf(Error);
  }
  installed.is = true;
  vi.doUnmock('@grpc/proto-loader');
  await memberAdd.prepare?.();
  expect(memberRemove.prepare?.()).toBeUndefined();
  expect(memberRemove.encode({ id: 1n }).length).toBeGreaterThan(0);
});
