import { fromGrpcStatus } from '../../src/errors/index.js';
import { parseAddress } from '../../src/transport/channel/address.js';
import type { Channel, RawStatus } from '../../src/transport/channel/channel.js';
import { openerOf, type Wire } from '../../src/transport/channel/wire.js';
import { TwinServer, WAYS } from './twin-server.js';
import { until } from './wait.js';

/** The end of a call, in the words of the client. */
export interface End {
  /** In Latin-1: texts are compared at once, where bytes are compared one by one. */
  readonly answer: string | undefined;
  readonly code: string;
  readonly outcome: string;
  readonly retryable: boolean;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Reads the end of a call as the client does. */
export function endOf(status: RawStatus, answer: Uint8Array | undefined): End {
  if (answer !== undefined) {
    return { answer: latin1(answer), code: 'OK', outcome: 'applied', retryable: false };
  }
  const error = fromGrpcStatus(status, { method: 'KV.Put', sent: true, write: true });
  const { code, outcome, retryable } = error;
  return { answer: undefined, code, outcome, retryable };
}

/** Ways that leave a call under way. */
const LASTING = new Set(['hang', 'half-an-answer']);
/** Ways after which the connection takes no more calls. */
const LAST_WAYS = new Set(['going-away', 'gone']);

/** One thing that happens. */
export type Step =
  | { readonly kind: 'call'; readonly way: string }
  /** The caller gives up the oldest call that is under way. */
  | { readonly kind: 'cancel' }
  /** All connections break. */
  | { readonly kind: 'cut' };

const KINDS = ['call', 'call', 'call', 'call', 'call', 'call', 'cancel', 'cut'] as const;
const NO_DEADLINE = Infinity;

/** Makes up a schedule. */
export function schedule(roll: (sides: number) => number, steps: number): readonly Step[] {
  const ways = Object.keys(WAYS);
  return Array.from({ length: steps }, (): Step => {
    const kind = KINDS[roll(KINDS.length)] ?? 'call';
    if (kind !== 'call') return { kind };
    // Every other call stays under way, for the cuts to have something to cut.
    return { kind, way: roll(2) === 0 ? [...LASTING][roll(2)]! : ways[roll(ways.length)]! };
  });
}

/**
 * Goes through a schedule over one wire, against a server of its own.
 *
 * @returns the end of each call, in the order in which they were made; 'cancelled' for those that were given up
 */
export async function follow(
  wire: Wire,
  steps: readonly Step[],
): Promise<readonly (End | 'cancelled')[]> {
  await using server = await TwinServer.start();
  const open = (): Promise<Channel> => openerOf(wire)(parseAddress(server.endpoint, false), {});
  const channels = [await open()];
  const ends: (End | 'cancelled' | undefined)[] = [];
  const underWay: { readonly at: number; readonly cancel: () => void }[] = [];
  const newChannel = async (): Promise<void> => void channels.push(await open());
  const call = async (way: string): Promise<void> => {
    const at = ends.push(undefined) - 1;
    const before = server.received;
    const body = Buffer.from(`${at}`);
    const cancel = channels
      .at(-1)
      ?.unary(`/twin/${way}`, {}, NO_DEADLINE, body, (status, answer) => {
        ends[at] = endOf(status, answer);
      });
    underWay.push({ at, cancel: cancel ?? (() => {}) });
    await until(() => server.received > before);
    if (!LASTING.has(way)) await until(() => ends[at] !== undefined);
    if (LAST_WAYS.has(way)) await newChannel();
  };
  for (const step of [...steps, { kind: 'cut' } as const]) {
    const left = underWay.filter(({ at }) => ends[at] === undefined);
    if (step.kind === 'call') {
      await call(step.way);
    } else if (step.kind === 'cancel') {
      const [oldest] = left;
      oldest?.cancel();
      if (oldest !== undefined) ends[oldest.at] = 'cancelled';
    } else {
      server.cut();
      await until(() => left.every(({ at }) => ends[at] !== undefined));
      await newChannel();
    }
  }
  for (const channel of channels) channel.destroy();
  return ends as readonly (End | 'cancelled')[];
}
