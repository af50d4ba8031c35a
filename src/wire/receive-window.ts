/**
 * The bytes that the peer may still send, on a stream or on the connection. Room is given back in large
 * steps: once half of the window is used up and taken.
 */
export class ReceiveWindow {
  readonly #size: number;
  #left: number;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** Takes note of bytes that have come; false if the peer was not allowed to send them. */
  receive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /**
   * Returns the room that the peer is to be told of now; 0 for none.
   *
   * @param held bytes that nobody has taken yet: there is no room for others in their place
   */
  giveBack(held: number): number {
    const room = this.#size - this.#left - held;
    if (room < this.#size / 2) return 0;
    this.#left += room;
    return room;
  }
}
