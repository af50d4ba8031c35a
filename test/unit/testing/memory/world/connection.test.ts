import { expect, it } from 'vitest';
import { ClientProcess } from '../../../../../src/testing/memory/world/client-process.js';
import { Connection } from '../../../../../src/testing/memory/world/connection.js';
import { Faults } from '../../../../../src/testing/memory/world/faults.js';
import { World } from '../../../../../src/testing/memory/world/world.js';

const PATH = '/etcdserverpb.Watch/Watch';

function build() {
  const world = new World(1, false, () => 'nobody');
  const process = new ClientProcess(world);
  const faults = new Faults();
  const connection = new Connection(world, process, [faults]);
  const told: string[] = [];
  const tell = (line: string) => () => void told.push(line);
  connection.addEnd({ broken: () => process.receive(tell('broken')), frozen: () => {} });
  const reply = (name: string) =>
    connection.reply(PATH, tell(`all of ${name}`), tell(`a part of ${name}`));
  return { world, process, faults, told, reply };
}

it('an answer that is torn is the last thing that arrives', async () => {
  const { world, faults, told, reply } = build();
  faults.tearReplies(1);
  reply('first');
  reply('second');
  await world.idle();
  reply('third');
  await world.idle();
  expect(told).toEqual(['a part of first', 'broken']);
});

it('an answer that is torn is the last thing that a client which stands still will read', async () => {
  const { world, process, faults, told, reply } = build();
  process.stall();
  faults.tearReplies(1);
  reply('first');
  await world.idle();
  // The connection is gone, though the client does not know it yet.
  reply('second');
  await world.idle();
  expect(told).toEqual([]);

  process.resume();
  await world.idle();
  expect(told).toEqual(['a part of first', 'broken']);
});
