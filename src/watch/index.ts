export type { DeleteEvent, PutEvent, WatchBatch, WatchEvent } from './watch-event.js';
export { WatchHub } from './watch-hub.js';
export {
  checkTravelOptions,
  checkWatchRange,
  type WatchOptions,
  type WatchTravelOptions,
} from './watch-options.js';
export { Watcher } from './watcher.js';
export { watchTimedOut } from './watcher-errors.js';
export type { WatcherEvents } from './watcher-events.js';
