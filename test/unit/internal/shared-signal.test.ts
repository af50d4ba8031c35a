import { expect, it } from 'vitest';
import { sharedController } from '../../../src/internal/shared-signal.js';

/** The warnings that the process prints while `listen` adds more listeners than it thinks sound. */
async function warnings(signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const note = ({ name }: Error) => names.push(name);
  process.on('warning', note);
  for (let i = 0; i < 20; i++) signal.addEventListener('abort', () => {});
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  return names;
}

it('makes a signal that any number of calls may listen to', async () => {
  expect(await warnings(new AbortController().signal)).toEqual(['MaxListenersExceededWarning']);
  expect(await warnings(sharedController().signal)).toEqual([]);
});
