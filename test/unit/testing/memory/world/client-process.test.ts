import { expect, it } from 'vitest';
import { ClientProcess } from '../../../../../src/testing/memory/world/client-process.js';
import { World } from '../../../../../src/testing/memory/world/world.js';

function build() {
  const world = new World(1, false, () => 'nobody');
  const process = new ClientProcess(world);
  const told: string[] = [];
  const tell = (line: string) => () => void told.push(line);
  return { world, process, told, tell };
}

it('reads at once, and runs its timers in time, while it does not stand still', async () => {
  const { world, process, told, tell } = build();
  process.receive(tell('a message'));
  process.whenAwake(tell('awake'));
  process.setTimeout(tell('a timer'), 10);
  await world.advance(10);
  expect(told).toEqual(['a message', 'awake', 'a timer']);
});

it('runs late timers before it reads what has come, in their order, when it goes on', async () => {
  const { world, process, told, tell } = build();
  process.stall();
  process.receive(tell('first message'));
  process.whenAwake(tell('awake'));
  process.setTimeout(tell('second timer'), 20);
  process.setTimeout(tell('first timer'), 10);
  const gone = process.setTimeout(tell('a timer that was taken back'), 15);
  process.setTimeout(tell('a timer that is not due'), 1_000);
  await world.advance(50);
  process.receive(tell('second message'));
  gone.cancel();
  expect(told).toEqual([]);
  expect(process.isStalled).toBe(true);

  process.resume();
  await world.idle();
  expect(told).toEqual([
    ...['first timer', 'second timer', 'first message', 'second message'],
    'awake',
  ]);
  expect(process.isStalled).toBe(false);
  expect(process.stalledMs).toBe(50);
});

it('keeps the order of what comes while it catches up', async () => {
  const { world, process, told, tell } = build();
  process.stall();
  process.receive(() => {
    told.push('first message');
    process.receive(tell('second message'));
  });
  process.resume();
  await world.idle();
  expect(told).toEqual(['first message', 'second message']);
});

it('stands still until the last reason is gone, also in the middle of catching up', async () => {
  const { world, process, told, tell } = build();
  process.stall();
  process.stall();
  process.receive(() => {
    told.push('first message');
    process.stall();
  });
  process.receive(tell('second message'));
  process.resume();
  await world.idle();
  expect(told).toEqual([]);

  process.resume();
  await world.idle();
  expect(told).toEqual(['first message']);

  process.resume();
  await world.idle();
  expect(told).toEqual(['first message', 'second message']);
});
