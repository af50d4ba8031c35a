import type { Place } from '../tour/place.js';
import { eventsOf } from './events.js';
import { startConfigService } from './service.js';

/** Width of the column that says who acts. */
const WHO = 20;

/** Two instances of the service, a reader at each, and two people who change the same setting. */
export async function demonstrate({ etcd, another }: Place): Promise<void> {
  const other = another();
  await using first = await startConfigService(etcd);
  await using second = await startConfigService(other);
  const stop = new AbortController();
  const readers = [
    await follow('reader of instance 1', first.url, stop.signal),
    await follow('reader of instance 2', second.url, stop.signal),
  ];
  const all = (what: string): Promise<unknown> =>
    Promise.all(readers.map(({ told }) => told(what)));

  const revision = await put('ada', first.url, 'banner', 'Welcome', '0');
  await all('Welcome');
  const next = await put('ada', first.url, 'banner', 'Sale', revision);
  await all('Sale');
  // Bob has not seen the second change, and asks the other instance.
  await put('bob', second.url, 'banner', 'Closed today', revision);
  await put('bob', second.url, 'banner', 'Closed today', next);
  await all('Closed today');
  stop.abort();
  await other.close();
}

async function put(
  by: string,
  url: string,
  name: string,
  value: string,
  seen: string,
): Promise<string> {
  console.log(`${by.padEnd(WHO)} PUT ${name} = ${value}`);
  const body = JSON.stringify({ value, by, seen });
  const response = await fetch(new URL(`settings/${name}`, url), { method: 'PUT', body });
  const { revision = seen, error } = (await response.json()) as Record<string, string>;
  if (!response.ok) console.log(`${by.padEnd(WHO)}   ${response.status}: ${error}`);
  return revision;
}

/** A reader that prints what it is told. */
async function follow(
  who: string,
  url: string,
  signal: AbortSignal,
): Promise<{ told(what: string): Promise<void> }> {
  const { body } = await fetch(new URL('events', url), { signal });
  if (body === null) throw new Error('an answer without events');
  const seen = new Set<string>();
  let look = (): void => undefined;
  const read = async (): Promise<void> => {
    for await (const { event, data } of eventsOf(body)) {
      if (event !== 'change') continue;
      const { setting } = data as { setting: { value: string; by: string } };
      console.log(`${who.padEnd(WHO)}   sees ${setting.value}, by ${setting.by}`);
      seen.add(setting.value);
      look();
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    told: (what) =>
      new Promise((resolve) => {
        look = () => {
          if (seen.has(what)) resolve();
        };
        look();
      }),
  };
}
