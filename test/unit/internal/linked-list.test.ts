import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Linked, LinkedList } from '../../../src/internal/linked-list.js';

class Item implements Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
}

describe('a list of objects that come and go', () => {
  it('has what a set would have, in the same order, whatever comes and goes', () => {
    const steps = fc.array(fc.record({ index: fc.nat(7), comes: fc.boolean() }));
    fc.assert(
      fc.property(steps, (all) => {
        const items = Array.from({ length: 8 }, () => new Item());
        const list = new LinkedList<Item>();
        const set = new Set<Item>();
        for (const { index, comes } of all) {
          const item = items[index] as Item;
          if (!comes) {
            list.delete(item);
            set.delete(item);
          } else if (!set.has(item)) {
            list.add(item);
            set.add(item);
          }
          expect(list.all().map((one) => items.indexOf(one))).toEqual(
            [...set].map((one) => items.indexOf(one)),
          );
          expect(list.size).toBe(set.size);
        }
      }),
    );
  });

  it('unlinks what is removed: it leads to no other any more', () => {
    const [first, second, third] = [new Item(), new Item(), new Item()];
    const list = new LinkedList<Item>();
    for (const item of [first, second, third]) list.add(item);
    list.delete(second);
    expect(second).toEqual(new Item());
    list.delete(first);
    list.delete(third);
    expect([first, third]).toEqual([new Item(), new Item()]);
  });
});
