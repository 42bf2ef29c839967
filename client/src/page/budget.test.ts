import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { comune } from '../way/comune.fixture.ts';
import { LANGUAGES } from '../words/languages.ts';

const DIST = join(import.meta.dirname, '../../dist');
const Rendered = z.object({ status: z.number(), html: z.string(), csp: z.object({ script: z.array(z.string()), style: z.array(z.string()) }) });

/** The built page: `npm run build -w client` makes it. */
async function page(path: string, language: string, more: object = {}): Promise<z.infer<typeof Rendered>> {
  const built: unknown = await import(join(DIST, 'server/page.js'));
  const { render } = z.object({ render: z.custom<(request: object) => Promise<unknown>>((value) => typeof value === 'function') }).parse(built);
  return Rendered.parse(await render({ path, language, chosen: null, comune, ...more }));
}

/** A file that is served, with every module that it imports at once. */
function loaded(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const code = readFileSync(join(DIST, 'public', path), 'utf8');
  if (path.endsWith('.js')) {
    for (const [, , name] of code.matchAll(/(?:^|;)import(?:[\w*{}\s,$]+from)?\s*(["'`])\.\/([^"'`]+)\1/gu)) if (name !== undefined) loaded(`/assets/${name}`, seen);
  }
  return seen;
}

const linked = (html: string): string[] => [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/gu)].map((match) => match[1] ?? '');

describe('the built page', () => {
  test.each(LANGUAGES)('weighs at most 50 kB of compressed JavaScript and CSS before the knock, in %s', async (language) => {
    const { html } = await page('/o/sindaco', language);
    const files = new Set(linked(html).flatMap((path) => [...loaded(path)]));
    expect([...files].some((path) => path.endsWith('.css'))).toBe(true);
    const total = [...files].reduce((sum, path) => sum + gzipSync(readFileSync(join(DIST, 'public', path)), { level: 9 }).length, 0);
    expect(total).toBeLessThanOrEqual(50_000);
  });

  test('for other sites is one script of at most 8 kB that loads nothing, and says what it says in each language', () => {
    const code = readFileSync(join(DIST, 'public/embed.js'));
    // Spaces that must not break are written by their numbers there.
    const said = code.toString().replaceAll(/\\x([\da-f]{2})|\\u([\da-f]{4})/giu, (_all, two?: string, four?: string) => String.fromCharCode(Number.parseInt(two ?? four ?? '', 16)));
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(8_000);
    expect(code.toString()).not.toMatch(/\bimport\b|\beval\b|innerHTML|setAttribute\(.style/u);
    for (const language of LANGUAGES) {
      const texts = JSON.parse(readFileSync(join(DIST, '../texts', `${language}.json`), 'utf8')) as Record<string, string>;
      for (const key of ['door.until', 'list.stale', 'around.away']) expect(said).toContain(texts[key]);
    }
  });

  test('has the offices in its HTML, before any script runs', async () => {
    const { html, status } = await page('/', 'en');
    expect(status).toBe(200);
    const body = html.slice(html.indexOf('<div id="app">'), html.indexOf('<script type="application/json"'));
    for (const words of ['The Mayor', 'until 13:00', '2 people are waiting', 'opens Thursday 26 November at 11:00', 'Sample data']) expect(body).toContain(words);
    expect(html).toContain('<html lang="en">');
  });

  test('shows one office at its path, and a kind page with status 404 elsewhere', async () => {
    expect((await page('/o/sindaco', 'it')).html).toMatch(/<h1[^>]*>(?:<!--\[-->)?Il Sindaco/u);
    const missing = await page('/o/nessuno', 'it');
    expect(missing.status).toBe(404);
    expect(missing.html).toContain('Pagina non trovata');
  });

  test('has the hours of an office whose hours are all rules, what changes in the coming days, and its calendar', async () => {
    const { html } = await page('/o/anagrafe', 'en');
    const hours = html.slice(html.indexOf('<h2 id="hours">'), html.indexOf('</section>', html.indexOf('<h2 id="hours">')));
    expect([...hours.matchAll(/<d[td]>(.*?)<\/d[td]>/gu)].map(([, words]) => words)).toEqual(['first Saturday of the month', '09:00–12:00', 'from Thursday 24 December', 'closed (Chiusura natalizia)']);
    expect(hours).toContain('href="/o/anagrafe.ics?lang=en"');
  });

  test('holds nothing from outside unescaped, and no inline style but the one that its policy names', async () => {
    const { html, csp } = await page('/', 'it');
    expect(html).not.toContain('<script>alert');
    expect(html.match(/<\/script>/gu)).toHaveLength(2);
    expect(html).not.toMatch(/\sstyle="/u);
    expect(html.match(/<style>/gu)).toHaveLength(1);
    // The comune's colour beats the look's only from behind it.
    expect(html.indexOf('<style>')).toBeGreaterThan(html.lastIndexOf('rel="stylesheet"'));
    expect(csp.style).toHaveLength(1);
    expect(csp.script).toEqual([]);
  });

  test('says to search engines where it is and what it is about, and names the telephones to who runs no scripts', async () => {
    const { html } = await page('/o/sindaco', 'en', { publicUrl: 'https://sportello.example', about: { name: '</script><b>' } });
    expect(html).toContain('<link rel="canonical" href="https://sportello.example/o/sindaco">');
    expect(html).toContain('<script type="application/ld+json">{"name":"\\u003c/script>\\u003cb>"}</script>');
    expect(html).toContain('<meta name="description" content="The Mayor, Comune di Maruggio. Receives citizens">');
    expect(html).not.toContain('noindex');
    expect(html).toContain('<link rel="apple-touch-icon" href="/icon-180.png">');
    expect(/<noscript>.*<\/noscript>/u.exec(html)?.[0]).toContain('<a href="tel:+390990000000">+39 099 000 0000</a>');
    expect((await page('/desk', 'en', { publicUrl: 'https://sportello.example' })).html).toContain('<meta name="robots" content="noindex">');
  });

  test('says in every state where one goes in person, where that is declared', async () => {
    const placed = { ...comune, address: { it: 'Piazza <1>' } };
    expect((await page('/', 'it', { comune: placed })).html).toContain('<p class="container foot">Piazza &lt;1&gt;</p></aside>');
    expect((await page('/', 'it')).html).not.toContain('<aside');
    expect((await page('/desk', 'it', { comune: placed })).html).not.toContain('<aside');
  });

  test('has the topic of the address in the form of an open office, and nowhere else', async () => {
    expect((await page('/o/sindaco', 'it', { topic: '<b>Lampioni' })).html).toMatch(/<textarea id="topic"[^>]*>&lt;b&gt;Lampioni<\/textarea>/u);
    for (const path of ['/o/anagrafe', '/']) expect((await page(path, 'it', { topic: '<b>Lampioni' })).html).not.toContain('Lampioni');
  });

  test('shows the coat of arms beside the name, as what adds nothing to it, on every page of the comune’s own', async () => {
    const image = '<img class="arms" src="/arms?v=print" alt width="56" height="56">';
    for (const path of ['/', '/o/sindaco', '/nowhere']) expect((await page(path, 'it', { comune: { ...comune, arms: '/arms?v=print' } })).html).toContain(image);
    expect((await page('/', 'it')).html).not.toContain('<img');
  });

  test('is in the language that was asked for at every request, whatever the one before asked', async () => {
    const [italian, english] = await Promise.all([page('/', 'it'), page('/', 'en')]);
    expect(italian.html).toContain('Con chi vuole parlare?');
    expect(english.html).toContain('Whom would you like to talk to?');
  });
});
