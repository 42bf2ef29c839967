/**
 * From the staff's word "open" to both hearing each other, the room, its invitations and the joining of it included; beside it
 * Element Call opened cold by the second person in an existing room, a page that is loaded anew in its call, and livekit-client alone.
 */
import { availableParallelism } from 'node:os';
import { AccessToken } from 'livekit-server-sdk';
import { KEY } from '@portineria/synapse/livekit';
import type { Browser, Page } from 'playwright-core';
import { DESK, knockBy, PHONE } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { cardsIn, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { SETTLED } from './settled.ts';
import { heardSince, listening, silent } from '../rig/hearing.ts';
import { speaking, standsReady, TONES } from '../rig/voice.ts';
import { ms, quantile, times, type Row } from './figures.ts';
import { libraryIn, type Library } from './library.ts';
import { processorOfAll } from './processes.ts';

const ROUNDS = 8;
/** Of the kinds that are only for comparison. */
const COLD = 4;
const BARE = 8;

/** A page of a new browser profile that notes when it hears somebody. Visitors come from many addresses. */
async function newPage(browser: Browser, viewport: { width: number; height: number }, address: string): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'it-IT', permissions: ['microphone'], bypassCSP: address === '', ...(address === '' ? {} : { extraHTTPHeaders: { 'x-forwarded-for': address } }) });
  await listening(context);
  return context.newPage();
}

async function openDeskPage(browser: Browser, { url, password }: Reception): Promise<Page> {
  const desk = await newPage(browser, DESK, '198.51.100.1');
  await desk.goto(`${url}/desk`);
  await desk.getByLabel('Nome utente').fill('anna');
  await desk.getByLabel('Password').fill(password);
  await desk.getByRole('button', { name: 'Entra' }).click();
  await desk.getByText('Nessun colloquio aperto').waitFor();
  await desk.getByLabel('Entra da solo').check();
  return desk;
}

/** A citizen who waits, everything that waiting gets ready being ready; nothing of a call is, for who chose to write. @returns the page, and the card for it */
async function waitingPage(browser: Browser, reception: Reception, round: number, voice = true): Promise<{ page: Page; card: string }> {
  const page = await newPage(browser, PHONE, `198.51.${voice ? 101 : 102}.${round}`);
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, `Visitatrice ${round}`, 'Prova', voice);
  const said = await page.getByText(/Il Suo numero è/u).innerText();
  const number = Number(/è (\d+)/u.exec(said)?.[1]);
  const card = await until('a card', async () => {
    await reception.anna.sync();
    return cardsIn(reception.anna, reception.rooms.anagrafe).find((one) => one.number === number && !one.over);
  });
  if (voice) await standsReady(page);
  // Reading the queue's number takes a person longer than this takes the page.
  await page.waitForTimeout(1_500);
  return { page, card: card.event_id };
}

async function endVisit(page: Page, desk: Page): Promise<void> {
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  await page.context().close();
  await silent(desk);
  await desk.waitForTimeout(2_500);
}

/** One door's opening. @returns milliseconds until the later of both heard the other, and those that the processors worked for it */
async function openOnce(reception: Reception, page: Page, desk: Page, card: string): Promise<{ taken: number; worked: number }> {
  const [began, before] = [Date.now(), processorOfAll()];
  await reception.anna.react(reception.rooms.anagrafe, card, '✅');
  const heard = Math.max(await heardSince(page), await heardSince(desk));
  return { taken: heard - began, worked: processorOfAll() - before };
}

/** Takes from a page what moves a frame, as older browsers are; or gives it back. */
async function letMove(page: Page, may: boolean): Promise<void> {
  await page.evaluate((gives) => {
    const scope = window as unknown as { mover?: PropertyDescriptor | undefined };
    const { prototype } = Element;
    scope.mover ??= Object.getOwnPropertyDescriptor(prototype, 'moveBefore');
    if (scope.mover === undefined) throw new Error('Expected a browser that can move a frame');
    Reflect.deleteProperty(prototype, 'moveBefore');
    if (gives) Object.defineProperty(prototype, 'moveBefore', scope.mover);
  }, may);
}

/** Somebody who chose to write speaks after all: the second person opens the call of a room in which the staff's page is calling already, for the first time in that browser. */
async function coldOnce(browser: Browser, reception: Reception, desk: Page, round: number): Promise<number> {
  const { page, card } = await waitingPage(browser, reception, round, false);
  await reception.anna.react(reception.rooms.anagrafe, card, '✅');
  const speak = page.getByRole('button', { name: 'Parla a voce' });
  await speak.waitFor();
  await desk.getByRole('button', { name: 'Lascia la chiamata' }).waitFor();
  await page.waitForTimeout(4_000);
  const began = Date.now();
  await speak.click();
  const taken = Math.max(await heardSince(page), await heardSince(desk)) - began;
  await endVisit(page, desk);
  return taken;
}

async function reloadOnce(page: Page, desk: Page): Promise<number> {
  const began = Date.now();
  await page.reload();
  await heardSince(page);
  // The one who stayed hears again after a silence, or without any.
  return Math.max(await heardSince(page), await heardSince(desk)) - began;
}

