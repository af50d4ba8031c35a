import { AsyncLocalStorage } from 'node:async_hooks';
import { areCallsTraced } from './call-trace.js';

/** The method of the user that is under way, kept only while somebody traces calls. */
const operations = new AsyncLocalStorage<string | undefined>();

/**
 * Runs a method of the user under its name, so that each of its requests tells it. Of methods that use one
 * another the outermost gives the name. While nobody traces calls, it runs the method and does nothing else.
 */
export function asOperation<T>(name: string, run: () => T): T {
  if (!areCallsTraced() || operations.getStore() !== undefined) return run();
  return operations.run(name, run);
}

/** Runs what outlives the present operation, or is the user's own code inside it, under no name. */
export function outsideOperation<T>(run: () => T): T {
  return operations.getStore() === undefined ? run() : operations.run(undefined, run);
}

/**
 * Returns the name of the operation that a request belongs to.
 *
 * @param method RPC of the request, which gives the name where the user called nothing else
 * @param given name that the layer above knows
 */
export function operationOf(method: string, given: string | undefined): string {
  return operations.getStore() ?? given ?? nameOfMethod(method);
}

/** RPCs whose verb is another word than the RPC's. */
const VERBS: Readonly<Record<string, string>> = {
  'KV.DeleteRange': 'delete',
  'KV.RangeStream': 'range',
};

/** Makes `put` of `KV.Put`, and `lease.grant` of `Lease.LeaseGrant`. */
function nameOfMethod(method: string): string {
  const known = VERBS[method];
  if (known !== undefined) return known;
  const [service = '', rpc = ''] = method.split('.');
  const verb = rpc.startsWith(service) && rpc !== service ? rpc.slice(service.length) : rpc;
  const name = `${verb.charAt(0).toLowerCase()}${verb.slice(1)}`;
  return service === 'KV' ? name : `${service.toLowerCase()}.${name}`;
}
