import { AuthenticationError, clientClosed, EtcdError, withDetails } from '../../errors/index.js';
import { type BackoffShape, backoffDelay } from '../../internal/backoff.js';
import type { Clock } from '../../internal/clock.js';
import { quiet } from '../../internal/deferred.js';
import { delay } from '../../internal/delay.js';
import type { CallScope } from '../call-scope.js';

/** A ready token, or a function that is asked for one whenever the last was refused. */
export type TokenSource = string | (() => string | Promise<string>);

/** Credentials: a user with a password, or a token from elsewhere. */
export type AuthOptions =
  | {
      /** The name of the user. */
      readonly username: string;
      /** The password of the user. No error and no log shows it. */
      readonly password: string;
      /** Not together with a password. */
      readonly token?: undefined;
    }
  | {
      /** A token, or a function that gets one. No error and no log shows it. */
      readonly token: TokenSource;
      /** Not together with a token. */
      readonly username?: undefined;
      /** Not together with a token. */
      readonly password?: undefined;
    };

/** Pauses between logins that follow one another closely. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** A token that held for this long was a good one: the next login needs no pause. */
const GOOD_TOKEN_MS = 1_000;

/** The state of the token. `value` is `undefined` where the cluster asks for none. */
type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'fetching'; readonly token: Promise<string | undefined> }
  | { readonly kind: 'known'; readonly value: string | undefined };

/** The source of a client's tokens. */
export interface TokenFetcher {
  /** Gets a token; `undefined` where the cluster has authentication switched off. */
  fetch(): Promise<string | undefined>;
  /** True if fetching again can bring a better one. */
  readonly renewable: boolean;
  /** A token is there, or known not to be needed. */
  fetched(): void;
  /** Returns the reason why no token comes, where that is not the servers. */
  silence?(): string | undefined;
}

/**
 * The one token of a client: fetched once however many calls wait for it, and again when a server
 * refuses it. Logins that follow each other quickly are spaced out.
 */
export class AuthToken {
  readonly #fetcher: TokenFetcher;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #state: State = { kind: 'none' };
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #quick = 0;

  constructor(fetcher: TokenFetcher, clock: Clock) {
    this.#fetcher = fetcher;
    this.#clock = clock;
  }

  /** True if there is a token, or none is needed. */
  get known(): boolean {
    return this.#state.kind === 'known';
  }

  /** The present token. */
  get value(): string | undefined {
    return this.#state.kind === 'known' ? this.#state.value : undefined;
  }

  /**
   * Waits for the token, as long as the call may wait. Without it nothing of the call is sent.
   *
   * @param explain makes the error for a deadline that passes meanwhile, where a server is waited for
   */
  async get(scope: CallScope, explain: () => EtcdError): Promise<string | undefined> {
    if (this.#state.kind === 'known') return this.#state.value;
    const token = this.#state.kind === 'fetching' ? this.#state.token : this.#start();
    const late = (): EtcdError => {
      const silence = this.#fetcher.silence?.();
      return silence === undefined ? explain() : scope.timedOut(undefined, undefined, silence);
    };
    try {
      return await scope.wait(token, late);
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      throw withDetails(error, { method: error.method ?? scope.method, outcome: scope.outcome });
    }
  }

  /**
   * A server refused this token. The next call fetches another, unless that has happened already.
   *
   * @throws AuthenticationError when no other token can be had
   */
  refused(token: string | undefined, refusal: EtcdError): void {
    if (!this.#fetcher.renewable) {
      throw new AuthenticationError(`the server refuses the given token: ${refusal.message}`, {
        method: refusal.method,
        endpoint: refusal.endpoint,
        outcome: 'not-applied',
        cause: refusal,
      });
    }
    if (this.#state.kind === 'known' && this.#state.value === token) this.#state = { kind: 'none' };
  }

  /** Ends the pause before a login. */
  close(): void {
    this.#closing.abort(clientClosed({ outcome: 'not-sent' }));
  }

  #start(): Promise<string | undefined> {
    const good = this.#clock.now() - this.#fetchedAt > GOOD_TOKEN_MS;
    this.#quick = good ? 0 : this.#quick + 1;
    const pause = this.#quick === 0 ? 0 : backoffDelay(this.#quick - 1, BACKOFF, this.#clock);
    // Those who wait for it may all have given up when it fails.
    const token = quiet(this.#fetchAfter(pause));
    this.#state = { kind: 'fetching', token };
    return token;
  }

  async #fetchAfter(pauseMs: number): Promise<string | undefined> {
    try {
      if (pauseMs > 0) await delay(this.#clock, pauseMs, this.#closing.signal);
      const value = await this.#fetcher.fetch();
      this.#state = { kind: 'known', value };
    } catch (error) {
      this.#state = { kind: 'none' };
      throw error;
    } finally {
      this.#fetchedAt = this.#clock.now();
    }
    this.#fetcher.fetched();
    return this.value;
  }
}
