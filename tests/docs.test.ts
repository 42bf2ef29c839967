/** The documents say what is so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readComune } from '@portineria/config/comune';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

test.each(['README.md', 'docs/jitsi.md'])('the configuration in %s is a good one', (document) => {
  const yaml = /```yaml\n([\s\S]*?)```/u.exec(readFileSync(join(ROOT, document), 'utf8'))?.[1];
  expect(readComune(yaml ?? '')).toHaveProperty('comune.offices');
});

test.each(documents)('every link of %s inside the project leads to something', (document) => {
  const links = [...readFileSync(join(ROOT, document), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/gu)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(document), link)))).toEqual([]);
});

test('the architecture names every file of the bot, and no other', () => {
  const files = readdirSync(join(ROOT, 'bot/src')).filter((name) => /^\w+\.ts$/u.test(name)).map((name) => name.slice(0, -3));
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const table = page.slice(page.indexOf('| room | file'), page.indexOf('A new kind of fact'));
  const named = [...table.matchAll(/`(\w+)`/gu)].map(([, name]) => name).filter((name) => name !== 'now');
  expect([...new Set(named)].sort()).toEqual(files.sort());
});
