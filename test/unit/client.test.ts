import { describe, expect, it } from 'vitest';
import { EtcdClient, InvalidArgumentError, View } from '../../src/index.js';
import { failureOf, thrownBy } from '../support/client.js';

const ENDPOINT = 'http://127.0.0.1:1';

describe('a client', () => {
  it('does no I/O until the first call: making one at a dead address is harmless', async () => {
    const client = new EtcdClient({ endpoints: ENDPOINT });
    expect(client).toBeInstanceOf(View);
    expect(client.endpoints).toEqual([ENDPOINT]);
    await client.close();
  });

  it('is closed once and for all, however often', async () => {
    const client = new EtcdClient({ endpoints: ENDPOINT });
    await Promise.all([client.close(), client.close()]);
    await client[Symbol.asyncDispose]();
    for (const call of [client.get('k'), client.all().count(), client.txn().commit()]) {
      expect(await failureOf(call)).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'not-sent' });
    }
  });

  it('accepts other endpoints, and refuses wrong ones', async () => {
    await using client = new EtcdClient({ endpoints: ENDPOINT });
    client.setEndpoints(['http://127.0.0.1:2', 'http://127.0.0.1:3']);
    expect(client.endpoints).toEqual(['http://127.0.0.1:2', 'http://127.0.0.1:3']);
    for (const wrong of [[], '', 'ftp://x:1', [5]]) {
      expect(thrownBy(() => client.setEndpoints(wrong as never))).toBeInstanceOf(
        InvalidArgumentError,
      );
    }
    expect(client.endpoints).toEqual(['http://127.0.0.1:2', 'http://127.0.0.1:3']);
  });

  it('refuses wrong options of connect()', async () => {
    for (const wrong of [
      null,
      5,
      { timeoutMs: -1 },
      { signal: 1 },
      { timeout: 5 },
      { endpoint: 'x' },
    ]) {
      const error = await failureOf(EtcdClient.connect({ endpoints: ENDPOINT }, wrong as never));
      expect(error).toBeInstanceOf(InvalidArgumentError);
    }
  });

  it('refuses unknown events and missing listeners', async () => {
    await using client = new EtcdClient({ endpoints: ENDPOINT });
    for (const method of ['on', 'once', 'off'] as const) {
      expect(thrownBy(() => client[method]('conected' as never, () => {}))).toMatchObject({
        argument: 'event',
      });
      expect(thrownBy(() => client[method]('connected', undefined as never))).toMatchObject({
        argument: 'listener',
      });
    }
  });

  it('has no object with then', async () => {
    await using client = new EtcdClient({ endpoints: ENDPOINT });
    for (const value of [client, client.namespace('a'), client.prefix('a'), client.compare('a')]) {
      expect('then' in value).toBe(false);
    }
  });
});
