import { codecs, type View } from 'etcd-kit';
import { z } from 'zod';

/** One piece of work: the picture with this number is to be made small. */
export interface Task {
  readonly picture: number;
}

/** What a worker has made of a picture. */
export interface Result {
  readonly by: string;
}

/** What a worker tells its fleet, one line of JSON each. */
export type Told =
  | { readonly what: 'started' | 'stopped' | 'leads' | 'led' }
  | { readonly what: 'planned'; readonly pictures: number }
  | { readonly what: 'took'; readonly picture: number; readonly attempts: number }
  | { readonly what: 'done' | 'repeated'; readonly picture: number };

/** The places in the store, below the namespace of the fleet. */
export const placesOf = (fleet: Pick<View<string>, 'namespace'>) => ({
  work: fleet.namespace('work/').as(codecs.json<Task>()),
  results: fleet.namespace('results/').as(codecs.json<Result>()),
  leader: 'leader',
  planned: 'planned',
});

/** What a worker is told by its environment. */
export const Settings = z.object({
  FLEET_WORKER: z.string(),
  FLEET_NAMESPACE: z.string(),
  FLEET_PICTURES: z.coerce.number().int(),
  FLEET_TASK_MS: z.coerce.number(),
  FLEET_TTL_SECONDS: z.coerce.number().int(),
});
