import { setTimeout as delay } from 'node:timers/promises';
import { metricSum } from '../test/support/metrics.js';

/** What a server saw of the renewals of leases during some time. */
export interface Renewals {
  /** The most streams that were open for them at once. */
  readonly streams: number;
  readonly count: number;
  /** The most that came within {@link LOOK_EVERY_MS}. */
  readonly busiest: number;
}

/** Each look costs the server some milliseconds of the processors that it shares with the client. */
export const LOOK_EVERY_MS = 250;

const METHOD = { grpc_method: 'LeaseKeepAlive' };

/** Counts on the server, so that counting costs the client nothing. */
export async function watchRenewals(endpoint: string, ms: number): Promise<Renewals> {
  const look = async (): Promise<{ readonly streams: number; readonly received: number }> => {
    const text = await (await fetch(`${endpoint}/metrics`)).text();
    const sum = (name: string): number => metricSum(text, name, METHOD);
    return {
      streams: sum('grpc_server_started_total') - sum('grpc_server_handled_total'),
      received: sum('grpc_server_msg_received_total'),
    };
  };
  const startedAt = performance.now();
  const first = await look();
  let last = first;
  let { streams } = first;
  let busiest = 0;
  for (let next = LOOK_EVERY_MS; next <= ms; next += LOOK_EVERY_MS) {
    await delay(Math.max(0, startedAt + next - performance.now()));
    const now = await look();
    streams = Math.max(streams, now.streams);
    busiest = Math.max(busiest, now.received - last.received);
    last = now;
  }
  return { streams, count: last.received - first.received, busiest };
}
