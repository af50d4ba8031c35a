import { EtcdError } from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import { cluster } from '../../rpc/services.js';
import { parseAddress } from '../channel/address.js';
import type { Transport, TransportCallOptions } from '../transport.js';

/** Options for following the cluster's members. */
export interface EndpointSyncOptions {
  /** Seconds between looks at the list of members. */
  readonly intervalSeconds: number;
}

/**
 * The client URLs of the voting members that have started. Learners and members that are added and have
 * not started yet are left out, and so is a URL that cannot be read.
 */
export async function memberEndpoints(
  transport: Pick<Transport, 'unary'>,
  call: TransportCallOptions,
): Promise<readonly string[]> {
  const named = { ...call, operation: 'syncEndpoints' };
  const { members } = await transport.unary(cluster.memberList, { linearizable: true }, named);
  return members
    .filter(({ name, isLearner }) => name !== '' && !isLearner)
    .flatMap(({ clientUrls }) => clientUrls)
    .filter(isReadable);
}

function isReadable(url: string): boolean {
  try {
    parseAddress(url, false);
    return true;
  } catch {
    return false;
  }
}

/**
 * The URLs that members announce and this client may use. A client that uses TLS takes encrypted ones only.
 * Behind a balancer that ends TLS, members announce `http://`: there the client would send its password in
 * plain text.
 *
 * @throws EtcdError when there are URLs, and none of them is encrypted
 */
export function usableUrls(urls: readonly string[], encrypted: boolean): readonly string[] {
  if (!encrypted) return urls;
  const usable = urls.filter((url) => parseAddress(url, true).secure);
  if (usable.length > 0 || urls.length === 0) return usable;
  throw new EtcdError(
    `this client uses TLS, and the members announce no encrypted URL (${urls.join(', ')}): start them with https:// in --advertise-client-urls, or stay with the endpoints that were given`,
    { code: 'INVALID_MEMBER_URLS', outcome: 'not-applied' },
  );
}

/** The context of the repeated look. */
export interface EndpointSyncContext {
  readonly clock: Clock;
  readonly intervalSeconds: number;
  /** Looks once. What it rejects with is of no interest: the next look may do better. */
  sync(): Promise<unknown>;
}

/** Looks at the list of members now and then; it keeps no process alive. */
export class EndpointSync {
  readonly #context: EndpointSyncContext;
  #timer: TimerHandle | undefined;
  #closed = false;

  constructor(context: EndpointSyncContext) {
    this.#context = context;
    this.#plan();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #plan(): void {
    if (this.#closed) return;
    const { clock, intervalSeconds } = this.#context;
    this.#timer = clock.setTimeout(() => void this.#look(), intervalSeconds * 1_000);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#context.sync();
    } catch {
      // The endpoints stay as they are until the next look.
    }
    this.#plan();
  }
}
