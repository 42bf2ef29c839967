/** The documents say what is so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readComune } from '@portineria/config/comune';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readCommands } from '@portineria/bot/words/commands';
import { say } from '@portineria/bot/words/texts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

test.each(['README.md', 'docs/jitsi.md', 'docs/escalation.md'])('the configuration in %s is a good one', (document) => {
  const yaml = /```yaml\n([\s\S]*?)```/u.exec(readFileSync(join(ROOT, document), 'utf8'))?.[1];
  expect(readComune(yaml ?? '')).toHaveProperty('comune.offices');
});

test('every configuration that configuration.md shows is a good one', () => {
  const shown = [...readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/gu)].map(([, yaml = '']) => yaml);
  expect(shown).toHaveLength(6);
  for (const yaml of shown) expect(readComune(yaml)).toHaveProperty('comune.offices');
});

test('configuration.md names every part of the file in both languages, and everything that an office and the comune can say', () => {
  const [, italian = '', english = ''] = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8').split(/^## /mu);
  const schema = z.object({ properties: z.record(z.string(), z.unknown()) }).loose();
  const { properties } = schema.parse(JSON.parse(readFileSync(join(ROOT, 'config/comune.schema.json'), 'utf8')));
  const office = z.object({ items: schema }).parse(properties['offices']).items.properties;
  const names = [...Object.keys(properties).filter((name) => name !== 'offices'), ...Object.keys(schema.parse(properties['comune']).properties), ...Object.keys(office)];
  for (const [language, half] of [['it', italian], ['en', english]] as const) expect([language, names.filter((name) => !new RegExp(`\`${name}\\b`, 'u').test(half))]).toEqual([language, []]);
});

test.each(documents)('every link of %s inside the project leads to something', (document) => {
  const links = [...readFileSync(join(ROOT, document), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/gu)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(document), link)))).toEqual([]);
});

/** What stands in backticks, and in blocks of commands. */
const code = (document: string): string[] => [...readFileSync(join(ROOT, document), 'utf8').matchAll(/```sh\n([\s\S]*?)```|`([^`\n]+)`/gu)].map(([, block, span]) => block ?? span ?? '');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const commandOf = (script: string): string => (['start', 'test'].includes(script) ? `npm ${script}` : `npm run ${script}`);

test('every command is told to those who work on it, and every command that a document names is there', () => {
  const told = new Set(code('CONTRIBUTING.md').flatMap((text) => text.match(/\bnpm (?:run )?[a-z:]+/gu) ?? []));
  for (const script of Object.keys(scripts)) expect(told).toContain(commandOf(script));
  for (const document of documents) {
    for (const command of code(document).flatMap((text) => text.match(/\bnpm (?:run [a-z:]+|start|test)\b/gu) ?? [])) expect([document, Object.keys(scripts).map(commandOf)]).toEqual([document, expect.arrayContaining([command])]);
  }
});

test('what those who work on it are sent to is there: files, and the words to look for in them', () => {
  const named = code('CONTRIBUTING.md').filter((text) => /^(?:bot|client|config|docs|synapse|tests|widget)\/[\w./-]+$/u.test(text));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(JSON.parse(readFileSync(join(ROOT, 'client/texts/it.json'), 'utf8'))).toHaveProperty(['list.heading']);
  const decide = readFileSync(join(ROOT, 'bot/src/judgement/deciding/knocks.ts'), 'utf8');
  expect(/function atDoor[\s\S]*?\n\}/u.exec(decide)?.[0]).toContain('const number = nextNumber(');
});

/** What a catalogue of public software needs to know: publiccode.yml 0.7, of which these are the keys that must be there. */
const PublicCode = z.object({
  publiccodeYmlVersion: z.literal('0.7'),
  name: z.string().min(1),
  url: z.url(),
  softwareVersion: z.string(),
  platforms: z.array(z.string()).min(1),
  categories: z.array(z.string()).min(1),
  developmentStatus: z.enum(['concept', 'development', 'beta', 'stable', 'obsolete']),
  softwareType: z.string(),
  description: z.record(z.string(), z.object({
    shortDescription: z.string().max(150),
    longDescription: z.string().min(150).max(10_000),
    features: z.array(z.string().max(100)).min(1),
  })),
  legal: z.object({ license: z.string() }),
  maintenance: z.object({ type: z.enum(['internal', 'contract', 'community', 'none']), contacts: z.array(z.object({ name: z.string() })).min(1) }),
  localisation: z.object({ localisationReady: z.boolean(), availableLanguages: z.array(z.string()) }),
});

test('publiccode.yml has what catalogues need, and says what the package and the pages say', () => {
  const told = PublicCode.parse(parse(readFileSync(join(ROOT, 'publiccode.yml'), 'utf8')));
  const { license, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { license: string; version: string };
  expect([told.legal.license, told.softwareVersion]).toEqual([license, version]);
  const languages = readdirSync(join(ROOT, 'client/texts')).flatMap((name) => /^(\w+)\.json$/u.exec(name)?.[1] ?? []);
  expect(told.localisation.availableLanguages.toSorted()).toEqual(languages.toSorted());
});

test('what staff are told to say the porter understands, and what they are told to press is there', () => {
  const document = readFileSync(join(ROOT, 'docs/for-staff.md'), 'utf8');
  const said = [...document.matchAll(/`(![^`]+)`/gu)].map(([, words = '']) => words);
  expect(said.length).toBeGreaterThan(20);
  expect(said.filter((body) => readCommands({ msgtype: 'm.text', body }).some(({ verb }) => verb === 'unknown'))).toEqual([]);
  const [, italian = '', english = ''] = document.split(/^## /mu);
  for (const [language, half] of [['it', italian], ['en', english]] as const) {
    const labels = new Set(['widget', 'client'].flatMap((part) => Object.values(JSON.parse(readFileSync(join(ROOT, part, 'texts/desk', `${language}.json`), 'utf8')) as Record<string, string>)));
    const pressed = half.split('\n').flatMap((line) => (line.startsWith('| **') ? [...(line.split('|')[1] ?? '').matchAll(/\*\*([^*]+)\*\*/gu)].map(([, label = '']) => label) : []));
    expect(pressed.length).toBeGreaterThan(5);
    expect([language, pressed.filter((label) => !labels.has(label))]).toEqual([language, []]);
    const card = half.split('\n').find((line) => line.startsWith('> ✅'));
    if (card !== undefined) expect(card.slice(2)).toBe(say(language, 'card.how', { number: 3 }));
  }
});

