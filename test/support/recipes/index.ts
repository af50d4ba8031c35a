import { barrier, doubleBarrier } from './barriers.js';
import { leader, mutex, readWrite, semaphore } from './locks.js';
import { priorityQueue, queue, workQueue } from './queues.js';
import type { Recipe } from './recipe.js';
import { cache, transaction } from './stores.js';

/** Every recipe, by the name under which a run tells of it. */
export const RECIPES = {
  mutex,
  leader,
  'read-write': readWrite,
  semaphore,
  barrier,
  'double-barrier': doubleBarrier,
  queue,
  'priority-queue': priorityQueue,
  'work-queue': workQueue,
  stm: transaction,
  cache,
} satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof RECIPES;

export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];

/** Returns the prefix of all keys of a recipe. */
export function prefixOf(name: RecipeName): string {
  return `${name}/`;
}
