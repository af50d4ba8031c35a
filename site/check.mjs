import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { log, root } from '../scripts/setup.mjs';

const dist = join(root, '.cache', 'site', 'dist');
const pictures = join(root, '.cache', 'site', 'screenshots');

/** Places where Chromium is on the machines of contributors; `CHROMIUM` names another. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Words that a reader may look for, each with a page that must be among the results. */
const SEARCHED = {
  fencingToken: 'locks-and-elections',
  compacted: 'watching',
  namespace: 'keys-and-values',
  'What became of a write': 'errors',
  batching: 'performance',
  keepAliveOnce: 'leases',
  snapshot: 'administration',
  idempotent: 'retries',
  certificate: 'tls-and-auth',
  withBothLocks: 'migrating-from-etcd3',
};

/** Widths of a telephone, a tablet and a desk, in CSS pixels. */
const WIDTHS = [390, 820, 1440];

const TYPES = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
  json: 'application/json',
};

/**
 * Visits every page in Chromium: no error on the console, no missing file, no dead link or anchor; searches
 * for words; takes pictures in three widths, light and dark. Throws with all that was wrong.
 */
export async function checkSite() {
  const executablePath = [process.env['CHROMIUM'], ...BROWSERS].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (executablePath === undefined) {
    throw new Error('No Chromium was found: install it, or name its program in CHROMIUM');
  }
  const server = await serve();
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const wrong = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') wrong.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => wrong.push(`${page.url()}: ${error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400)
        wrong.push(`${page.url()}: ${response.status()} ${response.url()}`);
    });
    const paths = allPages();
    const anchors = new Map();
    const links = [];
    for (const path of paths) {
      await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
      // The list "On this page" is there when Vue has taken the page over.
      await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__ !== undefined);
      // Pictures are drawn in the browser.
      await page.waitForFunction(() =>
        [...document.querySelectorAll('.diagram')].every(
          (one) => one.querySelector('svg') !== null,
        ),
      );
      // As the file has them: the page is being made alive, and its elements may be changing.
      const text = await (await page.request.get(`${origin}${path}`)).text();
      anchors.set(path, new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)));
      const found = await page.$$eval('a[href]', (all) => all.map((link) => link.href));
      links.push(...found.filter((href) => href.startsWith(origin)).map((href) => [path, href]));
    }
    for (const [path, href] of links) {
      const { pathname, hash } = new URL(href);
      const ids = anchors.get(decodeURIComponent(pathname));
      if (ids === undefined) wrong.push(`${path}: no page ${pathname}`);
      else if (hash !== '' && !ids.has(decodeURIComponent(hash.slice(1)))) {
        wrong.push(`${path}: no anchor ${pathname}${hash}`);
      }
    }
    wrong.push(...(await searchFor(page, origin)));
    await takePictures(page, origin);
    log(
      `site: ${paths.length} pages, ${links.length} links, ${Object.keys(SEARCHED).length} searches`,
    );
  } finally {
    await browser.close();
    server.close();
  }
  if (wrong.length > 0) throw new Error([...new Set(wrong)].join('\n'));
}

function allPages() {
  return readdirSync(dist, { recursive: true })
    .filter((name) => name.endsWith('.html') && name !== '404.html')
    .map((name) => `/${name.replace(/\.html$/, '').replace(/(^|\/)index$/, '$1')}`);
}

/** Answers as static hosts do: a path without an ending is the page of that name. */
async function serve() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const name = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    const ending = /\.(\w+)$/.exec(name)?.[1];
    const path = join(dist, decodeURIComponent(ending in TYPES ? name : `${name}.html`));
    try {
      const body = await readFile(path);
      response.writeHead(200, { 'content-type': TYPES[ending ?? 'html'] ?? 'text/html' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function searchFor(page, origin) {
  const wrong = [];
  for (const [word, wanted] of Object.entries(SEARCHED)) {
    await page.goto(`${origin}/getting-started`, { waitUntil: 'networkidle' });
    await page.keyboard.press('Control+k');
    await page.fill('.VPLocalSearchBox input', word);
    const found = page.locator(`.VPLocalSearchBox a.result[href*="/${wanted}"]`).first();
    await found.waitFor({ timeout: 10_000 }).catch(() => {
      wrong.push(`the search for ${word} does not find ${wanted}`);
    });
  }
  return wrong;
}

async function takePictures(page, origin) {
  mkdirSync(pictures, { recursive: true });
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of ['/', '/concepts', '/locks-and-elections', '/reference/concurrency']) {
        await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
        const name = path === '/' ? 'home' : path.slice(1).replaceAll('/', '-');
        await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`) });
      }
    }
  }
}
