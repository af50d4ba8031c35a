export type { CallStatus } from './call-status.js';
export { Connection, type ConnectionState } from './connection.js';
export { dial, type Security } from './dial.js';
export type { RequestOrigin } from './request-blocks.js';
export type { CallListener, Stream } from './stream.js';
