import type { Attributes, BatchObservableCallback, Meter } from '@opentelemetry/api';
import { statusOfClients } from '../diagnostics/clients.js';
import type {
  CallDiagnostics,
  EndpointDiagnostics,
  LockDiagnostics,
  RetryDiagnostics,
  StreamDiagnostics,
} from '../diagnostics/index.js';
import { errorAttributes, pointAttributes, rpcOf, SYSTEM, serverAttributes } from './attributes.js';

/** Limits of the buckets, in seconds, as the conventions ask for. */
const CALL_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const LOCK_BUCKETS = [0.01, 0.1, 1, 10, 60, 600, 3_600];

const SECOND_MS = 1_000;

/** Records metrics of requests, streams, endpoints and locks, and asks open clients for their gauges. */
export class Metrics {
  readonly #duration;
  readonly #retries;
  readonly #streams;
  readonly #endpoints;
  readonly #lockWait;
  readonly #lockHold;
  readonly #stopObserving: () => void;

  constructor(meter: Meter) {
    const seconds = (explicitBucketBoundaries: number[]) => ({
      unit: 's',
      advice: { explicitBucketBoundaries },
    });
    this.#duration = meter.createHistogram('db.client.operation.duration', {
      description: 'Duration of requests, from the call to its end.',
      ...seconds(CALL_BUCKETS),
    });
    this.#retries = meter.createCounter('etcd_kit.retries', {
      description: 'Attempts after the first of their request.',
      unit: '{attempt}',
    });
    this.#streams = meter.createUpDownCounter('etcd_kit.streams', {
      description: 'Open streams of watches and lease renewals.',
      unit: '{stream}',
    });
    this.#endpoints = meter.createCounter('etcd_kit.endpoint.events', {
      description: 'Connections that were made and lost, and endpoints that were set aside.',
      unit: '{event}',
    });
    this.#lockWait = meter.createHistogram('etcd_kit.lock.wait.duration', {
      description: 'Duration of waits for locks and leaderships.',
      ...seconds(LOCK_BUCKETS),
    });
    this.#lockHold = meter.createHistogram('etcd_kit.lock.hold.duration', {
      description: 'Time that locks and leaderships were held.',
      ...seconds(LOCK_BUCKETS),
    });
    this.#stopObserving = observe(meter);
  }

  callEnded(call: CallDiagnostics): void {
    this.#duration.record((call.durationMs ?? 0) / SECOND_MS, pointAttributes(call));
  }

  onRetry({ method, reason }: RetryDiagnostics): void {
    this.#retries.add(1, { ...SYSTEM, 'rpc.method': rpcOf(method), 'error.type': reason });
  }

  onStream({ kind, method }: StreamDiagnostics): void {
    this.#streams.add(kind === 'opened' ? 1 : -1, { ...SYSTEM, 'rpc.method': rpcOf(method) });
  }

  onEndpoint({ kind, endpoint }: EndpointDiagnostics): void {
    this.#endpoints.add(1, { ...SYSTEM, ...serverAttributes(endpoint), 'etcd_kit.event': kind });
  }

  onLock({ kind, type, waitedMs = 0, heldMs = 0, error }: LockDiagnostics): void {
    const attributes: Attributes = { ...SYSTEM, 'etcd_kit.lock.type': type };
    const failed = { ...attributes, ...errorAttributes(error) };
    if (kind === 'held') this.#lockWait.record(waitedMs / SECOND_MS, attributes);
    if (kind === 'gave-up') this.#lockWait.record(waitedMs / SECOND_MS, failed);
    if (kind === 'lost' || kind === 'released') {
      this.#lockHold.record(heldMs / SECOND_MS, failed);
    }
  }

  /** Takes the gauges away. */
  close(): void {
    this.#stopObserving();
  }
}

/** Gauges of all clients of the process: what is worst counts. Answers how to take them away. */
function observe(meter: Meter): () => void {
  const lag = meter.createObservableGauge('etcd_kit.watch.lag', {
    description: 'Revisions that the watch furthest behind has not handed over.',
    unit: '{revision}',
  });
  const watches = meter.createObservableGauge('etcd_kit.watches', {
    description: 'Watches, by their state.',
    unit: '{watch}',
  });
  const lease = meter.createObservableGauge('etcd_kit.lease.remaining', {
    description: 'Seconds until the first lease is lost if no renewal is answered.',
    unit: 's',
  });
  const open = meter.createObservableGauge('etcd_kit.requests', {
    description: 'Requests without an answer; those that wait are not sent yet.',
    unit: '{request}',
  });
  const observed = [lag, watches, lease, open];
  const look: BatchObservableCallback = (result) => {
    const clients = statusOfClients();
    const all = clients.flatMap((client) => client.watches);
    result.observe(lag, Math.max(0, ...all.map(({ behind }) => behind)), SYSTEM);
    for (const state of WATCH_STATES) {
      const count = all.filter((watch) => watch.state === state).length;
      result.observe(watches, count, { ...SYSTEM, 'etcd_kit.state': state });
    }
    const left = clients.flatMap(({ leases }) =>
      leases.flatMap(({ remainingSeconds }) => remainingSeconds ?? []),
    );
    if (left.length > 0) result.observe(lease, Math.min(...left), SYSTEM);
    const sum = (count: (of: (typeof clients)[number]) => number): number =>
      clients.reduce((total, client) => total + count(client), 0);
    const waiting = sum(({ calls }) => calls.waiting);
    const sent = sum(({ calls }) => calls.open) - waiting;
    result.observe(open, sent, { ...SYSTEM, 'etcd_kit.state': 'sent' });
    result.observe(open, waiting, { ...SYSTEM, 'etcd_kit.state': 'waiting' });
  };
  meter.addBatchObservableCallback(look, observed);
  return () => meter.removeBatchObservableCallback(look, observed);
}

const WATCH_STATES = ['opening', 'watching', 'disconnected', 'parked', 'catching-up'] as const;
