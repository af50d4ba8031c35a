import { describe, expect, it } from 'vitest';
import {
  AbortError,
  AuthenticationError,
  ClientClosedError,
  EtcdError,
  UnavailableError,
} from '../../../../src/errors/index.js';
import { lease } from '../../../../src/rpc/services.js';
import { isFatal, ResumableDuplex } from '../../../../src/transport/call/resumable-duplex.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { ScriptedTransport } from '../../../support/scripted-transport.js';

/** A resumable stream whose owner writes down what it hears, on a network that is the test. */
function start({ longestPauseMs }: { longestPauseMs?: () => number } = {}) {
  const transport = new ScriptedTransport();
  const clock = new ManualClock();
  const heard: string[] = [];
  const resumable = new ResumableDuplex(
    {
      transport,
      clock,
      method: lease.leaseKeepAlive,
      options: { requireLeader: true, metadata: { tenant: 'x' } },
      longestPauseMs,
    },
    {
      onOpen: (stream) => {
        heard.push(`open ${stream.endpoint}`);
        stream.write({ id: 7n });
      },
      onMessage: ({ id }, stream) => heard.push(`message ${id} from ${stream.endpoint}`),
      onBreak: (error) => heard.push(`break ${error?.code ?? 'without an error'}`),
      onFatal: (error) => heard.push(`fatal ${error.code}`),
      onDrain: () => heard.push('drain'),
    },
  );
  /** Lets what was asked for succeed, and promises settle. */
  const open = async (endpoint?: string) => {
    const stream = transport.last.open(endpoint);
    await clock.advance(0);
    return stream;
  };
  return { transport, clock, heard, resumable, open };
}

const unavailable = () => new UnavailableError('gone', {});
const badToken = () => new AuthenticationError('old', { code: 'INVALID_AUTH_TOKEN' });

describe('a stream that outlives its connections', () => {
  it('asks for a stream at once, and tells its owner when it is open', async () => {
    const { transport, heard, open, resumable } = start();
    expect(transport.openings).toHaveLength(1);
    expect(transport.last.method).toBe('Lease.LeaseKeepAlive');
    expect(transport.last.options).toMatchObject({
      requireLeader: true,
      metadata: { tenant: 'x' },
      avoid: undefined,
    });
    expect(heard).toEqual([]);
    expect(resumable.stream).toBeUndefined();
    const stream = await open();
    expect(heard).toEqual(['open a:1']);
    expect(resumable.stream).toBe(stream);
    stream.deliver({ id: 1n });
    stream.drain();
    expect(heard.slice(1)).toEqual(['message 1 from a:1', 'drain']);
  });

  it('opens another when the server breaks it, elsewhere, and lets the owner say everything again', async () => {
    const { transport, heard, open, clock } = start();
    const first = await open('a:1');
    first.end(unavailable());
    expect(heard).toEqual(['open a:1', 'break UNAVAILABLE']);
    await clock.advance(0);
    expect(transport.openings).toHaveLength(2);
    expect(transport.last.options.avoid).toBe('a:1');
    const second = await open('b:2');
    expect(heard.at(-1)).toBe('open b:2');
    expect(second.written).toEqual([{ id: 7n }]);
  });

  it('takes a stream that ended well for a break too', async () => {
    const { transport, heard, open, clock } = start();
    (await open()).end();
    await clock.advance(0);
    expect(heard).toEqual(['open a:1', 'break without an error']);
    expect(transport.openings).toHaveLength(2);
  });

  it('gets no events of a stream that is over', async () => {
    const { heard, open, clock } = start();
    const first = await open('a:1');
    first.end(unavailable());
    await clock.advance(0);
    await open('b:2');
    const before = heard.length;
    first.deliver({ id: 9n });
    first.drain();
    expect(heard).toHaveLength(before);
  });

  it('notices a stream that ends before it was handed over', async () => {
    const { transport, heard, clock } = start();
    transport.last.open('a:1').end(unavailable());
    await clock.advance(0);
    expect(heard).toEqual(['break UNAVAILABLE']);
    expect(transport.openings).toHaveLength(2);
    expect(transport.last.options.avoid).toBe('a:1');
  });
});

describe('the pauses between streams', () => {
  /** Lets every stream break as soon as it is open; answers the pauses. */
  async function pauses(count: number, longestPauseMs?: () => number): Promise<number[]> {
    const { transport, clock } = start(longestPauseMs === undefined ? {} : { longestPauseMs });
    clock.randomness = 1;
    const seen: number[] = [];
    for (let i = 0; i < count; i++) {
      transport.last.fail(unavailable());
      await clock.advance(0);
      // The first pause is none, so its timer has run.
      seen.push(clock.nextTimerMs ?? 0);
      await clock.advance(clock.nextTimerMs ?? 0);
    }
    return seen;
  }

  it('grow from nothing up to two seconds', async () => {
    expect(await pauses(9)).toEqual([0, 25, 50, 100, 200, 400, 800, 1_600, 2_000]);
  });

  it('are no longer than the owner allows just then', async () => {
    expect(await pauses(8, () => 500)).toEqual([0, 25, 50, 100, 200, 400, 500, 500]);
  });

  it('begin anew after a stream that lasted', async () => {
    const { transport, clock, open } = start();
    for (let i = 0; i < 5; i++) {
      transport.last.fail(unavailable());
      await clock.advance(2_000);
    }
    const stream = await open();
    await clock.advance(1_001);
    stream.end(unavailable());
    expect(clock.nextTimerMs).toBe(0);
  });

  it('go on growing after a stream that broke at once, unless the owner saw it work', async () => {
    for (const worked of [false, true]) {
      const { transport, clock, open, resumable } = start();
      for (let i = 0; i < 5; i++) {
        transport.last.fail(unavailable());
        await clock.advance(2_000);
      }
      const stream = await open();
      if (worked) resumable.succeeded();
      stream.end(unavailable());
      if (worked) expect(clock.nextTimerMs).toBe(0);
      else expect(clock.nextTimerMs).toBeGreaterThan(200);
    }
  });
});

