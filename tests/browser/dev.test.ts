/** `npm run dev` as whoever works on Portineria uses it, in a copy of the sources: what is saved there is seen in an open browser. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paced, promisedNow } from '@portineria/config/pace';
import { install, synapse } from '@portineria/synapse/install';
import { CACHE, ROOT } from '@portineria/synapse/paths';
import { freePorts } from '@portineria/synapse/ports';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { knockBy, openBrowser, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { stage } from '../rig/stage.ts';

/** Within which time what was saved is seen, in milliseconds. */
const SEEN_MS = 2_000;
/** How many times it may take until one is in time: others take the processors as well. */
const TIMES = 5;

const CONFIG = `
comune: { id: prova, name: Comune di Prova, zone: Europe/Rome, languages: [it] }
offices:
  - { id: anagrafe, name: Anagrafe, description: Riceve i cittadini, hours: { mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"] }, call: none }
`;

/** The sources, with the packages of this checkout: what is changed there changes nothing here. */
function copySources(root: string): void {
  const parts = ['bot', 'client', 'config', 'synapse', 'widget'];
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', ...parts]) {
    cpSync(join(ROOT, name), join(root, name), { recursive: true, filter: (path) => !/\/(?:node_modules|dist)$/u.test(path) });
  }
  for (const folder of ['.', ...parts].filter((one) => existsSync(join(ROOT, one, 'node_modules')))) {
    mkdirSync(join(root, folder, 'node_modules'));
    for (const name of readdirSync(join(ROOT, folder, 'node_modules'))) {
      if (name !== '@portineria' && !name.startsWith('.vite')) symlinkSync(join(ROOT, folder, 'node_modules', name), join(root, folder, 'node_modules', name));
    }
  }
  mkdirSync(join(root, 'node_modules/@portineria'));
  for (const part of parts) symlinkSync(join(root, part), join(root, 'node_modules/@portineria', part));
}

let root: string;
let dev: ChildProcess;
let said = '';
let url: string;
let browser: Browser;

/** What saves a file with something else in the place of `from`. As editors do, beside it and then in its place: nobody reads a half of it. */
function edit(file: string, from: string): (to: string) => void {
  const text = readFileSync(join(root, file), 'utf8');
  if (!text.includes(from)) throw new Error(`Expected "${from}" in ${file}`);
  return (to) => {
    writeFileSync(join(root, 'saved'), text.replace(from, () => to));
    renameSync(join(root, 'saved'), join(root, file));
  };
}
const pids = (): Record<string, number> => {
  const { children } = JSON.parse(readFileSync(join(root, 'data/run.json'), 'utf8')) as { children: { name: string; pid: number }[] };
  return Object.fromEntries(children.map(({ name, pid }) => [name, pid]));
};
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Saves, and waits until it is seen. @returns the milliseconds between */
async function timed(save: () => void, look: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  save();
  await look();
  return performance.now() - began;
}

/** Holds that what is saved is seen in time, at one of a few times. @param once saves and looks; it is told which time it is, and gives the milliseconds between */
async function inTime(once: (time: number) => Promise<number>): Promise<void> {
  for (let time = 1; ; time++) {
    const taken = await once(time);
    const promise = await promisedNow(SEEN_MS);
    if (taken < promise) return;
    if (time === TIMES) expect(taken).toBeLessThan(promise);
  }
}

stage(async () => {
  await install([synapse]);
  root = mkdtempSync(join(tmpdir(), 'portineria-test-'));
  copySources(root);
  writeFileSync(join(root, 'comune.yaml'), CONFIG);
  const { port } = await freePorts('port');
  url = `http://localhost:${port}`;
  const { NODE_ENV: _ours, VITEST: _ours2, ...env } = process.env;
  dev = spawn(process.execPath, [join(root, 'synapse/bootstrap.mjs'), 'dev', '--config', join(root, 'comune.yaml'), '--data', join(root, 'data'), '--port', String(port)], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, PORTINERIA_CACHE: CACHE } });
  said = '';
  for (const stream of [dev.stdout, dev.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const opening = until('it is open', () => {
    if (dev.exitCode !== null) throw new Error(`It ended: ${said}`);
    return said.includes(`Portineria is open: ${url}\n`);
  }, 120_000);
  [browser] = await Promise.all([openBrowser(), opening]);
}, async () => {
  await browser?.close();
  if (dev?.exitCode === null) {
    dev.kill('SIGTERM');
    await once(dev, 'exit');
  }
  rmSync(root, { recursive: true, force: true });
});

