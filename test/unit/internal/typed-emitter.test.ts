import { describe, expect, it, vi } from 'vitest';
import { InvalidArgumentError, listenerCheck } from '../../../src/errors/index.js';
import { TypedEmitter } from '../../../src/internal/typed-emitter.js';

type LampEvents = { on: [watts: number]; off: []; error: [error: Error] };

class Lamp extends TypedEmitter<LampEvents> {
  constructor() {
    super(listenerCheck<LampEvents>({ on: true, off: true, error: true }));
  }
  turnOn(watts: number): boolean {
    return this.emit('on', watts);
  }
  turnOff(): boolean {
    return this.emit('off');
  }
  fail(): boolean {
    return this.emit('error', new Error('broken'));
  }
  forget(): void {
    this.removeAllListeners();
  }
  get listening(): number {
    return this.listenerCount('on');
  }
}

/** Takes the place of the test runner's own handlers while `body` runs. */
async function uncaughtDuring(body: () => void): Promise<unknown[]> {
  const runners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const caught: unknown[] = [];
  const collect = (error: unknown): void => void caught.push(error);
  process.on('uncaughtException', collect);
  try {
    body();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('uncaughtException', collect);
    for (const runner of runners) process.on('uncaughtException', runner);
  }
  return caught;
}

describe('an emitter', () => {
  it('calls listeners in order with their arguments, and chains', () => {
    const lamp = new Lamp();
    const calls: unknown[] = [];
    const chained = lamp
      .on('on', (watts) => calls.push(['first', watts]))
      .on('on', (watts) => calls.push(['second', watts]))
      .once('off', () => calls.push('off'));
    expect(chained).toBe(lamp);
    expect([lamp.turnOn(60), lamp.turnOff(), lamp.turnOff()]).toEqual([true, true, false]);
    expect(calls).toEqual([['first', 60], ['second', 60], 'off']);
  });

  it('takes listeners off again, those for once too', () => {
    const lamp = new Lamp();
    const heard = vi.fn();
    lamp.on('on', heard).once('on', heard);
    expect(lamp.listening).toBe(2);
    lamp.off('on', heard);
    expect(lamp.turnOn(1)).toBe(false);
    lamp.on('on', heard).forget();
    expect(lamp.turnOn(1)).toBe(false);
    expect(heard).not.toHaveBeenCalled();
  });

  it('goes on after a listener that throws, and the error surfaces on its own', async () => {
    const lamp = new Lamp();
    const heard = vi.fn();
    lamp
      .on('on', () => {
        throw new Error('from the listener');
      })
      .on('on', heard);
    const caught = await uncaughtDuring(() => {
      expect(lamp.turnOn(60)).toBe(true);
      expect(heard).toHaveBeenCalledWith(60);
    });
    expect(caught).toEqual([new Error('from the listener')]);
  });

  it('refuses a listener that is no function, where it is given', () => {
    for (const wrong of [undefined, null, 'on', {}] as never[]) {
      for (const method of ['on', 'once', 'off'] as const) {
        const give = () => new Lamp()[method]('off', wrong);
        expect(give).toThrow(InvalidArgumentError);
        expect(give).toThrow(/^listener: /);
      }
    }
  });

  it('refuses an unknown event, and lists the known ones', () => {
    for (const wrong of ['of', 'toString', '', undefined] as never[]) {
      for (const method of ['on', 'once', 'off'] as const) {
        const give = () => new Lamp()[method](wrong, () => {});
        expect(give).toThrow(InvalidArgumentError);
        expect(give).toThrow(/^event: got .*; allowed are on, off, error$/);
      }
    }
  });

  it('does not crash for an error that nobody listens to', () => {
    expect(new Lamp().fail()).toBe(false);
  });
});
