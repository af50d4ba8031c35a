import type { Scene } from '../scene.js';
import { caches } from './caches.js';
import { leases } from './leases.js';
import { locks } from './locks.js';
import { queues } from './queues.js';
import { recipes } from './recipes.js';
import { registers } from './registers.js';
import { services } from './services.js';
import { transfers } from './transfers.js';
import { uptime } from './uptime.js';
import { watches } from './watches.js';

/** Looks, at the end, whether all that was promised was kept. */
export type Check = () => void | Promise<void>;

/** The workloads of stories of seconds: each starts its programs, and returns its check. */
export const WORKLOADS = {
  registers,
  watches,
  locks,
  leases,
  transfers,
  caches,
  recipes,
  queues,
  services,
} satisfies Record<string, (scene: Scene) => Check>;

/** All workloads, with that of stories of days, which is played where it is asked for. */
export const ALL_WORKLOADS = { ...WORKLOADS, uptime } satisfies Record<
  string,
  (scene: Scene) => Check
>;

/** The name of a workload. */
export type WorkloadName = keyof typeof ALL_WORKLOADS;
