import type { SetAsideReason } from '../../diagnostics/messages.js';
import type { Report } from '../../diagnostics/report.js';
import type { EndpointStatus } from '../../diagnostics/status.js';
import type { EtcdError } from '../../errors/index.js';
import type { Connection, Endpoint } from './endpoint.js';

/** News of the endpoints of a client, for `etcd-kit.endpoint` and the log: each change is told once. */
export class EndpointNews {
  readonly #report: Report;
  /** Endpoints whose connection was told, and not its loss. */
  readonly #connected = new Set<Endpoint>();
  /** Endpoints that calls avoid, or that never had a connection. */
  readonly #setAside = new Set<Endpoint>();
  /** Endpoints whose loss was told: that they cannot be reached is no news. */
  readonly #lost = new WeakSet<Endpoint>();

  constructor(report: Report) {
    this.#report = report;
  }

  connected(endpoint: Endpoint): void {
    this.#connected.add(endpoint);
    this.#setAside.delete(endpoint);
    const version = endpoint.connection?.info.version;
    this.#report.tell('endpoint', { kind: 'connected', endpoint: endpoint.name, version });
  }

  disconnected(endpoint: Endpoint, error: EtcdError): void {
    this.#connected.delete(endpoint);
    this.#setAside.delete(endpoint);
    this.#lost.add(endpoint);
    this.#report.tell('endpoint', { kind: 'disconnected', endpoint: endpoint.name, error });
  }

  /** Looks which endpoints calls avoid now. */
  look(endpoints: readonly Endpoint[], preferred: readonly Connection[]): void {
    for (const endpoint of endpoints) {
      if (this.#connected.has(endpoint)) this.#lookAtConnected(endpoint, preferred);
      else this.#lookAtOther(endpoint);
    }
  }

  #lookAtConnected(endpoint: Endpoint, preferred: readonly Connection[]): void {
    // Its loss is about to be told.
    if (endpoint.connection === undefined) return;
    const reason = preferred.includes(endpoint.connection) ? undefined : avoided(endpoint);
    if (reason !== undefined) this.#tellSetAside(endpoint, reason, undefined);
    else if (this.#setAside.delete(endpoint)) {
      this.#report.tell('endpoint', { kind: 'back', endpoint: endpoint.name });
    }
  }

  #lookAtOther(endpoint: Endpoint): void {
    const { connection, error } = endpoint;
    if (connection !== undefined || error === undefined || this.#lost.has(endpoint)) return;
    this.#tellSetAside(endpoint, 'unreachable', error);
  }

  #tellSetAside(endpoint: Endpoint, reason: SetAsideReason, error: EtcdError | undefined): void {
    if (this.#setAside.has(endpoint)) return;
    this.#setAside.add(endpoint);
    this.#report.tell('endpoint', { kind: 'set-aside', endpoint: endpoint.name, reason, error });
  }
}

/** Returns the state of an endpoint for people. */
export function statusOf(endpoint: Endpoint, preferred: readonly Connection[]): EndpointStatus {
  const { name, connection, pace, lastError } = endpoint;
  return {
    endpoint: name,
    state: stateOf(endpoint, preferred),
    version: connection?.info.version,
    roundTripMs: pace.roundTripMs,
    lastError: lastError?.message,
  };
}

function stateOf(endpoint: Endpoint, preferred: readonly Connection[]): EndpointStatus['state'] {
  const { connection, error, isIdle } = endpoint;
  if (connection !== undefined) {
    const used = preferred.includes(connection) || avoided(endpoint) === undefined;
    return used ? 'ready' : 'set-aside';
  }
  if (error !== undefined) return 'set-aside';
  return isIdle ? 'idle' : 'connecting';
}

/** The reason why calls avoid a connection; `undefined` for one that is merely a fallback. */
function avoided({ doubted, connection }: Endpoint): SetAsideReason | undefined {
  if (doubted) return 'silent';
  if (connection?.info.isLearner === true) return 'learner';
  return connection?.info.hasLeader === false ? 'no-leader' : undefined;
}
