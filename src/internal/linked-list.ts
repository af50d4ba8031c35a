/** A member of a `LinkedList`: it carries its own links, so it can be in one list at a time. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

/**
 * A set of many objects that come and go, in the order in which they came.
 *
 * A `Set` is not for them. When it makes room, its old table refers to the new one, and so on. An old table
 * is moved to the old generation of the heap. From then on everything that was ever in the later tables
 * survives each minor garbage collection, until a major one. A list lets go of what is taken out.
 */
export class LinkedList<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param item is in no list */
  add(item: T): void {
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Harmless for what is in no list. */
  delete(item: T): void {
    const { previous, next } = item;
    if (previous === undefined && this.#first !== item) return;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
  }

  /** The objects that are in the list now: it may change while they are looked at. */
  all(): readonly T[] {
    const items: T[] = [];
    for (let item = this.#first; item !== undefined; item = item.next) items.push(item);
    return items;
  }
}
