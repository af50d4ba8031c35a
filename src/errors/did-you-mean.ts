/** Words of other clients and of common sense, and the option that is meant. The first that exists is offered. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  hosts: ['endpoints'],
  host: ['endpoints'],
  urls: ['endpoints'],
  url: ['endpoints'],
  servers: ['endpoints'],
  nodes: ['endpoints'],
  address: ['endpoints'],
  timeout: ['timeoutMs', 'connectTimeoutMs'],
  deadline: ['timeoutMs'],
  dialtimeout: ['connectTimeoutMs', 'timeoutMs'],
  connecttimeout: ['connectTimeoutMs', 'timeoutMs'],
  abortsignal: ['signal'],
  ttl: ['ttlSeconds'],
  leasettl: ['ttlSeconds'],
  user: ['username', 'auth'],
  username: ['auth'],
  name: ['username'],
  password: ['auth'],
  pass: ['password', 'auth'],
  passwd: ['password', 'auth'],
  pw: ['password', 'auth'],
  credentials: ['auth', 'tls'],
  token: ['auth'],
  ssl: ['tls'],
  ca: ['tls'],
  cert: ['tls'],
  key: ['tls'],
  cafile: ['ca', 'tls'],
  certfile: ['cert', 'tls'],
  keyfile: ['key', 'tls'],
  cacert: ['ca', 'tls'],
  rootcertificate: ['ca', 'tls'],
  certchain: ['cert', 'tls'],
  privatekey: ['key', 'tls'],
  servername: ['serverName'],
  retries: ['maxAttempts', 'retry'],
  maxretries: ['maxAttempts', 'retry'],
  headers: ['metadata'],
  rev: ['revision', 'startRevision'],
  revision: ['startRevision'],
  fromrevision: ['startRevision'],
  startrev: ['startRevision'],
  start: ['startRevision'],
  prefix: ['namespace'],
  ns: ['namespace'],
  progress: ['progressNotify'],
  batch: ['batching'],
  prev: ['prevKv'],
};

/** A typing error changes at most this share of a name's letters. */
const LARGEST_DIFFERENCE = 0.34;

/** The option that was probably meant by a name that no option has; `undefined` if none is near. */
export function nearestOption(given: string, known: readonly string[]): string | undefined {
  const simple = given.toLowerCase().replace(/[^a-z0-9]/g, '');
  const spelled = known.find((name) => name.toLowerCase() === simple);
  if (spelled !== undefined) return spelled;
  const words = Object.hasOwn(OTHER_WORDS, simple) ? (OTHER_WORDS[simple] ?? []) : [];
  const meant = words.find((name) => known.includes(name));
  if (meant !== undefined) return meant;
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(given.length * LARGEST_DIFFERENCE)) + 1;
  for (const name of known) {
    const distance = editDistance(simple, name.toLowerCase());
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** The number of letters to add, drop, change or swap with a neighbour, from one word to the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let best = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
