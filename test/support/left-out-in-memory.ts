import { basename } from 'node:path';
import { beforeEach } from 'vitest';

/** Reasons why a test cannot run on an etcd in memory. */
const METRICS = 'it asks the metrics of a server, and memory has none';
const PROCESS = 'it ends the process of the server';
const WEIGHT = 'it has a time limit, for a server that does its work in another process';
const OTHER = 'it is about a process other than the server, which is tried beside a real one';

/** The titles of the tests of each file that are left out in memory, as the file has them, each with its reason. */
export const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'barriers.test.ts': {
    'can be left during a wait, and leaves nothing behind': METRICS,
  },
  'discovery-resolver.test.ts': {
    'watches etcd while it is in use, and no longer': METRICS,
    'lets the process exit when all is closed': OTHER,
  },
  'discovery-watch.test.ts': {
    'are the newest ones for a slow consumer': METRICS,
    'end when the consumer leaves, aborts or disposes, and the watch ends too': METRICS,
  },
  'follow.test.ts': {
    'can be left at once, even while it waits, and leaves nothing on the server': METRICS,
  },
  'lease.test.ts': {
    'is renewed by its own client, and ends when left alone': METRICS,
    'shares one stream with all others of its client': METRICS,
    'is still renewed after the token has expired': METRICS,
    'does not keep the process alive once its client is closed': OTHER,
  },
  'lock-waits.test.ts': {
    'says why no server answers': PROCESS,
  },
  'mutex.test.ts': {
    'rejects at once on an abort, deletes its key and does not disturb the queue': METRICS,
  },
  'selection-iteration.test.ts': {
    'keeps memory flat, and sees one revision while another client writes': WEIGHT,
  },
  'update.test.ts': {
    'loses no increment and fails for nobody among %s': WEIGHT,
    'never conflicts with other updates of the same client': WEIGHT,
    'a transaction that only reads is repeated, one that writes is not': METRICS,
  },
  'watch.test.ts': {
    'is ended by %s, and leaves nothing on the server': METRICS,
  },
};

beforeEach(({ task, skip }) => {
  const titles = LEFT_OUT[basename(task.file.filepath)] ?? {};
  const found = Object.entries(titles).find(([title]) => isNamed(task.name, title));
  if (found !== undefined) skip(found[1]);
});

/** Returns whether a title, perhaps with places to fill in, has become this name. */
function isNamed(name: string, title: string): boolean {
  const [start = '', end] = title.split('%s');
  return end === undefined ? name === title : name.startsWith(start) && name.endsWith(end);
}
