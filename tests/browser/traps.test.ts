/** What goes wrong during a call, each with real parts: sound goes on or comes back, and the page says what is happening. */
import type { Browser, Page } from 'playwright-core';
import { backOff } from '@portineria/synapse/keep';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { paced, promised, promisedNow } from '@portineria/config/pace';
import { knockBy, visitorWith } from '../rig/browser.ts';
import type { CallServer } from '../rig/calls.ts';
import { callServerOf, within } from '../rig/house.ts';
import { until } from '../rig/matrix.ts';
import { giveMicrophone, microphonesOf, takeMicrophone } from '../rig/microphone.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { admit, atDesk, deafen, enterFrom, heardBy, hears, inCall, isSilent, isTone, killed, speaking, TONES } from '../rig/voice.ts';

let reception: Reception;
let sfu: CallServer;
let phone: Browser;
let office: Browser;
/** The visitor's page, and the staff's. */
let page: Page;
let desk: Page;
let number: number;
let isTalking = false;
/** The lines under the call: whether sound comes in and goes out. */
const CALL_SAYS = '.sound-way';
/** So long a silence is a break in what is heard, in milliseconds. */
const BREAK_MS = 3_000;

stage(async () => {
  isTalking = false;
  reception = await startReception({ calls: true, config: CONFIG.replace('retention: 0.01', 'retention: 0.01, alone: 0.05') });
  sfu = callServerOf(reception);
  [phone, office] = await Promise.all([speaking(TONES.visitor), speaking(TONES.staff)]);
  ({ page: desk } = await atDesk(office, reception, 'anna'));
}, async () => {
  await Promise.all([phone?.close(), office?.close()]);
  await reception?.stop();
});

/** Both are in one call, which goes on from test to test unless one fails. */
async function talk(): Promise<void> {
  if (isTalking) return;
  ({ visitor: { page }, number } = await inCall(reception, phone, desk, 'Ugo Neri'));
  isTalking = true;
}

const bothHear = async (patience?: number): Promise<void> => {
  await Promise.all([hears(page, TONES.staff, patience), hears(desk, TONES.visitor, patience)]);
};

test('where a browser cannot call, it says so, offers the telephone, and one writes', async () => {
  const lacking = ['RTCPeerConnection', 'mediaDevices'];
  for (const what of lacking) {
    const { page: old, context } = await visitorWith(phone, reception.url);
    await context.addInitScript((name) => {
      Object.defineProperty(name === 'mediaDevices' ? navigator : window, name, { value: undefined });
      if (name !== 'mediaDevices') Reflect.deleteProperty(window, name);
    }, what);
    await old.goto(`${reception.url}/o/anagrafe`);
    await knockBy(old, 'Nonna Pina', '');
    const visit = await admit(reception, old);
    await old.getByText('Questo browser non può chiamare. Il colloquio continua per iscritto.').waitFor();
    await old.locator('.call').getByRole('link', { name: '+39 099 000 0000' }).waitFor();
    await enterFrom(desk, visit);
    await old.getByLabel('Il Suo messaggio').fill(`Scrivo senza ${what}.`);
    await old.getByRole('button', { name: 'Invia' }).click();
    await desk.getByText(`Scrivo senza ${what}.`).waitFor();
    await desk.getByRole('button', { name: 'Torna ai colloqui' }).click();
    await old.getByRole('button', { name: 'Chiudi il colloquio' }).click();
    await old.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
    await old.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
    await context.close();
  }
}, paced(120_000));

test('the calls’ server ends and is started again: both hear each other within ten seconds, and both pages say meanwhile that the call reconnects', async () => {
  await talk();
  const since = performance.now();
  await sfu.kill();
  const said = Promise.all([page, desk].map((one) => one.getByText('La chiamata si è interrotta: la ricollego da solo.').waitFor()));
  // As the launcher does.
  await pause(backOff(1));
  await sfu.restart();
  await said;
  await bothHear();
  expect(performance.now() - since).toBeLessThan(await promisedNow(10_000));
  await Promise.all([page, desk].map((one) => one.locator(CALL_SAYS).getByText('arriva la voce').waitFor()));
}, paced(120_000));

test('a microphone that the page may not use any more is said with what to do, and is back as soon as it may', async () => {
  await talk();
  const allow = (...permissions: string[]): Promise<void> => page.context().grantPermissions(permissions, { origin: reception.url });
  await allow('camera');
  await page.locator(CALL_SAYS).getByText('il microfono non c’è più').waitFor();
  await page.getByText('lo permetta nelle impostazioni del browser').waitFor();
  await until('silence at the desk', () => isSilent(desk));
  await hears(page, TONES.staff);
  await allow('microphone', 'camera');
  await hears(desk, TONES.visitor);
  await page.locator(CALL_SAYS).getByText('la Sua voce parte').waitFor();
  await page.getByText('lo permetta nelle impostazioni del browser').waitFor({ state: 'detached' });
}, paced(120_000));

