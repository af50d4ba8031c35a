import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { withInternals } from '../../src/internals.js';
import { failureOf } from '../support/client.js';
import { FakeChannel } from '../support/fake-channel.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/wait.js';

it('a client uses the given clock and the given connections', async () => {
  const clock = new ManualClock();
  const channels: FakeChannel[] = [];
  const openChannel = async (): Promise<FakeChannel> => {
    const channel = new FakeChannel();
    channels.push(channel);
    return channel;
  };
  const options = { endpoints: 'http://nowhere.invalid:1', timeoutMs: 5_000 };
  await using client = new EtcdClient(withInternals(options, { clock, openChannel }));
  const failure = failureOf(client.get('a'));
  await until(() => channels[0]?.calls.length === 1);
  // Nobody answers: by this clock, and by no other, the call runs out of time.
  await clock.advance(5_000);
  expect(await failure).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
});
