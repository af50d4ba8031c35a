import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../scripts/setup.mjs';

/** The sources of the site. They lie beside node_modules, where VitePress finds Vue. */
export const pagesFolder = join(root, 'site', 'pages');

/** Pages of the repository that are not in docs/, and their names on the site. */
const FROM_ROOT = {
  'ARCHITECTURE.md': 'architecture.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security-policy.md',
  'SUPPORT.md': 'support.md',
  'CODE_OF_CONDUCT.md': 'code-of-conduct.md',
  'examples/config-service/README.md': 'example-config-service.md',
  'examples/worker-fleet/README.md': 'example-worker-fleet.md',
};

/** Copies the guides and the pages of the root, with links that hold on the site. */
export function writePages() {
  rmSync(pagesFolder, { recursive: true, force: true });
  mkdirSync(pagesFolder, { recursive: true });
  const docs = join(root, 'docs');
  for (const name of readdirSync(docs, { recursive: true })) {
    const path = join(docs, name);
    if (!name.endsWith('.md')) {
      if (/\.(svg|png)$/.test(name)) copy(path, join(pagesFolder, name));
      continue;
    }
    write(
      name,
      onTheSite(readFileSync(path, 'utf8'), (link) => link.replace(/^\.\.\//, '')),
    );
  }
  for (const [from, to] of Object.entries(FROM_ROOT)) {
    const text = readFileSync(join(root, from), 'utf8');
    write(
      to,
      onTheSite(text, (link) => link.replace(/^(\.\.\/)*docs\//, '')),
    );
  }
  cpSync(join(root, 'site', 'index.md'), join(pagesFolder, 'index.md'));
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

function write(name, text) {
  const path = join(pagesFolder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Links to pages of the root get their names on the site; other files of the repository become plain text. */
function onTheSite(text, relative) {
  return text
    .replace(/^```(\w+) [a-z-]+$/gm, '```$1')
    .replace(/^```cjs$/gm, '```js')
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (whole, words, link) => {
      if (/^(https?:|mailto:|#)/.test(link)) return whole;
      const [path, anchor] = relative(link).split('#');
      const target = FROM_ROOT[path] ?? path;
      if (!target.endsWith('.md') && !/\.(svg|png)$/.test(target)) return words;
      return `[${words}](./${target}${anchor === undefined ? '' : `#${anchor}`})`;
    });
}
