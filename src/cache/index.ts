/** A map in this process that follows a part of the store. */
export { Cache } from './cache.js';
export type { CacheChange, CacheDelete, CachePut } from './cache-change.js';
export type { CacheEvents, CacheOptions, CacheWaitOptions } from './cache-options.js';
