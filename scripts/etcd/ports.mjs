// Free ports for servers of our own.

import { createServer } from 'node:net';

// Below the range that systems give to outgoing connections (from 32768 on Linux): a client that keeps
// trying a port of that range while its server is down can end up connected to itself.
const LOWEST = 15_000;
const HIGHEST = 32_000;

const given = new Set();

/**
 * @param {number} count
 * @param {string} [host]
 * @returns {Promise<number[]>}
 */
export async function freePorts(count, host = '127.0.0.1') {
  const ports = [];
  while (ports.length < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port) || !(await isFree(port, host))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
