/** A visit that is spoken over Jitsi, in real browsers with a real homeserver. Jitsi itself is a stand-in: rig/jitsi.ts. */
import AxeBuilder from '@axe-core/playwright';
import { VISIT, WIDGET, type VisitContent, type WidgetContent } from '@portineria/config/events';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { DESK, knockBy, NARROW, openBrowser, visitorWith, type Visitor } from '../rig/browser.ts';
import { officeRoom } from '../rig/administrator.ts';
import { openidOf } from '../rig/calls.ts';
import { giveSecret, JITSI_DOMAIN, preferringJitsi, startJitsi, type Jitsi } from '../rig/jitsi.ts';
import { until, type Person } from '../rig/matrix.ts';
import { arrive, CONFIG, startReception, type Guest, type Reception } from '../rig/reception.ts';
import { cardOf, seeOff, visitOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { startWidgetHost, type WidgetHost } from '../rig/widget-host.ts';

let reception: Reception;
let jitsi: Jitsi;
let client: WidgetHost;
let browser: Browser;
let protocollo: string;

stage(async () => {
  [reception, jitsi, client, browser] = await Promise.all([
    startReception({ config: preferringJitsi(CONFIG, '@anna:localhost', '@bruno:localhost') }),
    startJitsi(),
    startWidgetHost(),
    openBrowser('--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'),
  ]);
  giveSecret(reception.configFile);
  const { anna, bruno } = reception;
  protocollo = await officeRoom(reception, 'protocollo');
  await anna.join(protocollo);
  await bruno.join(protocollo);
}, async () => {
  await browser?.close();
  await Promise.all([client?.stop(), jitsi?.stop(), reception?.stop()]);
});

/** Somebody whose browser reaches the stand-in, and nothing else outside. */
async function somebody(viewport = NARROW, origin = reception.url): Promise<Visitor> {
  const visitor = await visitorWith(browser, origin, viewport);
  await jitsi.lead(visitor.context);
  return visitor;
}

const outside = ({ strayed }: Visitor): string[] => strayed.filter((url) => !url.startsWith(`https://${JITSI_DOMAIN}/`) && !url.startsWith(reception.url));

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** Opens the door to whoever is the last at it. */
async function openDoor(number: string): Promise<void> {
  await reception.anna.say(protocollo, `!apri ${number}`);
}

const inside = (conference: string, count: number): Promise<unknown> =>
  until(`${count} in the conference`, () => (jitsi.inside(conference).length === count ? true : undefined), 30_000);

test('a citizen and the staff meet in the conference of their visit, with nothing but our origin and Jitsi’s domain asked', async () => {
  const citizen = await somebody();
  const colleague = await somebody(DESK);
  const [{ page }, { page: desk }] = [citizen, colleague];
  await desk.goto(`${reception.url}/desk`);
  await desk.getByLabel('Nome utente').fill('anna');
  await desk.getByLabel('Password').fill(reception.password);
  await desk.getByRole('button', { name: 'Entra' }).click();
  await desk.getByText('Nessun colloquio aperto').waitFor();

  await page.goto(`${reception.url}/o/protocollo`);
  await page.getByText('A voce, con il microfono').waitFor();
  await knockBy(page, 'Maria Bianchi', 'Un certificato');
  const number = /è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1] ?? '';
  // Before the door opens, Jitsi hears of nobody.
  expect(citizen.strayed).toEqual([]);

  // It cannot be reached at first: a sentence, the telephone, writing, and another try that works.
  jitsi.away(true);
  await openDoor(number);
  await page.getByText('La connessione non arriva al servizio delle chiamate.').waitFor();
  await page.getByRole('link', { name: '+39 099 000 0000' }).first().waitFor();
  await isAccessible(page);
  jitsi.away(false);
  await desk.getByRole('button', { name: /Entra nel colloquio/u }).click();
  await desk.getByRole('button', { name: 'Lascia la chiamata' }).waitFor();
  await page.getByRole('button', { name: 'Riprova' }).click();
  await page.getByRole('button', { name: 'Lascia la chiamata' }).waitFor();

  const address = await page.locator('.call-frame').getAttribute('src');
  const conference = new URL(address ?? '').pathname.slice(1);
  expect(conference).toMatch(/^portineria-[a-z2-7]{26}$/u);
  await inside(conference, 2);
  const people = jitsi.inside(conference);
  // Voice first, in the page's language, with the microphone, and nothing that names the citizen.
  for (const one of people) expect(one).toMatchObject({ lang: 'it', microphone: true, settings: { startAudioOnly: true, startWithVideoMuted: true, disableThirdPartyRequests: true, disableDeepLinking: true } });
  expect(people.map(({ affiliation }) => affiliation).toSorted()).toEqual(['member', 'owner']);
  expect(JSON.stringify(people)).not.toContain('Bianchi');
  expect(jitsi.refused).toEqual([]);
  await isAccessible(page);
  await isAccessible(desk);
  const bar = await page.getByRole('button', { name: 'Lascia la chiamata' }).boundingBox();
  expect(bar === null ? null : bar.x + bar.width <= NARROW.width).toBe(true);
  // The conference has the width of a small phone, and Jitsi's own buttons the height that they need.
  const inner = await page.frames().find((frame) => frame.url().includes(conference))?.evaluate(() => [innerWidth, innerHeight]);
  expect([(inner?.[0] ?? 0) > 280, (inner?.[1] ?? 0) > 220]).toEqual([true, true]);

  // One leaves, writes on, and comes back.
  await page.getByRole('button', { name: 'Lascia la chiamata' }).click();
  await page.getByText('Ha lasciato la chiamata.').first().waitFor();
  await inside(conference, 1);
  await until('no frame is left', async () => ((await page.locator('iframe').count()) === 0 ? true : undefined));
  await page.getByLabel('Il Suo messaggio').fill('Torno subito.');
  await page.getByRole('button', { name: 'Invia' }).click();
  await desk.getByText('Torno subito.').waitFor();
  await page.getByRole('button', { name: 'Parla a voce' }).click();
  await inside(conference, 2);

  // A reload comes back into the same conference.
  await page.reload();
  await page.getByRole('button', { name: 'Lascia la chiamata' }).waitFor();
  expect(new URL((await page.locator('.call-frame').getAttribute('src')) ?? '').pathname.slice(1)).toBe(conference);

  // A refusal is a sentence, too.
  await page.getByRole('button', { name: 'Lascia la chiamata' }).click();
  await page.route('**/jitsi/get_token', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{}' }));
  await page.getByRole('button', { name: 'Parla a voce' }).click();
  await page.getByText('Il servizio delle chiamate non risponde.').waitFor();
  await page.unroute('**/jitsi/get_token');
  await page.getByRole('button', { name: 'Riprova' }).click();
  await inside(conference, 2);

  // The end takes both out.
  await reception.anna.say(protocollo, `!fine ${number}`);
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  expect(await page.locator('iframe').count()).toBe(0);
  expect(await desk.locator('.call-slot iframe').count()).toBe(0);
  await inside(conference, 0);
  for (const one of [citizen, colleague]) {
    expect(outside(one)).toEqual([]);
    expect(one.complaints).toEqual([]);
    await one.context.close();
  }
}, paced(180_000));

interface Visiting {
  readonly guest: Guest;
  readonly number: number;
  readonly room: string;
  readonly widget: WidgetContent;
  readonly conference: string;
}

/** A visit with anna in it, as her own client sees it. */
async function visiting(): Promise<Visiting> {
  const { anna } = reception;
  const guest = await arrive(reception, 'protocollo');
  const { number } = await cardOf(reception, protocollo, guest.person.user);
  await openDoor(String(number));
  const room = await visitOf(guest.person, protocollo);
  await guest.person.join(room);
  await anna.until('an invitation', () => anna.invites.has(room));
  await anna.join(room);
  const [widget, { transport }] = await Promise.all([
    anna.state<WidgetContent>(room, WIDGET, 'it.portineria.jitsi'),
    anna.state<VisitContent>(room, VISIT),
  ]);
  return { guest, number, room, widget, conference: transport?.conference ?? '' };
}

interface Showing extends Visitor {
  readonly frame: ReturnType<Page['frameLocator']>;
  /** What the widget told the client so far. */
  readonly told: () => Promise<string[]>;
}

/** Shows a visit's widget in somebody's client. `openid` answers when the client asks whether the page may know who one is. */
async function showing({ widget, room }: Visiting, person: Person, openid = (): Promise<object | null> => openidOf(person)): Promise<Showing> {
  const visitor = await somebody(DESK, client.url);
  const { page } = visitor;
  await page.exposeFunction('openid', openid);
  await page.goto(client.url);
  await page.evaluate((what) => window.show(what), { widget, room, user: person.user, name: 'Anna dell’Anagrafe', language: 'it' });
  return { ...visitor, frame: page.frameLocator('iframe'), told: () => page.evaluate(() => window.hosted.told) };
}

test('the widget in the staff’s own client enters with the porter’s token, stays on screen, hangs up when told, and tells of it', async () => {
  const visit = await visiting();
  expect(visit.widget).toMatchObject({ type: 'm.custom', data: { domain: JITSI_DOMAIN, conferenceId: visit.conference, isAudioOnly: true } });
  const shown = await showing(visit, reception.anna);
  const { frame, page } = shown;
  await frame.getByText('In questa visita si parla con Jitsi.').waitFor();
  const { violations } = await new AxeBuilder({ page }).include(['iframe', 'body']).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  expect(await page.evaluate(() => window.hosted.wished)).toEqual(['m.always_on_screen']);
  await frame.getByRole('button', { name: 'Entra nella chiamata' }).click();
  await inside(visit.conference, 1);
  expect(jitsi.inside(visit.conference)[0]).toMatchObject({ name: 'Anna dell’Anagrafe', affiliation: 'owner', microphone: true, lang: 'it', settings: { startAudioOnly: true } });
  await until('it stays on screen', async () => ((await shown.told()).length > 0 ? true : undefined));
  expect(await shown.told()).toEqual(['always on screen: true']);

  await page.evaluate(() => window.hosted.hangUp());
  await frame.getByText('Ha lasciato la chiamata.').waitFor();
  await inside(visit.conference, 0);
  expect(await shown.told()).toEqual(['always on screen: true', 'hung up', 'always on screen: false']);

  // Again, and the visit ends meanwhile: then there is no way back.
  await frame.getByRole('button', { name: 'Entra nella chiamata' }).click();
  await inside(visit.conference, 1);
  await reception.anna.say(protocollo, `!fine ${visit.number}`);
  await reception.anna.until('anna is out of the room', () => reception.anna.left.has(visit.room));
  await page.evaluate(() => window.hosted.hangUp());
  await frame.getByRole('button', { name: 'Entra nella chiamata' }).click();
  await frame.getByText('La chiamata non è permessa').waitFor();
  expect(outside(shown)).toEqual([]);
  expect(shown.complaints).toEqual([]);
  await shown.context.close();
  await seeOff(reception, visit.guest);
}, paced(120_000));

test('the widget lets in nobody who is not in the visit, nor anybody who does not want to say who they are', async () => {
  const visit = await visiting();
  // Of the office's staff, and not in this visit.
  const stranger = await showing(visit, reception.bruno);
  await stranger.frame.getByRole('button', { name: 'Entra nella chiamata' }).click();
  await stranger.frame.getByText('La chiamata non è permessa').waitFor();
  const shy = await showing(visit, reception.anna, async () => null);
  await shy.frame.getByRole('button', { name: 'Entra nella chiamata' }).click();
  await shy.frame.getByText('Senza sapere chi è, la chiamata non si apre.').waitFor();
  // Jitsi was not even asked.
  for (const { strayed } of [stranger, shy]) expect(strayed.filter((url) => url.includes(JITSI_DOMAIN))).toEqual([]);
  expect(jitsi.inside(visit.conference)).toEqual([]);
  for (const { context } of [stranger, shy]) await context.close();
  await seeOff(reception, visit.guest);
}, paced(120_000));

test('the widget’s page by itself says what it is for', async () => {
  const { page, context, complaints } = await somebody();
  await page.goto(`${reception.url}/widget/index.html`);
  await page.getByText('Questa pagina si apre dentro un programma per Matrix').waitFor();
  await isAccessible(page);
  expect(complaints).toEqual([]);
  await context.close();
});
