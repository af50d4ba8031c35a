import type { Clock } from '../../../internal/clock.js';
import type { SeededRandom } from '../world/random.js';

interface Token {
  readonly user: string;
  expiresAt: number;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX_LENGTH = 16;

/** Makes the text of a token, as etcd's simple tokens are: letters and a number. */
export function makeToken(random: SeededRandom, index: number): string {
  const letters = Array.from(
    { length: PREFIX_LENGTH },
    () => LETTERS[random.below(LETTERS.length)],
  );
  return `${letters.join('')}.${index}`;
}

/**
 * The tokens that a member knows. Each lives on for as long as it is used on this member: a token that is
 * used elsewhere runs out here.
 */
export class Tokens {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #known = new Map<string, Token>();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  add(token: string, user: string): void {
    this.#known.set(token, { user, expiresAt: this.#clock.now() + this.#ttlMs });
  }

  /** The user of a token, which lives on; `undefined` for one that has run out. */
  use(token: string): string | undefined {
    const found = this.#known.get(token);
    if (found === undefined) return undefined;
    if (found.expiresAt <= this.#clock.now()) {
      this.#known.delete(token);
      return undefined;
    }
    found.expiresAt = this.#clock.now() + this.#ttlMs;
    return found.user;
  }

  /** Forgets the tokens of a user. */
  invalidate(user: string): void {
    for (const [token, known] of this.#known) if (known.user === user) this.#known.delete(token);
  }

  clear(): void {
    this.#known.clear();
  }
}
