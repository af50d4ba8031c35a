import type { BenchClient, ClientName } from './clients/bench-client.js';
import { openClient } from './clients/open-client.js';
import type { Answer, Order } from './processes.js';
import { perform } from './tasks/perform.js';

// One client in a process of its own: the CPU it takes is the client's alone.
const [name, endpoint] = process.argv.slice(2) as [ClientName, string];
let client: Promise<BenchClient> | undefined;
const open = (): Promise<BenchClient> => {
  client ??= openClient(name, endpoint);
  return client;
};

const send = (answer: Answer): void => {
  process.send?.(answer);
};

async function obey(order: Order): Promise<void> {
  if (order === 'close') {
    await (await client)?.close();
    process.disconnect();
    return;
  }
  try {
    send({ outcome: await perform(open, order, () => send('ready')) });
  } catch (error) {
    send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

process.on('message', (order: Order) => void obey(order));
// Whatever this process still holds: nobody is there any more to measure for.
process.on('disconnect', () => process.exit());
