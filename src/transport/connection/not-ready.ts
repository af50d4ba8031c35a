import { type EtcdError, UnavailableError } from '../../errors/index.js';
import type { CallScope } from '../call-scope.js';
import type { DnsEndpoints } from './dns-endpoints.js';
import type { Endpoint } from './endpoint.js';

/** The error of a call that no endpoint will ever take as they are. */
export function notUsable(scope: CallScope, endpoints: readonly Endpoint[]): EtcdError {
  const errors = endpoints.flatMap(({ error }) => error ?? []);
  const stranger = errors.find(({ code }) => code === 'CLUSTER_ID_MISMATCH');
  if (stranger !== undefined) return stranger;
  const reasons = endpoints.map((endpoint) => `${endpoint.name} (${endpoint.reason})`);
  return new UnavailableError(`no endpoint can be used: ${reasons.join(', ')}`, {
    method: scope.method,
    endpoint: endpoints.length === 1 ? endpoints[0]?.name : undefined,
    outcome: scope.outcome,
    cause: errors[0],
  });
}

/** The error of a call that no endpoint could take: which were tried, and why each failed. */
export function notReady(
  scope: CallScope,
  endpoints: readonly Endpoint[],
  dns: DnsEndpoints | undefined,
  verb = 'was ready in time',
): EtcdError {
  const reasons = endpoints.map((endpoint) => `${endpoint.name} (${endpoint.reason})`);
  if (dns !== undefined && !dns.known) {
    reasons.push(...dns.names.map((name) => `${name} (${dns.reason})`));
  }
  return new UnavailableError(`no endpoint ${verb}: ${reasons.join(', ')}`, {
    method: scope.method,
    endpoint: endpoints.length === 1 ? endpoints[0]?.name : undefined,
    outcome: scope.outcome,
    retryable: true,
    cause: endpoints.find((endpoint) => endpoint.error !== undefined)?.error,
  });
}
