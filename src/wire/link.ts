/** The way to a peer: a socket that is connected. */
export interface Link {
  /** Writes blocks of bytes, one behind the other; false if it takes no more for now. */
  write(blocks: readonly Buffer[]): boolean;
  /** Ends it when all is written that was handed over. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
  /** Keeps the process alive from now on. */
  ref(): void;
  /** Keeps it alive no longer. */
  unref(): void;
}
