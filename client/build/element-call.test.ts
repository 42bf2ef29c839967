import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { documentOf, ownDocument } from './element-call.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('@element-hq/element-call-embedded/package.json')), 'dist');

test('our document of the installed Element Call has its module and styles, begins with our script, and nothing inline', () => {
  const document = documentOf(readFileSync(join(folder, 'index.html'), 'utf8'));
  expect([document.entry, ...document.modules].every((path) => /^\.\/assets\/[\w.-]+\.js$/u.test(path))).toBe(true);
  const html = ownDocument(document, './assets/start-1.js');
  expect(html.match(/<script[^>]*>/gu)).toEqual([`<script src="./assets/start-1.js" data-entry="${document.entry}">`]);
  expect(html).toMatch(/<script[^>]*><\/script>/u);
  expect(html).toContain('<div id="root"></div>');
});

test('a document of another shape stops the build', () => {
  expect(() => documentOf('<html></html>')).toThrow(/Expected one module/u);
});
