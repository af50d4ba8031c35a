export type { DeleteEvent, PutEvent, WatchBatch, WatchEvent } from './watch-event.js';
export { WatchHub } from './watch-hub.js';
export { checkTravelOptions, type WatchOptions, type WatchTravelOptions } from './watch-options.js';
export { Watcher } from './watcher.js';
export type { WatcherEvents } from './watcher-contract.js';