async function enterBare(page: Page, url: string, jwt: string): Promise<void> {
  await page.evaluate(async ({ url: address, jwt: token }) => {
    const { Room } = (window as unknown as { LivekitClient: Library }).LivekitClient;
    const room = new Room();
    Object.assign(window, { room });
    room.on('trackSubscribed', (track) => document.body.append(track.attach()));
    await room.connect(address, token);
    await room.localParticipant.setMicrophoneEnabled(true);
  }, { url, jwt });
}

const leaveBare = (page: Page): Promise<void> => page.evaluate(() => (window as unknown as { room: { disconnect(): Promise<void> } }).room.disconnect());

async function bare(reception: Reception, first: Browser, second: Browser): Promise<number[]> {
  const url = reception.callServer?.url.replace('http', 'ws') ?? '';
  const tokenFor = (room: string, identity: string): Promise<string> => {
    const token = new AccessToken(KEY, reception.homeserver.secrets.livekit, { identity });
    token.addGrant({ room, roomJoin: true });
    return token.toJwt();
  };
  const [one, other] = [await newPage(first, DESK, ''), await newPage(second, DESK, '')];
  for (const page of [one, other]) await libraryIn(page, reception.url);
  const figures: number[] = [];
  for (let round = 0; round < BARE; round++) {
    await enterBare(one, url, await tokenFor(`bare-${round}`, 'one'));
    const jwt = await tokenFor(`bare-${round}`, 'other');
    await one.waitForTimeout(500);
    const began = Date.now();
    await enterBare(other, url, jwt);
    figures.push(Math.max(await heardSince(one), await heardSince(other)) - began);
    await leaveBare(other);
    await leaveBare(one);
    await silent(one);
    await silent(other);
  }
  await one.context().close();
  await other.context().close();
  return figures;
}

const shown = (figures: readonly number[]): string => `${ms(quantile(figures, 0.5))} / ${ms(quantile(figures, 0.95))}`;

/** Two browsers, a real homeserver, a real SFU. */
export async function benchOpening(): Promise<Row[]> {
  const reception = await startReception({ config: CONFIG, calls: true, direct: true, extra: SETTLED });
  const [visitors, staff] = [await speaking(TONES.visitor), await speaking(TONES.staff)];
  try {
    const least = await bare(reception, visitors, staff);
    const desk = await openDeskPage(staff, reception);
    const [opened, work, laid, cold, reloaded]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
    // The first one is not counted: nothing has been compiled, neither here nor there.
    for (let round = 0; round <= ROUNDS; round++) {
      const { page, card } = await waitingPage(visitors, reception, round);
      await standsReady(desk);
      const { taken, worked } = await openOnce(reception, page, desk, card);
      if (round > 0) opened.push(taken);
      if (round > 0) work.push(worked);
      if (round > 0 && round <= COLD) reloaded.push(await reloadOnce(page, desk));
      await endVisit(page, desk);
      if (round > 0) {
        const unmoved = await waitingPage(visitors, reception, ROUNDS + round);
        await standsReady(desk);
        for (const one of [unmoved.page, desk]) await letMove(one, false);
        laid.push((await openOnce(reception, unmoved.page, desk, unmoved.card)).taken);
        await letMove(desk, true);
        await endVisit(unmoved.page, desk);
      }
      if (round <= COLD) {
        const late = await coldOnce(visitors, reception, desk, round);
        if (round > 0) cold.push(late);
      }
    }
    const [p50, p95] = [quantile(opened, 0.5), quantile(opened, 0.95)];
    const ratio = p50 / quantile(cold, 0.5);
    const unmoved = quantile(laid, 0.5) / quantile(cold, 0.5);
    const reload = quantile(reloaded, 1);
    return [
      { what: 'bare livekit-client, second one enters -> both hear: p50 / p95', figure: shown(least) },
      { what: 'Element Call cold, second one opens -> both hear: p50 / p95', figure: shown(cold) },
      { what: `staff open -> both hear, ${ROUNDS} doors: p50`, figure: ms(p50), goal: 'at most 1.2 s', holds: p50 <= 1200 },
      { what: 'staff open -> both hear: p95', figure: ms(p95), goal: 'at most 2.5 s', holds: p95 <= 2500 },
      // Both browsers, the homeserver, the bot and the calls' server are on this one machine: it cannot be done sooner than its processors do the work.
      { what: `processor time of an opening, all on ${availableParallelism()} processors: p50`, figure: ms(quantile(work, 0.5)) },
      { what: 'p50 against the cold call', figure: times(ratio), goal: 'at most 0.7 x', holds: ratio <= 0.7 },
      { what: 'where no frame can be moved: p50 / p95', figure: shown(laid) },
      { what: 'the same, p50 against the cold call', figure: times(unmoved), goal: 'at most 0.7 x', holds: unmoved <= 0.7 },
      { what: 'page loaded anew in its call -> both hear: p50 / slowest', figure: `${ms(quantile(reloaded, 0.5))} / ${ms(reload)}`, goal: 'at most 5 s', holds: reload <= 5000 },
    ];
  } finally {
    for (const browser of [visitors, staff]) await browser.close();
    await reception.stop();
  }
}
