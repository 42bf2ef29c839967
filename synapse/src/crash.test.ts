import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crashIn } from './crash.ts';
import { scratch } from './scratch.ts';

/** What Node says of a program. */
function saidOf(name: string, code: string): { file: string; said: string } {
  const file = join(scratch(), name);
  writeFileSync(file, code);
  return { file, said: spawnSync(process.execPath, [file], { encoding: 'utf8' }).stderr };
}

test('a file that cannot be read is named with its line and the error', () => {
  const { file, said } = saidOf('bot.ts', 'export const one = 1;\nconst = ;\n');
  expect(crashIn(`{"msg":"the reception is open"}\n${said}`)).toMatch(new RegExp(`^${file}:2: SyntaxError\\b.+`, 'u'));
});

test('a throw is named with its line, and a module that is not there by itself', () => {
  const { file, said } = saidOf('throws.mjs', 'throw new TypeError("It is no number");\n');
  expect(crashIn(said)).toBe(`${file}:1: TypeError: It is no number`);
  const earlier = said;
  expect(crashIn(`${earlier}${saidOf('lost.mjs', "import './nowhere.ts';\n").said}`)).toMatch(/^Error \[ERR_MODULE_NOT_FOUND\]: Cannot find module .*nowhere\.ts/u);
});

test('an output that ends with something else tells of no crash', () => {
  for (const said of ['', '{"level":"fatal","msg":"Say where the settings are: --settings FILE."}\n', 'Error: it goes on\nand on\n']) expect(crashIn(said)).toBeNull();
});
