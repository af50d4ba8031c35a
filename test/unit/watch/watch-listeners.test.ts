import { describe, expect, it } from 'vitest';
import type { Watcher } from '../../../src/watch/index.js';
import { created, Played, put, response, turn } from '../../support/played-watches.js';
import type { ScriptedStream } from '../../support/scripted-transport.js';

/** A watch that a server has registered. */
async function registered(): Promise<{
  played: Played;
  watcher: Watcher<string>;
  stream: ScriptedStream;
}> {
  const played = new Played();
  const watcher = played.watch('k');
  const stream = await played.open();
  created(stream, 1n);
  await watcher.ready;
  return { played, watcher, stream };
}

/** Sends revisions, each with so many puts of `<revision>.<index>`. */
function send(stream: ScriptedStream, puts: Readonly<Record<number, number>>): void {
  const events = Object.entries(puts).flatMap(([revision, count]) =>
    Array.from({ length: count }, (_, index) => put(`${revision}.${index}`, BigInt(revision))),
  );
  stream.deliver(response(20n, { watchId: 1n, events }));
}

describe('listeners of a watch', () => {
  it('get what came before them once, in order, with other listeners in between', async () => {
    const { watcher, stream } = await registered();
    send(stream, { 11: 1, 12: 2, 13: 1 });
    const heard: string[] = [];
    const gone = (): void => void heard.push('gone');
    watcher.on('put', gone).off('put', gone);
    watcher.on('put', ({ key }) => heard.push(key));
    await turn();
    send(stream, { 14: 1 });
    expect(heard).toEqual(['11.0', '12.0', '12.1', '13.0', '14.0']);
  });

  it('get it once when they remove themselves and come again', async () => {
    const { watcher, stream } = await registered();
    send(stream, { 11: 1, 12: 1, 13: 1 });
    const heard: string[] = [];
    const next = (): void => {
      watcher.once('put', ({ key }) => {
        heard.push(key);
        next();
      });
    };
    next();
    await turn();
    expect(heard).toEqual(['11.0', '12.0', '13.0']);
  });

  it('get what came with an event in which the client is closed, and the error after it', async () => {
    const { played, watcher, stream } = await registered();
    const heard: string[] = [];
    watcher.on('put', ({ key }) => {
      heard.push(key);
      played.hub.close();
    });
    watcher.on('error', ({ code }) => heard.push(code));
    send(stream, { 11: 1, 12: 1, 13: 1 });
    await turn();
    expect(heard).toEqual(['11.0', '12.0', '13.0', 'CLIENT_CLOSED']);
  });

  it('leave what they did not wait for to those that come later', async () => {
    const { watcher, stream } = await registered();
    send(stream, { 11: 1, 12: 1 });
    const heard: string[] = [];
    watcher.once('put', ({ key }) => heard.push(`first ${key}`));
    await turn();
    watcher.on('put', ({ key }) => heard.push(`second ${key}`));
    await turn();
    expect(heard).toEqual(['first 11.0', 'second 12.0']);
  });

  it('get what comes in the same turn after what came before', async () => {
    const { watcher, stream } = await registered();
    send(stream, { 11: 1 });
    const heard: string[] = [];
    watcher.on('put', ({ key }) => heard.push(key));
    send(stream, { 12: 1 });
    await turn();
    send(stream, { 13: 1 });
    expect(heard).toEqual(['11.0', '12.0', '13.0']);
  });
});

describe('the revision of a watch, seen by a listener', () => {
  it('is that of the last whole revision, also of what was kept', async () => {
    const { watcher, stream } = await registered();
    send(stream, { 11: 2, 13: 1 });
    const seen: [string, bigint][] = [];
    watcher.on('put', ({ key }) => seen.push([key, watcher.revision]));
    await turn();
    send(stream, { 15: 2 });
    expect(seen).toEqual([
      ['11.0', 10n],
      // With its last event the whole revision is given, and nothing came between it and the next.
      ['11.1', 12n],
      ['13.0', 13n],
      ['15.0', 14n],
      ['15.1', 15n],
    ]);
  });

  it.each(['kept', 'as it comes'])(
    'repeats a revision that was cancelled in its middle (%s)',
    async (when) => {
      const { watcher, stream } = await registered();
      if (when === 'kept') send(stream, { 11: 2, 13: 1 });
      const heard: string[] = [];
      watcher.on('put', ({ key }) => {
        heard.push(key);
        void watcher.cancel();
        expect(watcher.revision).toBe(10n);
      });
      if (when === 'as it comes') send(stream, { 11: 2, 13: 1 });
      await turn();
      expect(heard).toEqual(['11.0']);
      expect(watcher.revision).toBe(10n);
    },
  );
});
