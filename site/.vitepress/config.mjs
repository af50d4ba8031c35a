import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { root } from '../../scripts/setup.mjs';
import { pagesFolder } from '../pages.mjs';

/** A key with three teeth, one for each member of the smallest cluster. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#3a7bd5" stroke-width="4"><circle cx="9" cy="16" r="6"/><path d="M15 16h15M20 16v6M25 16v6M30 16v6"/></svg>',
)}`;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The guides in reading order. A page that is in no group is in the last one. */
const GROUPS = {
  'First steps': [
    'getting-started',
    'concepts',
    'keys-and-values',
    'transactions',
    'watching',
    'leases',
  ],
  Coordination: [
    'locks-and-elections',
    'recipes',
    'queue',
    'queues',
    'cache',
    'service-discovery',
    'cookbook',
    'example-config-service',
    'example-worker-fleet',
  ],
  Connection: ['connection', 'retries', 'errors', 'tls-and-auth', 'security', 'performance'],
  Operation: [
    'observability',
    'graceful-shutdown',
    'kubernetes',
    'serverless',
    'bundling',
    'runtimes',
    'debugging-connections',
    'administration',
    'raw-rpc',
    'compatibility',
  ],
  Testing: ['testing', 'how-it-is-tested', 'soak'],
  Migration: ['migrating-from-etcd3', 'from-the-go-client'],
};

const pages = readdirSync(pagesFolder)
  .filter((name) => name.endsWith('.md') && name !== 'index.md')
  .map((name) => name.slice(0, -'.md'.length));
const grouped = new Set(Object.values(GROUPS).flat());

function titleOf(page) {
  const text = readFileSync(join(pagesFolder, `${page}.md`), 'utf8');
  return /^# (.+)$/m.exec(text)?.[1] ?? page;
}

function group(text, names) {
  const items = names
    .filter((name) => pages.includes(name))
    .map((name) => ({ text: titleOf(name), link: `/${name}` }));
  return { text, items };
}

/** One page for each entry point. */
function referenceSidebar() {
  const folder = join(pagesFolder, 'reference');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'overview.md')
    .map((file) => file.slice(0, -'.md'.length));
  return [
    {
      text: 'Reference',
      items: names.map((name) => ({
        text: name === 'index' ? 'etcd-kit' : `etcd-kit/${name}`,
        link: name === 'index' ? '/reference/' : `/reference/${name}`,
      })),
    },
  ];
}

const guides = [
  ...Object.entries(GROUPS).map(([text, names]) => group(text, names)),
  group(
    'Project',
    pages.filter((name) => !grouped.has(name)),
  ),
].filter(({ items }) => items.length > 0);

export default defineConfig({
  title: 'etcd-kit',
  description: 'A typed client for etcd v3 on Node',
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: ICON }]],
  srcDir: pagesFolder,
  outDir: join(root, '.cache', 'site', 'dist'),
  cacheDir: join(root, '.cache', 'site', 'vitepress'),
  cleanUrls: true,
  markdown: {
    config(md) {
      const { fence } = md.renderer.rules;
      md.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index];
        if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
        return `<Diagram code="${encodeURIComponent(content)}" />`;
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/getting-started' },
      { text: 'Reference', link: '/reference/' },
      { text: version, items: [{ text: 'Changelog', link: '/changelog' }] },
    ],
    sidebar: { '/reference/': referenceSidebar(), '/': guides },
    footer: { message: 'MIT licence' },
  },
});
