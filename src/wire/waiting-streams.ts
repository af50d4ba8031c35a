import type { Stream } from './stream.js';

/** Calls that wait for the connection, or for one of the streams that its peer allows, in their order. */
export class WaitingStreams {
  readonly #streams = new Set<Stream>();

  /** True if nobody waits. */
  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  add(stream: Stream): void {
    this.#streams.add(stream);
  }

  /** Forgets one that was given up. */
  remove(stream: Stream): void {
    this.#streams.delete(stream);
  }

  /** Takes the one that has waited longest. */
  take(): Stream | undefined {
    const [stream] = this.#streams;
    if (stream !== undefined) this.#streams.delete(stream);
    return stream;
  }

  takeAll(): readonly Stream[] {
    const streams = [...this.#streams];
    this.#streams.clear();
    return streams;
  }
}