describe('what ends it', () => {
  it.each<[string, EtcdError, boolean, boolean]>([
    ['a closed client', new ClientClosedError('closed', {}), true, true],
    ['a wrong password', new AuthenticationError('no', {}), true, true],
    ['an unknown call', new EtcdError('what?', { code: 'UNIMPLEMENTED' }), true, true],
    ['the wrong cluster', new EtcdError('other', { code: 'CLUSTER_ID_MISMATCH' }), true, false],
    ['a wrong argument', new EtcdError('wrong', { code: 'INVALID_ARGUMENT' }), true, false],
    ['an abort', new AbortError('stop', {}), true, false],
    ['an old token', badToken(), false, false],
    ['a lost connection', unavailable(), false, false],
    ['no leader', new UnavailableError('no leader', { code: 'NO_LEADER' }), false, false],
    ['a broken protocol', new EtcdError('oops', { code: 'INTERNAL' }), false, false],
  ])('%s', async (_, error, whenOpening, whenOpen) => {
    expect([isFatal(error, false), isFatal(error, true)]).toEqual([whenOpening, whenOpen]);

    const opening = start();
    opening.transport.last.fail(error);
    await opening.clock.advance(5_000);
    expect(opening.heard).toEqual(whenOpening ? [`fatal ${error.code}`] : []);
    expect(opening.transport.openings).toHaveLength(whenOpening ? 1 : 2);

    const opened = start();
    (await opened.open()).end(error);
    await opened.clock.advance(5_000);
    expect(opened.heard.at(-1)).toBe(`${whenOpen ? 'fatal' : 'break'} ${error.code}`);
    expect(opened.transport.openings).toHaveLength(whenOpen ? 1 : 2);
  });

  it('is not the end of a stream without an error', () => {
    expect(isFatal(undefined, true)).toBe(false);
  });
});

describe('what an owner sees inside the messages', () => {
  it('replaces a stream that is of no more use, and cancels it', async () => {
    const { transport, clock, heard, resumable, open } = start();
    const stream = await open('a:1');
    resumable.replace(unavailable());
    await clock.advance(0);
    expect(stream.ended).toBe(true);
    expect(heard).toEqual(['open a:1', 'break UNAVAILABLE']);
    expect(transport.last.options.avoid).toBe('a:1');
    // The new one is not open yet, so there is nothing to replace.
    resumable.replace(unavailable());
    resumable.tokenRefused(badToken());
    await clock.advance(5_000);
    expect(transport.openings).toHaveLength(2);
  });

  it('fetches another token for the next stream', async () => {
    const { transport, clock, heard, resumable, open } = start();
    const stream = await open();
    resumable.tokenRefused(badToken());
    await clock.advance(0);
    expect(stream.refusals.map(({ code }) => code)).toEqual(['INVALID_AUTH_TOKEN']);
    expect(stream.ended).toBe(true);
    expect(heard.at(-1)).toBe('break INVALID_AUTH_TOKEN');
    expect(transport.openings).toHaveLength(2);
  });

  it('ends for ever when there is no other token', async () => {
    const { transport, clock, heard, resumable, open } = start();
    const stream = await open();
    stream.noOtherToken = new AuthenticationError('it was given', {});
    resumable.tokenRefused(badToken());
    await clock.advance(5_000);
    expect(heard.at(-1)).toBe('fatal AUTHENTICATION_FAILED');
    expect(stream.ended).toBe(true);
    expect(transport.openings).toHaveLength(1);
  });
});

describe('disposing of it', () => {
  it('while it opens: the call is aborted, and no error is reported', async () => {
    const { transport, clock, heard, resumable } = start();
    resumable.dispose();
    expect(transport.last.options.signal?.aborted).toBe(true);
    await clock.advance(5_000);
    expect([heard, transport.openings.length, clock.timers]).toEqual([[], 1, 0]);
  });

  it('while it opens, just too late: the stream is cancelled', async () => {
    const { transport, clock, heard, resumable } = start();
    const stream = transport.last.open();
    resumable.dispose();
    await clock.advance(5_000);
    expect([heard, stream.ended, resumable.stream]).toEqual([[], true, undefined]);
  });

  it('while it is open: the stream is cancelled', async () => {
    const { transport, clock, heard, resumable, open } = start();
    const stream = await open();
    resumable[Symbol.dispose]();
    await clock.advance(5_000);
    expect([heard, stream.ended, transport.openings.length]).toEqual([['open a:1'], true, 1]);
  });

  it('while it pauses: there will be no other', async () => {
    const { transport, clock, resumable, open } = start();
    (await open()).end(unavailable());
    resumable.dispose();
    expect(clock.timers).toBe(0);
    await clock.advance(5_000);
    expect(transport.openings).toHaveLength(1);
  });

  it('when it is over, or twice: nothing happens', async () => {
    const { transport, clock, heard, resumable, open } = start();
    (await open()).end(new ClientClosedError('closed', {}));
    resumable.dispose();
    resumable.dispose();
    await clock.advance(5_000);
    expect([heard.length, transport.openings.length]).toEqual([2, 1]);
  });
});
