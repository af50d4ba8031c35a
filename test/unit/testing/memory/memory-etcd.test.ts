import { describe, expect, it } from 'vitest';
import { Mutex, Session } from '../../../../src/concurrency/index.js';
import { EtcdClient, LeaseLostError } from '../../../../src/index.js';
import { MemoryEtcd } from '../../../../src/testing/index.js';
import { failureOf, thrownBy } from '../../../support/client.js';

describe('a cluster in memory', () => {
  it('is reached by ordinary clients, without a clock that moves', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client({ namespace: 'app/' });
    expect(etcd).toBeInstanceOf(EtcdClient);
    await etcd.put('a', '1');
    await etcd.put('b', '2');
    expect((await etcd.get('a'))?.value).toBe('1');
    expect(await etcd.all().keys()).toEqual(['a', 'b']);
    const result = await etcd
      .txn()
      .if(etcd.compare('a').value('==', '1'))
      .then(etcd.op.delete('a'), etcd.op.get('b'))
      .commit();
    expect(result.succeeded).toBe(true);
    expect(memory.revision).toBe(4n);
    expect(memory.now).toBe(0);
  });

  it('tells watchers of the past and of what comes', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.put('k', 'before');
    await using watcher = etcd.prefix('k').watch({ startRevision: 2n, prevKv: true });
    await watcher.ready;
    await etcd.put('k', 'after');
    const seen: string[] = [];
    for await (const event of watcher) {
      if (event.type === 'put') seen.push(`${event.prev?.value ?? 'nothing'} -> ${event.kv.value}`);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(['nothing -> before', 'before -> after']);
  });

  it('takes the keys of a lease away when its time has passed, and not a millisecond before', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    const lease = await etcd.lease.grant(10);
    await etcd.put('k', 'v', { lease });
    await memory.advance(9_999);
    expect(await etcd.get('k')).toBeDefined();
    expect((await lease.timeToLive()).remainingSeconds).toBe(0);
    await memory.advance(1);
    expect(await etcd.get('k')).toBeUndefined();
    expect(lease.alive).toBe(false);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(memory.now).toBe(10_000);
  });

  it('keeps a lease that is renewed for an hour', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    const lease = await etcd.lease.grant(10, { keepAlive: true });
    await etcd.put('k', 'v', { lease });
    await memory.advance(3_600_000);
    expect(lease.alive).toBe(true);
    expect(await etcd.get('k')).toBeDefined();
  });

  it('takes a lock from a holder that hears nothing for longer than its lease', async () => {
    await using memory = new MemoryEtcd();
    const holder = memory.client();
    const other = memory.client();
    const lock = await new Mutex(
      await Session.create(holder, { ttlSeconds: 15 }),
      'jobs',
    ).acquire();
    memory.faultsOf(holder).freeze();
    const waiting = new Mutex(await Session.create(other), 'jobs').acquire();
    await memory.advance(20_000);
    // The holder knows by itself, though it hears nothing.
    expect(lock.signal.aborted).toBe(true);
    const next = await waiting;
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    // What the old holder does under its lock fails, once it can be heard again.
    memory.faultsOf(holder).heal();
    await memory.advance(5_000);
    const fenced = await holder
      .txn()
      .if(lock.ownership())
      .then(holder.op.put('audit', 'old'))
      .commit();
    expect(fenced.succeeded).toBe(false);
  });

  it('is the same run twice for one seed', async () => {
    const run = async (seed: number): Promise<unknown> => {
      await using memory = new MemoryEtcd({ seed, members: 3 });
      const etcd = memory.client();
      const leases = [await etcd.lease.grant(5), await etcd.lease.grant(7)];
      memory.faults.delay(20);
      const puts = Promise.all(leases.map((lease, index) => etcd.put(`k${index}`, 'v', { lease })));
      await memory.advance(6_000);
      const headers = (await puts).map(({ header }) => header);
      memory.faults.heal();
      return { headers, ids: leases.map(({ id }) => id), left: await etcd.all().keys() };
    };
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });

  // Twenty thousand messages: on a busy machine these take their time.
  it('says who is busy when a program never comes to rest', { timeout: 90_000 }, async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    let stopped = false;
    const busy = (async () => {
      while (!stopped) await etcd.get('k');
    })();
    await expect(memory.idle()).rejects.toThrow(/does not come to rest.*client 0 made .*KV\.Range/);
    stopped = true;
    await busy;
  });
});