test('a microphone that is unplugged, or wanted by another program, is said with what to do, and is taken again once it is plugged in, or by a button', async () => {
  await talk();
  const isSaid = (): Promise<void> => page.getByText('Nessun microfono risponde').waitFor();
  await hears(desk, TONES.visitor);
  await takeMicrophone(page, 'unplugged');
  await isSaid();
  await until('silence at the desk', () => isSilent(desk));
  // Pressed too early, the button changes nothing for the worse.
  await page.getByRole('button', { name: 'Riprova il microfono' }).click();
  await isSaid();
  await giveMicrophone(page, 'plugged');
  await hears(desk, TONES.visitor);
  // The page's own attempt may come after Element Call's: the next trouble begins when the microphone is the same for longer than either takes.
  await until('the microphone has settled', async () => {
    const before = await microphonesOf(page);
    await pause(2_000);
    return before !== '' && before === (await microphonesOf(page));
  });

  await takeMicrophone(page, 'wanted');
  await isSaid();
  await giveMicrophone(page, 'free');
  await page.getByRole('button', { name: 'Riprova il microfono' }).click();
  await hears(desk, TONES.visitor);
  await page.getByText('Nessun microfono risponde').waitFor({ state: 'detached' });
}, paced(120_000));

test('the homeserver is away for 20 seconds: the sound goes on unbroken, both pages say what is happening, and afterwards one writes again', async () => {
  await talk();
  await bothHear();
  const gaps: unknown[] = [];
  // What was received grows all the time; another connection would begin at nothing, seconds later. A machine that is busy elsewhere may stand still for one.
  const ends = [page, desk].map((one) => ({ one, energy: 0, grewAt: performance.now() }));
  const listen = async (time: number): Promise<void> => {
    for (const until = performance.now() + time; performance.now() < until;) {
      await Promise.all(ends.map(async (end) => {
        const energy = (await heardBy(end.one))?.energy ?? 0;
        const now = performance.now();
        if (energy < end.energy || (energy === end.energy && now - end.grewAt > promised(BREAK_MS))) gaps.push({ ...end, one: end.one.url(), energy, before: end.energy, silent: now - end.grewAt });
        if (energy !== end.energy) Object.assign(end, { energy, grewAt: now });
      }));
    }
  };
  const notes = [page, desk].flatMap((one) => [one.getByText('Connessione interrotta.', { exact: true }), one.getByText('La chiamata continua')]);
  await reception.homeserver.kill();
  try {
    await Promise.all([listen(20_000), ...notes.map((note) => note.waitFor())]);
  } finally {
    await reception.homeserver.restart();
  }
  // What Element Call does about its membership, it does in the seconds after.
  await Promise.all([listen(5_000), ...notes.map((note) => note.waitFor({ state: 'detached' }))]);
  expect(gaps).toEqual([]);
  await page.getByLabel('Il Suo messaggio').fill('Mi sente ancora?');
  await page.getByRole('button', { name: 'Invia' }).click();
  await desk.getByText('Mi sente ancora?').waitFor();
}, paced(120_000));

test('who is put out of a visit hears nothing after two seconds, though his page does not even know, and the others hear on', async () => {
  await talk();
  const guest = await reception.person('interprete');
  const visit = (await visitsOf(reception)).find(({ visit: { ticket } }) => ticket === number);
  if (visit === undefined) throw new Error('The visit is not there.');
  await reception.anna.invite(visit.room, guest.user);
  const { page: other, context } = await atDesk(office, reception, 'interprete');
  await enterFrom(other, number);
  await until('he hears both', async () => isTone(await heardBy(other), TONES.visitor) || isTone(await heardBy(other), TONES.staff));
  await deafen(other, () => reception.anna.say(visit.room, 'Un momento.'));
  await reception.anna.kick(visit.room, guest.user);
  await within(2_000, 'he hears nothing', () => isSilent(other));
  expect(await other.locator('.call-slot iframe').count()).toBe(1);
  expect((await sfu.inside(visit.room))?.filter((identity) => identity.startsWith(guest.user))).toEqual([]);
  await bothHear();
  await context.close();
}, paced(120_000));

test('when the clerk’s browser is killed the colleagues are called, and the visitor is told to stay', async () => {
  await talk();
  await killed(office);
  await reception.bruno.until('a call', () => reception.bruno.timeline.some(({ room, event }) => room === reception.rooms.anagrafe && String(event.content['body']).includes(`il n. ${number} è rimasto solo`)), 60_000);
  await page.getByText('abbiamo chiamato i colleghi').waitFor();
  // For what comes next, another clerk's browser and another visit.
  office = await speaking(TONES.staff);
  ({ page: desk } = await atDesk(office, reception, 'anna'));
  isTalking = false;
}, paced(180_000));

test('a browser that is killed in the call is soon gone from it: nobody is left as a ghost', async () => {
  await talk();
  const visitor = (await visitsOf(reception)).find(({ visit: { ticket } }) => ticket === number)?.visit.visitor;
  await killed(phone);
  const since = performance.now();
  await until('the visitor is no member of the call', async () => {
    const state = (await visitsOf(reception)).find(({ visit: { ticket } }) => ticket === number)?.state ?? [];
    const inside = state.filter(({ type, content }) => type === 'org.matrix.msc3401.call.member' && Object.keys(content).length > 0);
    return inside.length > 0 && inside.every(({ sender }) => sender !== visitor);
  }, 40_000);
  await desk.locator(CALL_SAYS).getByText('nessuno è ancora in chiamata').waitFor();
  expect(performance.now() - since).toBeLessThan(await promisedNow(38_000));
}, paced(120_000));
