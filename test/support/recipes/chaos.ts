import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EtcdClient } from '../../../src/index.js';
import { bundled } from '../bundled.js';
import type { Cluster } from '../cluster.js';
import { dice } from '../dice.js';
import { type FaultProxy, startProxy } from '../fault-proxy.js';
import { historyWithin, readStoreHistory } from '../store-history.js';
import { until, within } from '../wait.js';
import { startWorker, type WorkerProcess } from '../worker-process.js';
import { prefixOf, RECIPES, type RecipeName } from './index.js';
import type { Recipe, Report } from './recipe.js';

/** What can hit a worker, or a member of the cluster. */
export const FAULTS = [
  'kill',
  'pause',
  'cut',
  'lose replies',
  'partition',
  'kill a member',
  'pause a member',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface ChaosOptions {
  readonly cluster: Cluster;
  /** A client of all keys, by connections that nothing hits. */
  readonly client: EtcdClient;
  readonly recipes: readonly RecipeName[];
  readonly workers: number;
  /** Decides whom faults hit. */
  readonly seed: number;
  /** Faults that come one after the other; those of one list come at once. */
  readonly faults: Iterable<readonly Fault[]>;
}

/** What became of one recipe. */
export interface RecipeResult {
  readonly turns: number;
  readonly failed: number;
  readonly revisions: number;
  readonly violations: readonly string[];
}

export interface ChaosResult {
  readonly faults: Readonly<Record<Fault, number>>;
  readonly recipes: ReadonlyMap<RecipeName, RecipeResult>;
}

type Told = Report & { readonly recipe: RecipeName };

/** Longer than the sessions of workers live without renewal. */
const BEYOND_TTL_MS = 2_600;
const LOSING_MS = 400;
const BETWEEN_FAULTS_MS = 200;
/** For what must happen in the end, on a machine that is busy. */
const PATIENCE_MS = 120_000;

const PROGRAM = await bundled(
  fileURLToPath(new URL('../programs/recipe-worker.ts', import.meta.url)),
);

/** A worker, the process that is it now, and its connections: one proxy before each member. */
class Place {
  readonly name: string;
  readonly proxies: readonly FaultProxy[];
  readonly #start: () => WorkerProcess;
  process: WorkerProcess;

  constructor(name: string, proxies: readonly FaultProxy[], start: () => WorkerProcess) {
    this.name = name;
    this.proxies = proxies;
    this.#start = start;
    this.process = start();
  }

  async replace(): Promise<void> {
    await this.process.kill();
    this.process = this.#start();
  }
}

/** Runs recipes in several processes on a cluster, lets faults hit them, and checks what came of it. */
export class Chaos implements AsyncDisposable {
  readonly #options: ChaosOptions;
  readonly #roll: (sides: number) => number;
  readonly #places: Place[] = [];
  readonly #reports: Told[] = [];
  readonly #crashes: unknown[] = [];
  readonly #counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;

  private constructor(options: ChaosOptions) {
    this.#options = options;
    this.#roll = dice(options.seed);
  }

  /** Runs it from the beginning to the end. */
  static async run(options: ChaosOptions): Promise<ChaosResult> {
    await using chaos = new Chaos(options);
    await chaos.#open();
    await chaos.#everybodyDoes('a first turn');
    for (const faults of options.faults) {
      await Promise.all(faults.map((fault, index) => chaos.#strike(fault, index)));
      await delay(BETWEEN_FAULTS_MS);
      chaos.#throwCrash();
    }
    await chaos.#everybodyDoes('a turn after the last fault');
    await chaos.#end();
    return await chaos.#result();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#places.map(async ({ process, proxies }) => {
        await process.kill();
        await Promise.all(proxies.map((proxy) => proxy.stop()));
      }),
    );
  }

  async #open(): Promise<void> {
    const { cluster, workers, recipes } = this.#options;
    for (let index = 0; index < workers; index += 1) {
      const targets = cluster.endpoints.map((target) => startProxy({ target }));
      const proxies = await Promise.all(targets);
      const endpoints = proxies.map(({ endpoint }) => endpoint).join();
      const name = `worker-${index}`;
      const start = () => {
        const args = [name, endpoints, recipes.join(), String(this.#roll(1_000_000))];
        const process = startWorker(PROGRAM, args, (line) => this.#reports.push(JSON.parse(line)));
        process.done.catch((error) => this.#crashes.push(error));
        return process;
      };
      this.#places.push(new Place(name, proxies, start));
    }
  }

  /** Waits until each worker has ended a turn of each recipe from now on, and each recipe has had one that went well. */
  async #everybodyDoes(what: string): Promise<void> {
    const from = this.#reports.length;
    const missing = (): readonly string[] => {
      const news = this.#reports.slice(from);
      return this.#options.recipes.flatMap((recipe) => {
        const ofRecipe = news.filter((report) => report.recipe === recipe);
        const waiting = this.#places.filter(
          ({ name }) => !ofRecipe.some((report) => hasEnded(report, name)),
        );
        if (waiting.length > 0) return waiting.map(({ name }) => `${recipe} of ${name}`);
        if (ofRecipe.some(({ kind }) => kind === 'turn')) return [];
        const codes = ofRecipe.filter(({ kind }) => kind === 'failed').map(({ code }) => code);
        return [`a good turn of ${recipe} after ${codes.join(' ')}`];
      });
    };
    await until(() => this.#crashes.length > 0 || missing().length === 0, {
      what: () => `${what} of each worker; missing: ${missing().join(', ')}`,
      timeoutMs: PATIENCE_MS,
    });
    this.#throwCrash();
  }

  /** Has everything come to its end, and waits until nothing is left that would hold up anybody. */
  async #end(): Promise<void> {
    const { client, recipes } = this.#options;
    for (const { process } of this.#places) process.say('end');
    const ended = Promise.all(this.#places.map(({ process }) => process.done));
    await within(ended, PATIENCE_MS, 'the end of all workers');
    for (const name of recipes) {
      for (const part of (RECIPES[name] as Recipe).passing) {
        const keys = client.prefix(prefixOf(name) + part);
        await until(async () => (await keys.count()) === 0, {
          what: `the end of all keys of ${prefixOf(name)}${part}`,
          timeoutMs: PATIENCE_MS,
        });
      }
    }
  }

  async #result(): Promise<ChaosResult> {
    const all = await readStoreHistory(this.#options.client);
    const kills = this.#counts.kill;
    const recipes = this.#options.recipes.map((name) => {
      const history = historyWithin(all, prefixOf(name));
      const reports = this.#reports.filter(({ recipe }) => recipe === name);
      const count = (kind: string) => reports.filter((report) => report.kind === kind).length;
      const result: RecipeResult = {
        turns: count('turn'),
        failed: count('failed'),
        revisions: history.length,
        violations: (RECIPES[name] as Recipe).check({ history, reports, kills }),
      };
      return [name, result] as const;
    });
    return { faults: this.#counts, recipes: new Map(recipes) };
  }

  #throwCrash(): void {
    const [crash] = this.#crashes;
    if (crash !== undefined) throw crash;
  }

  async #strike(fault: Fault, index: number): Promise<void> {
    this.#counts[fault] += 1;
    // Faults that come at once hit different ones.
    const first = this.#roll(this.#places.length);
    const place = this.#places[(first + index) % this.#places.length] as Place;
    const { proxies } = place;
    switch (fault) {
      case 'kill':
        await place.replace();
        break;
      case 'pause':
        place.process.pause();
        await delay(BEYOND_TTL_MS);
        place.process.resume();
        break;
      case 'cut':
        for (const proxy of proxies) proxy.resetAll();
        break;
      case 'lose replies':
        for (const proxy of proxies) proxy.dropReplies();
        await delay(LOSING_MS);
        for (const proxy of proxies) proxy.deliverReplies();
        break;
      case 'partition':
        for (const proxy of proxies) proxy.freeze();
        await delay(BEYOND_TTL_MS);
        for (const proxy of proxies) proxy.thaw();
        break;
      case 'kill a member': {
        const member = await this.#options.cluster.leader();
        await member.kill();
        await delay(LOSING_MS);
        await member.start();
        break;
      }
      case 'pause a member': {
        const member = await this.#options.cluster.leader();
        await member.pause();
        await delay(BEYOND_TTL_MS);
        await member.resume();
      }
    }
  }
}

function hasEnded({ worker, kind }: Report, name: string): boolean {
  return worker === name && (kind === 'turn' || kind === 'failed');
}
