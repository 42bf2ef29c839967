/** What stands before Element Call in its document (client/element-call/start.ts), in a real browser and without Element Call: each thing that it puts in the place of the browser's own. */
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Host } from '../../client/src/matrix/call/before.ts';
import { openBrowser } from '../rig/browser.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';

type Inside = Window & typeof globalThis & { portineriaHost?: Host; portineriaPeers: Set<RTCPeerConnection>; portineriaLines: Set<WebSocket>; portineriaQuestions: Set<symbol> };

let reception: Reception;
let browser: Browser;
stage(async () => {
  [reception, browser] = await Promise.all([startReception(), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
});

/** The document, as it stands while no call is named: nothing of Element Call runs. @param before what is done to the page first */
async function standing(before: (page: Page) => Promise<unknown> = () => Promise.resolve()): Promise<Page> {
  const context = await browser.newContext({ permissions: ['microphone'] });
  const page = await context.newPage();
  await before(page);
  await page.goto(`${reception.url}/element-call/index.html`);
  return page;
}

test('a player of sounds sleeps until something is played, sleeps again after it, and stays awake for a voice', async () => {
  const page = await standing();
  const states = await page.evaluate(async () => {
    const player = new AudioContext();
    const is = async (state: AudioContextState): Promise<AudioContextState> => {
      for (let looks = 0; player.state !== state && looks < 400; looks++) await new Promise((done) => setTimeout(done, 25));
      return player.state;
    };
    const seen = [await is('suspended')];
    const sound = player.createBufferSource();
    sound.buffer = player.createBuffer(1, player.sampleRate / 2, player.sampleRate);
    sound.connect(player.destination);
    sound.start();
    seen.push(await is('running'), await is('suspended'));
    player.createMediaStreamSource(player.createMediaStreamDestination().stream);
    seen.push(await is('running'));
    return seen;
  });
  expect(states).toEqual(['suspended', 'running', 'suspended', 'running']);
  await page.context().close();
});

test('patience begins when the door opens: until then a long timer stands still, and can be taken back; a short one runs', async () => {
  const page = await standing((one) => one.clock.install());
  const open = await page.evaluateHandle(() => {
    const door = Promise.withResolvers<void>();
    const rung: string[] = [];
    Object.assign(window, { rung, portineriaHost: { answer: () => null, entry: () => null, door: door.promise } satisfies Host });
    const set = (name: string, delay: number): number => setTimeout(() => rung.push(name), delay) as unknown as number;
    set('short', 2_900);
    set('long', 3_000);
    clearTimeout(set('taken back before', 4_000));
    const later = set('taken back after', 4_000);
    return () => {
      door.resolve();
      set('set after', 3_500);
      return door.promise.then(() => setTimeout(() => clearTimeout(later), 10)).then(() => undefined);
    };
  });
  const rung = (): Promise<string[]> => page.evaluate(() => (window as unknown as { rung: string[] }).rung);
  await page.clock.runFor(60_000);
  expect(await rung()).toEqual(['short']);
  await open.evaluate((act) => act());
  await page.clock.runFor(2_000);
  expect(await rung()).toEqual(['short']);
  await page.clock.runFor(60_000);
  expect(await rung()).toEqual(['short', 'long', 'set after']);
  await page.context().close();
});

test('what the page around it answers is never asked of the network, and all else is', async () => {
  const page = await standing();
  const answers = await page.evaluate(async () => {
    const answer = (address: string): Promise<Response> | null => (address.endsWith('/ours') ? Promise.resolve(new Response('from the page')) : null);
    Object.assign(window, { portineriaHost: { answer, entry: () => null, door: Promise.resolve() } satisfies Host });
    const asked = [fetch(`${location.origin}/ours`), fetch(new URL('/ours', location.href)), fetch(new Request('/ours')), fetch('/element-call/config.json')];
    return (await Promise.all(asked.map(async (one) => (await one).text()))).map((text) => text.slice(0, 13));
  });
  expect(answers).toEqual(['from the page', 'from the page', 'from the page', '{"sync_discon']);
  await page.context().close();
});

test('connections, lines and questions can be seen by the page around it, as long as they last', async () => {
  const page = await standing();
  const counts = await page.evaluate(async () => {
    const { portineriaPeers, portineriaLines, portineriaQuestions } = window as Inside;
    const now = (): number[] => [portineriaPeers.size, portineriaLines.size, portineriaQuestions.size];
    const peer = new RTCPeerConnection();
    const told = Promise.withResolvers<string>();
    Object.assign(window, { portineriaHost: { answer: () => null, entry: () => told.promise, door: Promise.resolve() } satisfies Host });
    const line = new WebSocket('wss://calls.invalid/');
    const question = navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'given', () => 'refused');
    const seen = [now()];
    await question;
    told.resolve(`${location.origin.replace('http', 'ws')}/nobody`);
    await told.promise;
    // It leads where the page around it said, once it has said so.
    seen.push(now());
    await new Promise((done) => line.addEventListener('close', done));
    peer.close();
    return [...seen, now()];
  });
  expect(counts).toEqual([[1, 0, 1], [1, 1, 0], [0, 0, 0]]);
  await page.context().close();
});

test('nothing is kept on the device and nothing written down; where storage is forbidden, what it keeps lives as long as the call', async () => {
  const page = await standing((one) => one.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', { get: () => { throw new DOMException('forbidden', 'SecurityError'); }, configurable: true });
  }));
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  const kept = await page.evaluate(() => {
    for (const name of ['log', 'info', 'debug', 'warn'] as const) {
      console[name] = () => { throw new Error('wrapped'); };
      console[name]('a name');
    }
    localStorage.setItem('a', '1');
    return [typeof indexedDB, localStorage.getItem('a'), localStorage.length, localStorage.getItem('b')];
  });
  expect([kept, lines]).toEqual([['undefined', '1', 1, null], []]);
  await page.context().close();
});
