import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../examples/config-service/events.js';
import { type ConfigService, startConfigService } from '../../examples/config-service/service.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { skipSuite } from '../support/skip.js';

/** Places where Chromium is on the machines of contributors; `CHROMIUM` names another. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const browser = [process.env['CHROMIUM'], ...BROWSERS].find(
  (path) => path !== undefined && existsSync(path),
);

function put(service: ConfigService, name: string, body: object): Promise<Response> {
  const url = new URL(`settings/${name}`, service.url);
  return fetch(url, { method: 'PUT', body: JSON.stringify(body) });
}

describeEtcd('the configuration service', (etcd) => {
  it('sends a change to the readers of every instance, and refuses a change to a value that was not seen', async () => {
    await using server = await etcd.start();
    await using one = clientOf(server);
    await using two = clientOf(server);
    await using first = await startConfigService(one);
    await using second = await startConfigService(two);
    const stop = new AbortController();
    const { body } = await fetch(new URL('events', second.url), { signal: stop.signal });
    const events = eventsOf(body as AsyncIterable<Uint8Array>);
    const next = async () => (await events.next()).value;
    expect(await next()).toEqual({ event: 'all', data: { settings: {}, fresh: true } });

    const made = await put(first, 'banner', { value: 'Welcome', by: 'ada', seen: '0' });
    const { revision } = (await made.json()) as { revision: string };
    const setting = { value: 'Welcome', by: 'ada', revision };
    expect(await next()).toEqual({ event: 'change', data: { name: 'banner', setting } });

    const late = await put(second, 'banner', { value: 'Sale', by: 'bob', seen: '0' });
    expect(late.status).toBe(409);
    expect(await late.json()).toEqual({
      error: 'it was changed meanwhile by ada',
      current: setting,
    });

    const wrong = await put(second, 'banner', { value: 7, by: 'bob', seen: revision });
    expect(wrong.status).toBe(400);

    await fetch(new URL('settings/banner', first.url), { method: 'DELETE' });
    expect(await next()).toEqual({ event: 'change', data: { name: 'banner' } });
    stop.abort();
  });
});

if (browser === undefined) {
  skipSuite('the page of the configuration service', 'no Chromium here; CHROMIUM may name one');
} else {
  describe('the page of the configuration service', { timeout: 60_000 }, () => {
    describeEtcd('in Chromium', (etcd) => {
      it('shows changes of another page, and says when the store cannot be reached', async () => {
        await using server = await etcd.start();
        await using client = clientOf(server);
        await using service = await startConfigService(client);
        const chrome = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] });
        try {
          const [ada, bob] = [
            await open(await chrome.newPage()),
            await open(await chrome.newPage()),
          ];
          await ada.fill('#by', 'ada');
          await ada.fill('form [name=name]', 'banner');
          await ada.fill('form [name=value]', 'Welcome');
          await ada.click('form button');
          await bob.waitForFunction(valueIs, ['banner', 'Welcome']);

          await bob.fill('#by', 'bob');
          await bob.fill('#row-banner input', 'Sale');
          await bob.press('#row-banner input', 'Enter');
          await ada.waitForFunction(valueIs, ['banner', 'Sale']);
          expect(await ada.textContent('#row-banner td:last-child')).toBe('bob');

          await server.kill();
          await ada.waitForSelector('#state[data-state=old]');
          await server.start();
          await ada.waitForSelector('#state[data-state=live]');
        } finally {
          await chrome.close();
        }

        async function open(page: Page): Promise<Page> {
          await page.goto(service.url);
          await page.waitForSelector('#state[data-state=live]');
          return page;
        }
      });
    });
  });
}

/** Runs in the page. */
function valueIs([name, value]: string[]): boolean {
  const page = globalThis as unknown as {
    document: { querySelector(selector: string): { value: string } | null };
  };
  return page.document.querySelector(`#row-${name} input`)?.value === value;
}
