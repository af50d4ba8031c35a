export { LeaseKeeper } from './keeper.js';
export { Lease, type LeaseEvents } from './lease.js';
export { LeaseNews } from './lease-news.js';
export { type GrantedLease, type GrantOptions, Leases } from './leases.js';
export type { LeaseTimeToLive, TimeToLiveOptions } from './time-to-live.js';
