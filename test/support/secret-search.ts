import type { LogFields } from '../../src/index.js';
import { toHex } from '../../src/internal/bytes.js';

/** Shorter texts are found in words that are none of them. */
const LEAST_LENGTH = 6;

/** Marks that stand around a word that is cited. */
const QUOTES = ['"', "'", '`'];

/** Lines of a log, and the secrets that must not be in them. */
export class SecretSearch {
  /** The texts of each line, by how the line is shown. Lines that differ in numbers alone are one. */
  readonly #lines = new Map<string, readonly string[]>();
  readonly #secrets = new Set<string>();
  readonly #words = new Set<string>();

  /** Lines so far, each once. */
  get lines(): readonly string[] {
    return [...this.#lines.keys()];
  }

  /** Takes a line of the log. */
  note(message: string, fields: LogFields): void {
    const texts = Object.entries(fields).map(([name, field]) => [name, textsIn(field)] as const);
    const shown = `${message} ${JSON.stringify(texts.filter(([, found]) => found.length > 0))}`;
    if (this.#lines.has(shown)) return;
    this.#lines.set(shown, [message, ...texts.flatMap(([, found]) => found)]);
  }

  /** Takes the value of a key. Those under six characters are words of every day, and are not looked for. */
  keepValue(value: unknown): void {
    for (const form of formsOf(value)) if (form.length >= LEAST_LENGTH) this.#secrets.add(form);
  }

  /** Takes a password, a token or a header: a short one is looked for as a whole text, and between quotes. */
  keepSecret(secret: unknown): void {
    this.keepValue(secret);
    if (typeof secret !== 'string' || secret === '' || secret.length >= LEAST_LENGTH) return;
    this.#words.add(secret);
  }

  /** Returns whether a text is looked for. */
  looksFor(text: string): boolean {
    return this.#secrets.has(text) || this.#words.has(text);
  }

  /** Returns the lines that hold a secret. */
  found(): readonly string[] {
    const secrets = [...this.#secrets];
    const cited = [...this.#words].flatMap((word) => QUOTES.map((quote) => quote + word + quote));
    const holds = (text: string): boolean =>
      this.#words.has(text) || [...secrets, ...cited].some((secret) => text.includes(secret));
    return [...this.#lines].flatMap(([shown, texts]) => (texts.some(holds) ? shown : []));
  }
}

/** All texts in a field, as they are: JSON would escape some. */
function textsIn(field: unknown): readonly string[] {
  if (typeof field === 'string') return [field];
  if (typeof field !== 'object' || field === null) return [];
  return Object.entries(field).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}

/** The texts by which a secret may be told: as it is, as JSON has it, and the bytes of what is no text in hex. */
function formsOf(secret: unknown): readonly string[] {
  if (secret instanceof Uint8Array) {
    const text = Buffer.from(secret).toString();
    return Buffer.from(text).equals(secret) ? formsOf(text) : [toHex(secret)];
  }
  if (typeof secret !== 'string') return [];
  return [secret, JSON.stringify(secret).slice(1, -1)];
}