test('a webmaster is told in both languages every colour and attribute that the offices on other sites take, and the policy that they are tested under', () => {
  const [, italian = '', english = ''] = readFileSync(join(ROOT, 'docs/webmaster.md'), 'utf8').split(/^## /mu);
  const colours = readFileSync(join(ROOT, 'client/look/embed.css'), 'utf8').match(/--portineria-\w+/gu) ?? [];
  const attributes = [...readFileSync(join(ROOT, 'client/src/embed/embed.ts'), 'utf8').matchAll(/getAttribute\('(\w+)'\)/gu)].map(([, name = '']) => name);
  expect([colours.length > 5, attributes.length > 2]).toEqual([true, true]);
  const policy = [...readFileSync(join(ROOT, 'tests/rig/site.ts'), 'utf8').matchAll(/(script|connect)-src \$\{reception\}(\/[\w./]+)/gu)].map(([, kind = '', path = '']) => `${kind}-src … https://sportello.comune.example${path};`);
  expect(policy).toHaveLength(2);
  for (const [language, half] of [['it', italian], ['en', english]] as const) expect([language, [...colours, ...attributes.map((name) => `\`${name}\``), ...policy].filter((name) => !half.includes(name))]).toEqual([language, []]);
});

/** The bot's wings, from the ground up. The linter holds their order (eslint.config.js). */
const WINGS = ['ground', 'words', 'judgement', 'servers', 'hands', 'porter', 'traffic', 'public'];
const filesOf = (wing: string): string[] => readdirSync(join(ROOT, 'bot/src', wing), { recursive: true, encoding: 'utf8' }).map((path) => basename(path)).filter((name) => /^\w+\.ts$/u.test(name));

/** The table under a heading of the architecture's page: what stands in each row. */
function tableUnder(heading: string): string[][] {
  const [, below = ''] = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').split(heading);
  const lines = below.split('\n');
  const from = lines.findIndex((line) => line.startsWith('|')) + 2;
  const to = lines.findIndex((line, at) => at > from && !line.startsWith('|'));
  return lines.slice(from, to).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}
const namesIn = (cell = ''): string[] => [...cell.matchAll(/`(\w+)`/gu)].map(([, name = '']) => name);

test('the architecture names every file of the bot, each in its wing, and no other', () => {
  const table = tableUnder('## The wings of `bot/src`');
  for (const wing of WINGS) {
    const [, files] = table.find(([name]) => name === `\`${wing}\``) ?? [];
    expect(namesIn(files).map((name) => `${name}.ts`).sort(), wing).toEqual(filesOf(wing).sort());
  }
  expect(readdirSync(join(ROOT, 'bot/src')).sort()).toEqual([...WINGS, 'main.ts'].sort());
});

test('the architecture names every room of the client, and in each only what is there', () => {
  const table = tableUnder('## The rooms of `client/src`');
  const rooms = table.flatMap(([name]) => namesIn(name));
  expect([...rooms, 'app.ts', 'env.d.ts', 'main.ts', 'page.ts'].sort()).toEqual(readdirSync(join(ROOT, 'client/src')).sort());
  for (const [name, files] of table) {
    const [room = ''] = namesIn(name);
    const there = readdirSync(join(ROOT, 'client/src', room), { recursive: true, encoding: 'utf8' }).map((path) => basename(path).replace(/\..*$/u, ''));
    expect(namesIn(files).filter((one) => !there.includes(one)), room).toEqual([]);
  }
});
