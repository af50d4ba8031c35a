// Has a batch under way to a server that hangs, closes, and leaves the rest to Node. It goes on when its
// server has hung, which it is told by a signal.
import { EtcdClient } from '../../../src/index.js';

const etcd = new EtcdClient({ endpoints: process.argv.slice(2) });
await etcd.get('k');
// Signals alone keep no process alive.
const waiting = setInterval(() => {}, 1_000);
process.once('SIGUSR2', () => void goOn());
process.stdout.write('ready\n');

async function goOn(): Promise<void> {
  clearInterval(waiting);
  const calls = ['a', 'b', 'c'].map((key) => etcd.get(key).catch(({ code }) => code));
  await new Promise((resolve) => setImmediate(resolve));
  await etcd.close();
  process.stdout.write(`${(await Promise.all(calls)).join(' ')}\n`);
}
