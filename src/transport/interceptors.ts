import type { Transport } from './transport.js';

/** The three kinds of calls. */
export type TransportCalls = Pick<Transport, 'unary' | 'serverStream' | 'duplex'>;

/**
 * Stands between the client and its connections. It is asked once, when the client is made, and gives
 * the kinds of calls it wants to see; the others pass it by. Each call it is given it hands on to
 * `next`, changed or not, as often as it likes.
 *
 * It sees a call once, before its retries, and as it is sent: gathered reads are one transaction.
 * Logins and the client's own looks at its servers do not pass it.
 *
 * @example
 * const timing: Interceptor = (next) => ({
 *   async unary(method, request, options) {
 *     const start = performance.now();
 *     try {
 *       return await next.unary(method, request, options);
 *     } finally {
 *       console.log(method.name, performance.now() - start);
 *     }
 *   },
 * });
 */
export type Interceptor = (next: TransportCalls) => Partial<TransportCalls>;
