import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { paced } from '@portineria/config/pace';
import { loadComune, watchComune } from './configfile.ts';

const declared = (name: string): string => `comune: { id: prova, name: ${name}, zone: Europe/Rome }\noffices: [{ id: anagrafe, name: Anagrafe }]\n`;

let folder: string;
let file: string;
let names: unknown[];
let refusals: string[];
let unwatch = (): void => undefined;

/** Puts a text where a mounted ConfigMap has it, as kubelet does: a new folder, and `..data` replaced by a link to it in one step. */
function mount(text: string | null): void {
  const before = (() => { try { return readlinkSync(join(folder, '..data')); } catch { return null; } })();
  const fresh = mkdtempSync(join(folder, '..2026_'));
  if (text !== null) writeFileSync(join(fresh, 'comune.yaml'), text);
  symlinkSync(fresh.slice(folder.length + 1), join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  if (before !== null) rmSync(join(folder, before), { recursive: true });
}

/** What looks at intervals stands still from now on: the watcher alone has to hear. */
function standStill(): void {
  vi.stubGlobal('setInterval', () => undefined);
}

function watching(): void {
  names = [];
  refusals = [];
  unwatch = watchComune({ file, changed: ({ name }) => names.push(name), refused: (error) => refusals.push(String(error)) });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portineria-test-'));
  file = join(folder, 'comune.yaml');
});
afterEach(() => {
  unwatch();
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

test('of a mounted ConfigMap each change is applied, as the system tells of it', async () => {
  standStill();
  mount(declared('Prima'));
  symlinkSync(join('..data', 'comune.yaml'), file);
  watching();
  for (const name of ['Seconda', 'Terza']) {
    mount(declared(name));
    await vi.waitFor(() => expect(names.at(-1)).toEqual(loadComune(file).name), { timeout: paced(10_000) });
  }
  mount('comune: {}\n');
  await vi.waitFor(() => expect(refusals).toEqual([expect.stringContaining('The configuration is not right.')]), { timeout: paced(10_000) });
  mount(null);
  await vi.waitFor(() => expect(refusals).toEqual([expect.anything(), expect.stringContaining('ENOENT')]), { timeout: paced(10_000) });
  mount(declared('Quarta'));
  await vi.waitFor(() => expect(names).toHaveLength(3), { timeout: paced(10_000) });
});

test('what lies behind a link that leads elsewhere is looked at all the same', async () => {
  mkdirSync(join(folder, 'elsewhere'));
  const real = join(folder, 'elsewhere', 'declared.yaml');
  writeFileSync(real, declared('Prima'));
  symlinkSync(real, file);
  watching();
  writeFileSync(real, declared('Seconda'));
  await vi.waitFor(() => expect(names).toHaveLength(1), { timeout: paced(20_000), interval: 100 });
  expect(refusals).toEqual([]);
});

test('what else changes in its folder keeps no change waiting', async () => {
  standStill();
  writeFileSync(file, declared('Prima'));
  watching();
  const writing = setTimeout(function log() { writeFileSync(join(folder, 'bot.log'), String(Math.random())); writing.refresh(); }, 20);
  writeFileSync(file, declared('Seconda'));
  await vi.waitFor(() => expect(names).toHaveLength(1), { timeout: paced(10_000) });
  clearTimeout(writing);
});

/** Ways in which a file comes to say something else, each from the text that stands in `fresh`. */
test.each([
  ['is written in place', (fresh: string) => { copyFileSync(fresh, file); }],
  ['is moved over', (fresh: string) => { renameSync(fresh, file); }],
  ['is swapped for a link', (fresh: string) => { rmSync(file); symlinkSync(fresh, file); }],
  ['goes with its folder, which comes back', (fresh: string) => {
    const text = readFileSync(fresh);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(file, text);
  }],
])('a file that %s is applied once', async (_way, change) => {
  writeFileSync(file, declared('Prima'));
  const fresh = join(folder, 'fresh.yaml');
  writeFileSync(fresh, declared('Seconda'));
  watching();
  change(fresh);
  await vi.waitFor(() => expect(names).toEqual([loadComune(file).name]), { timeout: paced(10_000) });
  // What comes after it is heard as well, and nothing in between.
  writeFileSync(file, declared('Terza'));
  await vi.waitFor(() => expect(names).toEqual([{ it: 'Seconda' }, { it: 'Terza' }]), { timeout: paced(10_000) });
});

const ARMED = declared('Prima').replace(' }', ', arms_file: stemma.svg }');
const drawn = (colour: string): string => `<svg xmlns="http://www.w3.org/2000/svg"><path fill="${colour}" d="M0 0h9v9z"/></svg>`;

test('another coat of arms under the same name is applied as another file is, and one that is none is refused', async () => {
  writeFileSync(file, ARMED);
  writeFileSync(join(folder, 'stemma.svg'), drawn('red'));
  const prints: unknown[] = [loadComune(file).arms?.print];
  const refused: string[] = [];
  unwatch = watchComune({ file, changed: ({ arms }) => prints.push(arms?.print), refused: (error) => refused.push(String(error)) });
  writeFileSync(join(folder, 'stemma.svg'), drawn('darkgreen'));
  await vi.waitFor(() => expect(prints).toEqual([expect.any(String), loadComune(file).arms?.print]), { timeout: paced(20_000), interval: 100 });
  expect(new Set(prints).size).toBe(2);
  rmSync(join(folder, 'stemma.svg'));
  await vi.waitFor(() => expect(refused).toEqual([expect.stringContaining('came no file "stemma.svg"')]), { timeout: paced(20_000), interval: 100 });
  writeFileSync(join(folder, 'stemma.svg'), drawn('blue'));
  await vi.waitFor(() => expect(prints).toHaveLength(3), { timeout: paced(20_000), interval: 100 });
});

test('a reception opens without a coat of arms that is not there, says so, and with no other fault', () => {
  const said: string[] = [];
  const load = (text: string) => {
    writeFileSync(file, text);
    return loadComune(file, undefined, (fault) => said.push(String(fault)));
  };
  expect(load(ARMED)).toMatchObject({ armsFile: 'stemma.svg', arms: null });
  expect(said).toEqual([expect.stringContaining('came no file "stemma.svg"')]);
  expect(() => load(ARMED.replace('Europe/Rome', 'Mars'))).toThrow('a time zone');
  expect(() => loadComune(file)).toThrow('a time zone');
});
