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

/** The bot's wings, from the ground up. */
const WINGS = ['ground', 'words', 'judgement', 'servers', 'hands', 'porter', 'traffic', 'public'];
const filesOf = (wing: string): string[] => readdirSync(join(ROOT, 'bot/src', wing)).filter((name) => /^\w+\.ts$/u.test(name));

test('the architecture names every file of the bot, each in its wing, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  for (const wing of WINGS) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${wing}\` |`)) ?? '';
    const named = [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/gu)].map(([, name]) => `${name}.ts`);
    expect(named.sort(), wing).toEqual(filesOf(wing).sort());
  }
  expect(readdirSync(join(ROOT, 'bot/src')).sort()).toEqual([...WINGS, 'main.ts'].sort());
});

test.each(WINGS)('the bot’s wing %s knows only those below it', (wing) => {
  const above = WINGS.slice(WINGS.indexOf(wing) + 1);
  for (const file of filesOf(wing)) {
    const known = [...readFileSync(join(ROOT, 'bot/src', wing, file), 'utf8').matchAll(/ from '\.\.\/(\w+)\//gu)].map(([, name]) => name ?? '');
    expect(known.filter((name) => above.includes(name)), file).toEqual([]);
  }
});
