import dns, { type SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { invalidArgument, showAddress } from '../../errors/index.js';
import { Backoff, type BackoffShape } from '../../internal/backoff.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { schemeOf } from '../channel/address.js';

/** Pauses between look-ups that failed. */
const BACKOFF: BackoffShape = { initialMs: 100, maxMs: 5_000 };

/** Greatest age of an answer when no endpoint of it can be reached. */
const FRESH_MS = 5_000;

const DOMAIN = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;

/** The domain of `dnssrv://domain`; `undefined` for other endpoints. */
export function srvDomain(endpoint: string): string | undefined {
  const { scheme, rest } = schemeOf(endpoint.trim());
  if (scheme !== 'dnssrv') return undefined;
  if (!DOMAIN.test(rest))
    throw invalidArgument('endpoints', showAddress(endpoint), 'dnssrv://domain');
  return rest;
}

/** Asks for the SRV records of a name. */
export type LookUp = (name: string) => Promise<readonly Pick<SrvRecord, 'name' | 'port'>[]>;

/**
 * The endpoints that a domain announces: those of `_etcd-client-ssl._tcp` are encrypted, those of
 * `_etcd-client._tcp` are not.
 *
 * @param encrypted takes encrypted ones alone, as `etcdctl` does
 */
async function endpointsOf(
  domain: string,
  encrypted: boolean,
  lookUp: LookUp,
): Promise<readonly string[]> {
  const services = [{ scheme: 'https', name: `_etcd-client-ssl._tcp.${domain}` }];
  if (!encrypted) services.push({ scheme: 'http', name: `_etcd-client._tcp.${domain}` });
  const found = await Promise.allSettled(
    services.map(async ({ scheme, name }) =>
      (await lookUp(name)).map((record) => `${scheme}://${record.name}:${record.port}`),
    ),
  );
  const endpoints = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  if (endpoints.length > 0) return endpoints;
  const failure = found.find((one) => one.status === 'rejected');
  throw failure?.reason ?? new Error(`there are no such records for ${domain}`);
}

/** Settings of the look-up. */
export interface DnsEndpointsContext {
  readonly clock: Clock;
  readonly domains: readonly string[];
  /** The client uses TLS: what is not encrypted is of no use to it. */
  readonly encrypted: boolean;
  /** Takes what was found, all of it each time. */
  found(endpoints: readonly string[]): void;
  readonly lookUp?: LookUp | undefined;
}

/** Looks up the endpoints that domains announce: when they are first needed, and when none of them works. */
export class DnsEndpoints {
  readonly #context: DnsEndpointsContext;
  readonly #backoff: Backoff;
  /** A resolver of its own, so that its questions can be cancelled. */
  #resolver: Resolver | undefined;
  #state: 'idle' | 'looking' | 'pausing' | 'found' = 'idle';
  #closed = false;
  #foundAt = Number.NEGATIVE_INFINITY;
  #timer: TimerHandle | undefined;
  #reason = 'not looked up yet';

  constructor(context: DnsEndpointsContext) {
    this.#context = context;
    this.#backoff = new Backoff(BACKOFF, context.clock);
  }

  /** The endpoints as they were given. */
  get names(): readonly string[] {
    return this.#context.domains.map((domain) => `dnssrv://${domain}`);
  }

  /** True if there has been an answer. */
  get known(): boolean {
    return this.#foundAt > Number.NEGATIVE_INFINITY;
  }

  /** The reason why there is none, in words. */
  get reason(): string {
    return this.#reason;
  }

  /** A call needs an endpoint, and none is ready: looks, unless the last answer is young. */
  need(): void {
    const old = this.#context.clock.now() - this.#foundAt > FRESH_MS;
    if (this.#state === 'idle' || (this.#state === 'found' && old)) void this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#resolver?.cancel();
  }

  readonly #ask: LookUp = (name) => {
    if (this.#resolver === undefined) {
      this.#resolver = new Resolver();
      // The servers that the program may have set, which a new resolver would not know.
      this.#resolver.setServers(dns.getServers());
    }
    return this.#resolver.resolveSrv(name);
  };

  async #look(): Promise<void> {
    const { clock, domains, encrypted, found, lookUp = this.#ask } = this.#context;
    this.#state = 'looking';
    try {
      const lists = await Promise.all(
        domains.map((domain) => endpointsOf(domain, encrypted, lookUp)),
      );
      if (this.#closed) return;
      this.#state = 'found';
      this.#foundAt = clock.now();
      this.#backoff.reset();
      found(lists.flat());
    } catch (error) {
      if (this.#closed) return;
      this.#reason = error instanceof Error ? error.message : String(error);
      this.#state = 'pausing';
      this.#timer = clock.setTimeout(() => void this.#look(), this.#backoff.next());
      this.#timer.unref();
    }
  }
}
