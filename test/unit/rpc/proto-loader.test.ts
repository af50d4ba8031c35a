import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const installed = vi.hoisted(() => ({ is: false }));

// A package that was left out of a bundle, or that no package manager has put there.
vi.mock('@grpc/proto-loader', async (load) => {
  if (!installed.is) throw new Error("Cannot find package '@grpc/proto-loader'");
  return await load();
});

// The modules of this process may have loaded the package for another file.
beforeAll(() => {
  vi.resetModules();
});
afterAll(() => {
  vi.doUnmock('@grpc/proto-loader');
  vi.resetModules();
});

it('a call that needs proto-loader says so where it cannot be loaded, and the next one looks again', async () => {
  const { EtcdError } = await import('../../../src/errors/index.js');
  const { provideProtoLoader } = await import('../../../src/rpc/proto-loader.js');
  const { cluster } = await import('../../../src/rpc/services.js');
  const { memberAdd, memberRemove } = cluster;
  for (const { name, prepare } of [memberAdd, memberRemove]) {
    const error = await Promise.resolve(prepare?.()).catch((reason: unknown) => reason);
    if (!(error instanceof EtcdError)) throw new Error(`${name} has loaded it`, { cause: error });
    expect(error).toMatchObject({ code: 'INTERNAL', outcome: 'not-sent', method: name });
    expect(error.message).toMatch(
      /^@grpc\/proto-loader could not be loaded, which Cluster\.Member/,
    );
    expect(error.message).toMatch(/install it beside etcd-kit, or let the bundler/);
    expect(error.cause).toBeInstanceOf(Error);
  }
  // A bundle in one file, whose program waits at top level before proto-loader is there.
  expect(() => provideProtoLoader(undefined)).toThrow(
    /behind a top-level await: begin the program/,
  );
  installed.is = true;
  vi.doUnmock('@grpc/proto-loader');
  await memberAdd.prepare?.();
  expect(memberRemove.prepare?.()).toBeUndefined();
  expect(memberRemove.encode({ id: 1n }).length).toBeGreaterThan(0);
});