describe('faults of the network in memory', () => {
  it('lose the reply of a put that was applied', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.get('k');
    memory.faults.loseReplies(1);
    expect(await failureOf(etcd.put('k', 'v'))).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'unknown',
    });
    await memory.advance(100);
    expect((await etcd.get('k'))?.value).toBe('v');
  });

  it('delay each message, both ways', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.get('k');
    memory.faults.delay(50);
    let arrived: number | undefined;
    const put = etcd.put('k', 'v').then(() => {
      arrived = memory.now;
    });
    await memory.advance(99);
    expect(arrived).toBeUndefined();
    await memory.advance(1);
    await put;
    expect(arrived).toBe(100);
  });

  it('hold frozen messages back until the network heals', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    const other = memory.client();
    await etcd.get('k');
    memory.faultsOf(etcd).freeze('toClient');
    const put = etcd.put('k', 'v');
    await memory.idle();
    // The server has it, the client does not know.
    expect((await other.get('k'))?.value).toBe('v');
    memory.faultsOf(etcd).heal();
    expect((await put).header.revision).toBe(2n);
  });

  it('cut watches, which go on without a gap', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await using watcher = etcd.prefix('').watch();
    const seen: string[] = [];
    watcher.on('put', (kv) => seen.push(kv.value));
    let resumed = 0;
    watcher.on('resumed', () => {
      resumed += 1;
    });
    await watcher.ready;
    for (let index = 0; index < 10; index += 1) {
      await memory.client().put('k', String(index));
      memory.faultsOf(etcd).cut();
      await memory.advance(5_000);
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
    expect(resumed).toBe(10);
  });

  it('end a call at its deadline, on the clock of the cluster', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client({ timeoutMs: 3_000 });
    await etcd.get('k');
    memory.faults.freeze();
    const failure = failureOf(etcd.put('k', 'v'));
    await memory.advance(3_000);
    expect(await failure).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  });
});

describe('an answer that is larger than a client takes', () => {
  it('ends its call as over sockets, and no other', async () => {
    await using memory = new MemoryEtcd();
    await memory.client().put('large', 'x'.repeat(2_000));
    const etcd = memory.client({ maxReceiveBytes: 1_000, batching: false });
    const small = etcd.put('small', 'v');
    const refused = { code: 'RESPONSE_TOO_LARGE', endpoint: 'http://m0.memory:2379' };
    const failures = [
      await failureOf(etcd.get('large')),
      await failureOf(etcd.put('large', 'y', { prevKv: true })),
    ];
    expect(failures).toMatchObject([refused, { ...refused, outcome: 'unknown' }]);
    await small;
    expect((await etcd.get('small'))?.value).toBe('v');
    // It was written all the same.
    expect((await etcd.get('large'))?.value).toBe('y');
  });

  it('ends a watch that cannot be told of an event', async () => {
    await using memory = new MemoryEtcd();
    await using watcher = memory.client({ maxReceiveBytes: 1_000 }).watch('k');
    await watcher.ready;
    await memory.client().put('k', 'small');
    await memory.client().put('k', 'x'.repeat(2_000));
    const seen: string[] = [];
    const end = await failureOf(
      (async () => {
        for await (const event of watcher) if (event.type === 'put') seen.push(event.kv.value);
      })(),
    );
    expect(end).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    expect(seen).toEqual(['small']);
  });
});

describe('what takes no time needs no clock that moves', () => {
  it('twenty callers that count at once', async () => {
    await using memory = new MemoryEtcd();
    const clients = Array.from({ length: 20 }, () => memory.client());
    const next = (current: string | undefined): string => String(Number(current ?? 0) + 1);
    await Promise.all(clients.map((etcd) => etcd.update('count', next)));
    expect((await clients[0]?.get('count'))?.value).toBe('20');
    expect(memory.now).toBe(0);
  });

  it('the answer of a put that is lost, and the read after it', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    memory.faults.loseReplies(1);
    expect(await failureOf(etcd.put('k', 'v'))).toMatchObject({ outcome: 'unknown' });
    expect((await etcd.get('k'))?.value).toBe('v');
    expect(memory.now).toBe(0);
  });
});

describe('wrong arguments of a cluster in memory', () => {
  it.each([
    [{ member: 3 }, /options\.member: .*members/],
    [{ members: 0 }, /members/],
    [{ seed: 0.5 }, /seed/],
    [{ version: '2.3' }, /version/],
    [{ clock: 'sundial' }, /clock/],
    [{ flags: ['--data-dir', '/tmp'] }, /--data-dir/],
    [{ flags: ['--max-txn-ops', 'many'] }, /--max-txn-ops/],
    [{ flags: ['--max-txn-ops'] }, /--max-txn-ops/],
  ])('%o is refused', (options, message) => {
    expect(thrownBy(() => new MemoryEtcd(options as never)).message).toMatch(message);
  });

  it('a client of another cluster has no faults here', () => {
    const memory = new MemoryEtcd();
    const stranger = new MemoryEtcd().client();
    expect(thrownBy(() => memory.faultsOf(stranger)).message).toContain('client of this cluster');
  });

  it('time does not go back', async () => {
    await using memory = new MemoryEtcd();
    await expect(memory.advance(-1)).rejects.toThrow(/ms/);
    expect(thrownBy(() => memory.faults.delay(-1)).message).toContain('ms');
    expect(thrownBy(() => memory.faults.freeze('sideways' as never)).message).toContain(
      'direction',
    );
  });
});
