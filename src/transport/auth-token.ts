import { AuthenticationError, EtcdError, withDetails } from '../errors/index.js';
import { type BackoffShape, backoffDelay } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import { delay } from '../internal/delay.js';
import type { CallScope } from './call-scope.js';

/** A ready token, or a function that is asked for one whenever the last was refused. */
export type TokenSource = string | (() => string | Promise<string>);

/** Who the client is: a user with a password, or a token that was had elsewhere. */
export type AuthOptions =
  | { readonly username: string; readonly password: string; readonly token?: undefined }
  | { readonly token: TokenSource; readonly username?: undefined; readonly password?: undefined };

/** Pauses between logins that follow one another closely. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** A token that held for this long was a good one: the next login needs no pause. */
const GOOD_TOKEN_MS = 1_000;

/** What is known of the token. `value` is `undefined` where the cluster asks for none. */
type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'fetching'; readonly token: Promise<string | undefined> }
  | { readonly kind: 'known'; readonly value: string | undefined };

/**
 * The one token of a client: fetched once however many calls wait for it, and again when a server
 * refuses it. Logins that follow each other quickly are spaced out.
 */
export class AuthToken {
  readonly #fetch: () => Promise<string | undefined>;
  readonly #renewable: boolean;
  readonly #clock: Clock;
  #state: State = { kind: 'none' };
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #quick = 0;

  /**
   * @param fetch gets a token; `undefined` where the cluster has authentication switched off
   * @param renewable whether fetching again can bring a better one
   */
  constructor(fetch: () => Promise<string | undefined>, renewable: boolean, clock: Clock) {
    this.#fetch = fetch;
    this.#renewable = renewable;
    this.#clock = clock;
  }

  /** Whether a token is at hand, or known not to be needed. */
  get known(): boolean {
    return this.#state.kind === 'known';
  }

  /** The token that is at hand. */
  get value(): string | undefined {
    return this.#state.kind === 'known' ? this.#state.value : undefined;
  }

  /** Waits for the token, as long as the call may wait. Without it nothing of the call is sent. */
  async get(scope: CallScope): Promise<string | undefined> {
    if (this.#state.kind === 'known') return this.#state.value;
    try {
      return await scope.wait(this.#state.kind === 'fetching' ? this.#state.token : this.#start());
    } catch (error) {
      throw error instanceof EtcdError ? withDetails(error, { outcome: 'not-sent' }) : error;
    }
  }

  /**
   * A server refused this token. The next call fetches another, unless that has happened already.
   *
   * @throws AuthenticationError when no other token can be had
   */
  refused(token: string | undefined, refusal: EtcdError): void {
    if (!this.#renewable) {
      throw new AuthenticationError(`the server refuses the given token: ${refusal.message}`, {
        method: refusal.method,
        endpoint: refusal.endpoint,
        outcome: 'not-applied',
        cause: refusal,
      });
    }
    if (this.#state.kind === 'known' && this.#state.value === token) this.#state = { kind: 'none' };
  }

  #start(): Promise<string | undefined> {
    const good = this.#clock.now() - this.#fetchedAt > GOOD_TOKEN_MS;
    this.#quick = good ? 0 : this.#quick + 1;
    const pause = this.#quick === 0 ? 0 : backoffDelay(this.#quick - 1, BACKOFF, this.#clock);
    const token = this.#fetchAfter(pause);
    this.#state = { kind: 'fetching', token };
    return token;
  }

  async #fetchAfter(pauseMs: number): Promise<string | undefined> {
    try {
      if (pauseMs > 0) await delay(this.#clock, pauseMs);
      const value = await this.#fetch();
      this.#state = { kind: 'known', value };
      return value;
    } catch (error) {
      this.#state = { kind: 'none' };
      throw error;
    } finally {
      this.#fetchedAt = this.#clock.now();
    }
  }
}
