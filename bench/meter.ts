import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a stretch of work took. */
export interface Reading {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** The longest time the event loop could do nothing else. */
  readonly longestBlockMs: number;
  /** Memory of the process at its highest, above what it had before. */
  readonly peakMemoryMb: number;
}

const MEBI = 2 ** 20;
const MEMORY_EVERY_MS = 5;

/** Measures a stretch of work in this process. */
export async function measure(work: () => Promise<void>): Promise<Reading> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const sampler = setInterval(look, MEMORY_EVERY_MS);
  delays.enable();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  delays.disable();
  clearInterval(sampler);
  look();
  return {
    elapsedMs,
    cpuMs: (user + system) / 1_000,
    longestBlockMs: delays.max / 1e6,
    peakMemoryMb: (peak - before) / MEBI,
  };
}
