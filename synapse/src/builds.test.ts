import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprint } from './builds.ts';
import { scratch } from './scratch.ts';

function sources(): string {
  const folder = scratch();
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'main.ts'), 'one');
  return folder;
}

test('the fingerprint changes with a file, its name, and a new file', () => {
  const folder = sources();
  const prints = [fingerprint([folder])];
  for (const [name, content] of [['main.ts', 'two'], ['other.ts', ''], ['page.ts', 'two']] as const) {
    writeFileSync(join(folder, 'src', name), content);
    prints.push(fingerprint([folder]));
  }
  expect(new Set(prints).size).toBe(prints.length);
});

test('what is built or installed, and tests, do not count', () => {
  const folder = sources();
  const before = fingerprint([folder]);
  for (const name of ['dist', 'node_modules']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), '');
  }
  writeFileSync(join(folder, 'src', 'main.test.ts'), '');
  expect(fingerprint([folder])).toBe(before);
});
