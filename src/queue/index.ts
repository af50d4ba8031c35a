/** Queues in the store: the layouts of Go's recipes, and a queue for work. */
export type { QueueCallOptions } from './call-options.js';
export type { ItemQueue } from './item-queue.js';
export type { Job } from './job.js';
export { PriorityQueue } from './priority-queue.js';
export { Queue } from './queue.js';
export type { DelayedCallOptions, JobsOptions, WorkQueueOptions } from './work-options.js';
export { type FailedJob, WorkQueue } from './work-queue.js';
