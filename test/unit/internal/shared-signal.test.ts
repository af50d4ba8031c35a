import { expect, it, vi } from 'vitest';
import { sharedController } from '../../../src/internal/shared-signal.js';

/** What the process is told while `listen` adds more listeners than it thinks sound. */
function warnings(signal: AbortSignal): string[] {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  for (let i = 0; i < 20; i++) signal.addEventListener('abort', () => {});
  const names = emitted.mock.calls.map(([warning]) => (warning as Error).name);
  emitted.mockRestore();
  return names;
}

it('makes a signal that any number of calls may listen to', () => {
  expect(warnings(new AbortController().signal)).toEqual(['MaxListenersExceededWarning']);
  expect(warnings(sharedController().signal)).toEqual([]);
});
