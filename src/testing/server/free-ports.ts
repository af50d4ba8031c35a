import { createServer } from 'node:net';

// Below the range that systems give to outgoing connections (from 32768 on Linux): a client that keeps
// trying a port of that range while its server is down can end up connected to itself.
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** Ports that this process has given away: none is given twice. */
const given = new Set<number>();

/** Finds ports of a local address that nobody listens on. Another process may take one before it is used. */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port) || !(await isFree(port, host))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
