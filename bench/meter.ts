import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** What a stretch of work took. */
export interface Reading {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** The longest time the event loop could do nothing else; 0 where it was not watched. */
  readonly longestBlockMs: number;
  /** Memory of the process at its highest, above what it had before; 0 where it was not watched. */
  readonly peakMemoryMb: number;
}

/** Bytes of a megabyte, as memory is counted. */
export const MEBI = 2 ** 20;
const MEMORY_EVERY_MS = 5;
/** A block that ends with the work is seen by the first timer after it. */
const LAST_LOOK_MS = 20;

/**
 * Measures time and CPU of a stretch of work in this process, and nothing that would add to them. No
 * garbage is collected before: that would throw compiled code away, too.
 */
export async function measure(work: () => Promise<void>): Promise<Reading> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { elapsedMs, cpuMs: (user + system) / 1_000, longestBlockMs: 0, peakMemoryMb: 0 };
}

/** The same, and watches memory and the event loop. */
export async function measureClosely(work: () => Promise<void>): Promise<Reading> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const sampler = setInterval(look, MEMORY_EVERY_MS);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await delay(LAST_LOOK_MS);
  delays.reset();
  const reading = await measure(work);
  look();
  await delay(LAST_LOOK_MS);
  delays.disable();
  clearInterval(sampler);
  return {
    ...reading,
    longestBlockMs: delays.max / 1e6,
    peakMemoryMb: (peak - before) / MEBI,
  };
}
