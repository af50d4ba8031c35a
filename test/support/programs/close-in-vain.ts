import { EtcdClient, EtcdError } from '../../../src/index.js';

/** Closes one client while it connects, and lets another give up first; then there is nothing left to do. */
const endpoints = process.argv[2] ?? '';

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.catch((reason: unknown) => reason);
  return error instanceof EtcdError ? error.code : String(error);
}

const first = new EtcdClient({ endpoints });
const pending = codeOf(first.get('k'));
await first.close();
console.log(await pending);

const second = new EtcdClient({ endpoints, timeoutMs: 300 });
console.log(await codeOf(second.get('k')));
await second.close();
