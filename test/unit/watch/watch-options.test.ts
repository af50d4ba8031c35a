import { describe, expect, it } from 'vitest';
import { EtcdClient, type WatchOptions } from '../../../src/index.js';
import { thrownBy } from '../../support/client.js';

describe('the arguments of a watch', () => {
  it.each<[string, unknown]>([
    ['startRevision', -1],
    ['startRevision', 1.5],
    ['startRevision', '7'],
    ['filter', 'both'],
    ['prevKv', 1],
    ['progressNotify', 'yes'],
    ['fragment', 0],
    ['requireLeader', null],
    ['isolated', 'no'],
    ['highWaterMark', 0],
    ['highWaterMark', 2.5],
    ['signal', {}],
    ['timeoutMs', -1],
    ['metadata', 'x'],
    ['onDecodeError', 'ignore'],
    ['startrevision', 1],
  ])('refuses the option %s with the value %s', async (name, value) => {
    await using client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    const options = { [name]: value } as WatchOptions;
    const error = thrownBy(() => client.watch('k', options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(name);
  });

  it('refuses selections that say more than which keys', async () => {
    await using client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    const all = client.all();
    const selections = [
      all.limit(1),
      all.sortBy('key', 'desc'),
      all.atRevision(4),
      all.serializable(),
      all.modifiedSince(1),
      all.createdUntil(5),
    ];
    for (const selection of selections) {
      expect(thrownBy(() => selection.watch())).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(thrownBy(() => selection.follow())).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('refuses a range without keys', async () => {
    await using client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    const space = client.namespace('ns/');
    for (const empty of [client.range('b', 'a'), client.range('b', 'b'), space.range('b', 'a')]) {
      for (const begin of [() => empty.watch(), () => empty.follow()]) {
        const error = thrownBy(begin);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain('has no keys to watch');
      }
    }
    for (const some of [client.range('a', 'b'), client.fromKey('b'), space.fromKey('b')]) {
      await some.watch().cancel();
    }
  });

  it('refuses an empty key', async () => {
    await using client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    expect(thrownBy(() => client.watch(''))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
