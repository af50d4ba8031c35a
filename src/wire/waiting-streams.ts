import type { Stream } from './stream.js';

/** Streams that were taken are left in the list until there are so many and they are half of it. */
const COMPACT_FROM = 1_024;

/** Calls that wait for the connection, or for one of the streams that its peer allows, in their order. */
export class WaitingStreams {
  #streams: Stream[] = [];
  #taken = 0;

  /** True if nobody waits, as far as it is known: one that was given up may be counted. */
  get isEmpty(): boolean {
    return this.#taken === this.#streams.length;
  }

  add(stream: Stream): void {
    this.#streams.push(stream);
  }

  /** Takes the one that has waited longest. Those that were given up are passed over. */
  take(): Stream | undefined {
    while (this.#taken < this.#streams.length) {
      const stream = this.#streams[this.#taken++] as Stream;
      this.#compact();
      if (!stream.over) return stream;
    }
    return undefined;
  }

  takeAll(): readonly Stream[] {
    const streams = this.#streams.slice(this.#taken).filter(({ over }) => !over);
    this.#streams = [];
    this.#taken = 0;
    return streams;
  }

  #compact(): void {
    const { length } = this.#streams;
    if (this.#taken < length && (this.#taken < COMPACT_FROM || this.#taken * 2 < length)) return;
    this.#streams = this.#streams.slice(this.#taken);
    this.#taken = 0;
  }
}
