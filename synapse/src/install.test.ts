import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { promisedNow } from '@portineria/config/pace';
import { environment, install } from './install.ts';
import type { Environment } from './install.ts';
import { pause } from './child.ts';
import { scratch } from './scratch.ts';

const path = process.env['PATH'];
let folder: string;
let cache: string;
let made: Environment;

/** A Python that only says what it was asked to do, and does with pip what a test wants. */
function python(version: [number, number], able: boolean, pip: string): void {
  const file = join(folder, 'bin', 'python3');
  writeFileSync(file, `#!/bin/sh
case "$*" in
  -c*) echo '[${version[0]}, ${version[1]}, "${file}", ${able}]' ;;
  "-m venv "*) mkdir -p "$3/bin" && ln -s "${file}" "$3/bin/python" ;;
  "-m pip "*) echo pip >> ${folder}/calls; ${pip} ;;
esac
`);
  chmodSync(file, 0o755);
}

beforeEach(() => {
  folder = scratch();
  mkdirSync(join(folder, 'bin'));
  for (const name of ['sh', 'mkdir', 'ln', 'echo', 'sleep']) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\nexec /bin/${name} "$@"\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  process.env['PATH'] = join(folder, 'bin');
  cache = join(folder, 'cache');
  made = environment('Thing', 'test-requirements.txt', cache);
});
afterEach(() => { process.env['PATH'] = path; });

const drafts = (): string[] => readdirSync(cache).filter((name) => name.includes('draft'));
const calls = (): number => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length;

test('what is installed once is never installed again', async () => {
  python([3, 12], true, 'exit 0');
  expect(made.present()).toBe(false);
  await install([made]);
  expect(made.present()).toBe(true);
  await install([made]);
  expect(calls()).toBe(1);
});

test('what one user has installed another one may use', async () => {
  python([3, 12], true, 'exit 0');
  await install([made]);
  // As open as any folder that is made here.
  expect(statSync(dirname(dirname(made.python))).mode).toBe(statSync(cache).mode);
});

test('what is missing where this user may not write is told, with the folder and what to do', async () => {
  const denied = { done: 'Thing installed', present: () => false, install: () => Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', path: '/srv/portineria/.portineria/thing.lock' })) };
  await expect(install([denied])).rejects.toThrow('“Thing installed” is still to be done, and this user may not write /srv/portineria/.portineria (EACCES): give this user the right to, or start once as a user who has it.');
});

test('two who install at once make one', async () => {
  python([3, 12], true, 'sleep 0.3');
  await Promise.all([install([made]), install([environment('Thing', 'test-requirements.txt', cache)])]);
  expect(calls()).toBe(1);
});

test('a failed install leaves nothing that would count, and says what pip said', async () => {
  python([3, 12], true, 'echo "ERROR: No matching distribution found"; exit 1');
  await expect(install([made])).rejects.toThrow(/No matching distribution found.*connection to the internet/u);
  expect(made.present()).toBe(false);
  expect(drafts()).toEqual([]);
});

test('an install that was cut off does not count, and is cleared away by the next', async () => {
  python([3, 12], true, 'exit 0');
  const draft = `${dirname(dirname(made.python))}.draft-killed`;
  mkdirSync(draft, { recursive: true });
  mkdirSync(join(dirname(dirname(made.python)), 'bin'), { recursive: true });
  expect(made.present()).toBe(false);
  await install([made]);
  expect(made.present()).toBe(true);
  expect(existsSync(draft)).toBe(false);
});

test('when one part fails the others are given up, and nothing runs on', async () => {
  python([3, 12], true, 'sleep 30');
  const failing = { done: 'Fails', present: () => false, install: async () => { await pause(200); throw new Error('It fails'); } };
  const began = performance.now();
  await expect(install([made, failing])).rejects.toThrow('It fails');
  expect(performance.now() - began).toBeLessThan(await promisedNow(5_000));
  expect(drafts()).toEqual([]);
});

test('a Python that is too old is named, with the version that is needed', async () => {
  python([3, 9], true, 'exit 0');
  await expect(install([made])).rejects.toThrow(/Python 3\.10 or newer is needed, and the newest found is 3\.9/u);
});

test('a Python without venv is told what to install', async () => {
  python([3, 12], false, 'exit 0');
  await expect(install([made])).rejects.toThrow(/apt-get install python3-venv/u);
});

test('without any Python it is said where to get one', async () => {
  await expect(install([made])).rejects.toThrow(/Python 3\.10 or newer is needed, and none was found/u);
});
