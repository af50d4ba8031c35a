import { type EventEmitter, once as onceOf } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ServiceRegistry } from '../../../src/discovery/index.js';
import { listenerCheck } from '../../../src/errors/index.js';
import { EtcdClient, InvalidArgumentError } from '../../../src/index.js';
import { TypedEmitter } from '../../../src/internal/typed-emitter.js';

/** Node's types ask for a whole EventEmitter; its code does with less. */
function once(
  emitter: { on: unknown; once: unknown; removeListener: unknown },
  event: string,
  options?: { readonly signal: AbortSignal },
): Promise<unknown[]> {
  return onceOf(emitter as EventEmitter, event, options);
}

type LampEvents = { lit: [watts: number] };

class Lamp extends TypedEmitter<LampEvents> {
  constructor() {
    super(listenerCheck<LampEvents>({ lit: true }));
  }
  light(): void {
    this.emit('lit', 60);
  }
  get listening(): number {
    return this.listenerCount('lit') + this.listenerCount('error' as 'lit');
  }
}

describe('the helpers of node:events', () => {
  it('wait for an event of an emitter, and leave no listener', async () => {
    const lamp = new Lamp();
    const lit = once(lamp, 'lit');
    lamp.light();
    expect(await lit).toEqual([60]);
    expect(lamp.listening).toBe(0);
  });

  it('stop waiting at an abort, and leave no listener', async () => {
    const lamp = new Lamp();
    const controller = new AbortController();
    const lit = once(lamp, 'lit', { signal: controller.signal });
    controller.abort();
    await expect(lit).rejects.toThrow('aborted');
    expect(lamp.listening).toBe(0);
  });

  it('wait for an event of a client', async () => {
    const etcd = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    const closed = once(etcd, 'closed');
    await etcd.close();
    expect(await closed).toEqual([]);
  });

  it('fail when a watcher fails first', async () => {
    const etcd = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    const watcher = etcd.watch('a');
    const put = once(watcher, 'put');
    await etcd.close();
    await expect(put).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it.each(['client', 'watcher', 'registry', 'lease'] as const)(
    'can listen to a %s',
    async (name) => {
      await using etcd = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
      const emitters = {
        client: etcd,
        watcher: etcd.watch('a'),
        registry: new ServiceRegistry(etcd, 'services'),
        lease: etcd.lease.attach(5n),
      };
      const event = { client: 'connected', watcher: 'put', registry: 'invalid', lease: 'lost' }[
        name
      ];
      const waiting = once(emitters[name], event, { signal: AbortSignal.abort() });
      await expect(waiting).rejects.toThrow('aborted');
      await expect(once(emitters[name], 'nothing')).rejects.toThrow(InvalidArgumentError);
    },
  );
});