test('a sentence, a component, and a rule of the bot are seen in the browser two seconds after they were saved; a fault ends nothing, and a Ctrl-C everything', async () => {
  const { page, complaints } = await visitorWith(browser, url);
  // What the page was told, by kind: at each load, and at each change that needs none.
  const told = { connected: 0, update: 0 };
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => {
    for (const kind of ['connected', 'update'] as const) if (payload.includes(`{"type":"${kind}"`)) told[kind] += 1;
  }));
  // What is saved while a page is still being loaded is no change to it: it must hear of changes, and have taken over what the server sent.
  const isAwake = async (loads: number): Promise<void> => {
    await until('the page hears of changes', () => told.connected > loads);
    await page.waitForLoadState();
    await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}));
  };
  // The first time all is read from its sources.
  await page.goto(url, { timeout: paced(60_000) });
  await isAwake(0);
  const before = pids();

  const sentence = edit('client/texts/it.json', 'Con chi vuole parlare?');
  await inTime(async (time) => {
    const loads = told.connected;
    const taken = await timed(() => sentence(`Una frase nuova, la ${time}?`), () => page.getByRole('heading', { name: `Una frase nuova, la ${time}?` }).waitFor());
    await isAwake(loads);
    return taken;
  });
  const offices = '<ul class="offices">';
  const list = edit('client/src/reception/ListState.vue', offices);
  const paragraph = (text: string): Promise<number> => timed(() => list(`<p>${text}</p>${offices}`), () => page.getByText(text, { exact: true }).waitFor());
  await inTime((time) => paragraph(`Un paragrafo nuovo, il ${time}`));

  // A component that cannot be compiled is said in the page, and its mending is seen as any change.
  await inTime(async (time) => {
    list(`<p>Un paragrafo${offices}`);
    await page.locator('vite-error-overlay').waitFor({ state: 'attached' });
    return paragraph(`Un paragrafo mutato, il ${time}`);
  });

  // A formatter writes a file anew as soon as the page is told of what was saved: what is seen is the last.
  const { update } = told;
  list(`<p>Un paragrafo  disordinato</p>${offices}`);
  await until('the page is told of it', () => told.update > update);
  await paragraph('Un paragrafo ordinato');
  expect(pids()).toEqual(before);

  // A visitor who waits: the page speaks Matrix from its sources.
  await page.getByRole('link', { name: /Bussa.*Anagrafe/u }).click();
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità');
  await page.getByText(/Il Suo numero è/u).waitFor();

  // A rule of `decide`: nobody is received any more. The page is loaded anew by a bot that knows it, and whoever waits is refused.
  const [open, shut] = ["door.state === 'closed' && !(isPlaced", "door.state !== 'closed' && !(isPlaced"];
  const rule = edit('bot/src/judgement/deciding/knocks.ts', open);
  const turn = async (to: string): Promise<number> => {
    const loads = told.connected;
    const taken = await timed(() => rule(to), () => page.waitForEvent('load'));
    await isAwake(loads);
    return taken;
  };
  await inTime(async (time) => {
    const taken = await turn(time % 2 === 1 ? shut : open);
    if (time === 1) await page.getByRole('heading', { name: /chius/iu }).waitFor();
    return taken;
  });
  const after = pids();
  expect(after['homeserver']).toBe(before['homeserver']);
  expect(after['bot']).not.toBe(before['bot']);

  // One that cannot be read is said, and the next file that is saved starts it.
  rule('door.state === = )');
  await until('it is said', () => said.includes('The bot ended while starting') && said.includes('It is started again with the next file'));
  await turn(open);
  expect(pids()['homeserver']).toBe(before['homeserver']);

  // What only this checkout's folders hold is served to nobody.
  expect((await fetch(`${url}/@fs${root}/data/secrets.json`)).status).toBe(403);
  expect(complaints).toEqual([]);

  const last = Object.values(pids());
  const ended = once(dev, 'exit');
  dev.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(last.filter(isAlive)).toEqual([]);
}, paced(240_000));
