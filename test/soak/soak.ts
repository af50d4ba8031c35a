/** What a soak found out, by name and in the order to be read. */
export type Figures = Readonly<Record<string, string | number>>;

/** What a run may be asked for. A run leaves out what means nothing to it. */
export interface SoakOptions {
  /** The seconds that it is to take, about. Default: its own. */
  readonly seconds?: number | undefined;
  /** The one recipe to run. Default: all. */
  readonly recipe?: string | undefined;
}

/** One long and heavy run. It rejects when something did not hold. */
export interface Soak {
  /** What is done, in a sentence. */
  readonly title: string;
  run(options: SoakOptions): Promise<Figures>;
}

/** The processor time and the memory that this process takes for something. */
export async function measured<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly figures: Figures }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let highest = process.memoryUsage().rss;
  const sampler = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 1_000);
  sampler.unref();
  const result = await work();
  clearInterval(sampler);
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    result,
    figures: {
      'duration, s': seconds.toFixed(1),
      'processor time, % of a core': ((user + system) / 1e4 / seconds).toFixed(1),
      'highest resident memory, MiB': (highest / 2 ** 20).toFixed(0),
    },
  };
}

/** Fails a soak. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`it did not hold that ${what}`);
}
