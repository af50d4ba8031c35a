/** Length of the arrays at first, a power of two as it always is. */
const FIRST_LENGTH = 16;

/**
 * Objects by whole numbers that are not negative, for many that come and go. Numbers that follow one another lie
 * beside one another, and are found at the first look.
 *
 * A `Map` is not for them, for the reason that is told at `LinkedList`.
 */
export class NumberMap<T> {
  /** Each value stands at the place of its number, or behind it where that was taken. */
  #numbers: number[] = [];
  #values: (T | undefined)[] = [];
  #mask = 0;
  #size = 0;

  constructor() {
    this.#grow(FIRST_LENGTH);
  }

  get size(): number {
    return this.#size;
  }

  get(number: number): T | undefined {
    return this.#values[this.#find(number)];
  }

  set(number: number, value: T): void {
    const at = this.#find(number);
    if (this.#values[at] === undefined) this.#size += 1;
    this.#numbers[at] = number;
    this.#values[at] = value;
    // Where half is free, a look comes to a free place soon.
    if (this.#size * 2 > this.#mask) this.#grow((this.#mask + 1) * 2);
  }

  delete(number: number): void {
    let free = this.#find(number);
    if (this.#values[free] === undefined) return;
    this.#size -= 1;
    this.#values[free] = undefined;
    // Whatever stands behind it only because its place was taken moves up: a look ends at the first free place.
    for (let at = this.#after(free); this.#values[at] !== undefined; at = this.#after(at)) {
      const home = (this.#numbers[at] as number) & this.#mask;
      if (((at - home) & this.#mask) < ((at - free) & this.#mask)) continue;
      this.#numbers[free] = this.#numbers[at] as number;
      this.#values[free] = this.#values[at];
      this.#values[at] = undefined;
      free = at;
    }
  }

  /** The values, the least number first. */
  values(): readonly T[] {
    const entries: (readonly [number, T])[] = [];
    this.#values.forEach((value, at) => {
      if (value !== undefined) entries.push([this.#numbers[at] as number, value]);
    });
    return entries.sort(([left], [right]) => left - right).map(([, value]) => value);
  }

  /** Returns where a number stands, or the free place where it would. */
  #find(number: number): number {
    let at = number & this.#mask;
    while (this.#values[at] !== undefined && this.#numbers[at] !== number) at = this.#after(at);
    return at;
  }

  #after(at: number): number {
    return (at + 1) & this.#mask;
  }

  #grow(length: number): void {
    const [numbers, values] = [this.#numbers, this.#values];
    this.#numbers = new Array<number>(length).fill(0);
    this.#values = new Array<T | undefined>(length).fill(undefined);
    this.#mask = length - 1;
    this.#size = 0;
    values.forEach((value, at) => {
      if (value !== undefined) this.set(numbers[at] as number, value);
    });
  }
}
