// A process that works on recipes, all at once; `recipes/workers.ts` starts it.
//
//   recipe-worker <name> <endpoints> <recipes> <seed>
//
// It tells what it does on its standard output, a line of JSON for each thing, and so loses nothing when it
// is killed. A line `end` on its input lets what there is come to its end.
import { setTimeout as delay } from 'node:timers/promises';
import { Session } from '../../../src/concurrency/index.js';
import { EtcdClient, EtcdError, InvalidArgumentError } from '../../../src/index.js';
import { dice } from '../dice.js';
import { prefixOf, RECIPES, type RecipeName } from '../recipes/index.js';
import { type Place, type Recipe, TTL_SECONDS } from '../recipes/recipe.js';

/** Leaves the processors to the others between two turns. */
const PAUSE_MS = 60;

const [worker = '', endpoints = '', names = '', seed = ''] = process.argv.slice(2);
const client = new EtcdClient({ endpoints: endpoints.split(',') });
const roll = dice(Number(seed));
let isEnding = false;

process.stdin.setEncoding('utf8').on('data', (text) => {
  isEnding ||= String(text).includes('end');
});
// Whoever started it is gone.
process.stdin.on('end', () => process.exit());

await Promise.all((names.split(',') as RecipeName[]).map(workOn));
await client.close();
process.exit();

async function workOn(name: RecipeName): Promise<void> {
  const recipe: Recipe = RECIPES[name];
  const place = placeOf(name);
  while (!isEnding || (recipe.drains === true && (await anythingLeft(name, recipe)))) {
    const began = performance.now();
    try {
      await recipe.turn(place);
      place.tell('turn', { ms: Math.round(performance.now() - began) });
    } catch (error) {
      if (!(error instanceof EtcdError) || error instanceof InvalidArgumentError) throw error;
      place.tell('failed', { code: error.code, ms: Math.round(performance.now() - began) });
    }
    await delay(roll(PAUSE_MS));
  }
  await place.close();
}

/** True, too, when nobody can tell. */
async function anythingLeft(name: RecipeName, { passing }: Recipe): Promise<boolean> {
  const counts = passing.map((part) => client.prefix(prefixOf(name) + part).count());
  const found = await Promise.all(counts).catch(() => [1]);
  return found.some((count) => count > 0);
}

function placeOf(recipe: RecipeName): Place & { close(): Promise<void> } {
  let session: Session | undefined;
  return {
    client,
    worker,
    prefix: prefixOf(recipe),
    roll,
    get isEnding() {
      return isEnding;
    },
    async session() {
      if (session === undefined || session.signal.aborted || !session.lease.alive) {
        session = await Session.create(client, { ttlSeconds: TTL_SECONDS });
      }
      return session;
    },
    tell(kind, details = {}) {
      process.stdout.write(`${JSON.stringify({ recipe, worker, kind, ...details })}\n`);
    },
    async close() {
      await session?.close().catch(() => {});
    },
  };
}
