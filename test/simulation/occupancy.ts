import type { EtcdClient } from 'etcd-kit';
import type { Scene } from './scene.js';

/** One who believes to hold something. */
interface Holder {
  readonly name: string;
  /** The client by which it is held. */
  readonly etcd: EtcdClient;
  /** The way in which it is held, for things that can be held in several. */
  readonly mode: string;
  readonly token: bigint;
}

/** Returns whether two cannot hold a thing in these ways together. */
type Conflict = (one: string, other: string) => boolean;

/** Nobody holds a thing beside another. */
export const ALWAYS: Conflict = () => true;

/**
 * The belief of all contenders for one thing. Those who hold it must not be in conflict, and whoever gets it
 * must have a larger token than all before that he is in conflict with.
 */
export class Occupancy {
  readonly #scene: Scene;
  readonly #what: string;
  readonly #conflict: Conflict;
  readonly #holders = new Set<Holder>();
  /** The largest token of each mode. */
  readonly #tokens = new Map<string, bigint>();

  constructor(scene: Scene, what: string, conflict: Conflict = ALWAYS) {
    this.#scene = scene;
    this.#what = what;
    this.#conflict = conflict;
  }

  /** The number of those who hold it now, and can act. */
  get size(): number {
    return [...this.#holders].filter(({ etcd }) => !this.#scene.isStalled(etcd)).length;
  }

  /** Begins to hold, until the signal aborts or the returned function is called. */
  enter(holder: Holder, signal: AbortSignal): () => void {
    if (signal.aborted) return () => {};
    const { name, mode, token } = holder;
    const how = `${name} holds ${this.#what} by ${token}`;
    for (const other of this.#holders) {
      if (!this.#conflict(mode, other.mode)) continue;
      this.#scene.whenAwake(other.etcd, () => {
        if (!this.#holders.has(other)) return;
        this.#scene.violate(`${how} while ${other.name} holds it by ${other.token}`);
      });
    }
    for (const [otherMode, last] of this.#tokens) {
      if (token <= last && this.#conflict(mode, otherMode)) {
        this.#scene.violate(`${how}, after ${last}`);
      }
    }
    this.#scene.tell(how);
    this.#holders.add(holder);
    const largest = this.#tokens.get(mode) ?? 0n;
    if (token > largest) this.#tokens.set(mode, token);
    const leave = (): void => {
      signal.removeEventListener('abort', leave);
      this.#holders.delete(holder);
    };
    signal.addEventListener('abort', leave);
    return leave;
  }
}
