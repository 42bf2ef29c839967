/** The moment a door opens: the call runs ahead of it in both pages, and says nothing to anybody before. */
import { expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { paced } from '@portineria/config/pace';
import { DESK, knockBy, NARROW, visitorWith } from '../rig/browser.ts';
import { membershipsIn, resolveAlias } from '../rig/administrator.ts';
import { until } from '../rig/matrix.ts';
import { cardsIn, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { admit, atDesk, enterFrom, hears, speaking, standsReady, TONES } from '../rig/voice.ts';

let reception: Reception;
const browsers: Browser[] = [];

stage(async () => {
  reception = await startReception({ calls: true, config: CONFIG });
  browsers.push(await speaking(TONES.visitor), await speaking(TONES.staff));
}, async () => {
  for (const browser of browsers.splice(0)) await browser.close();
  await reception?.stop();
});

/** What of the network concerns a call: its tokens, its line, and its state and keys at the homeserver. */
const SPEAKS = /\/livekit\/|\/state\/org\.matrix\.msc3401|\/delayed_events\/|\/sendToDevice\//u;

function watched(page: Page): string[] {
  const said: string[] = [];
  page.on('request', (request) => SPEAKS.test(request.url()) && said.push(request.url()));
  page.on('websocket', (socket) => said.push(socket.url()));
  return said;
}

/** Whether a frame of the page holds a microphone or a way to anybody: a connection that was answered. */
const isOpen = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const frames = [...document.querySelectorAll<HTMLIFrameElement>('iframe.call-frame')];
    const peers = frames.flatMap((frame) => [...((frame.contentWindow as unknown as { portineriaPeers?: Set<RTCPeerConnection> } | null)?.portineriaPeers ?? [])]);
    return peers.some((peer) => peer.remoteDescription !== null || peer.getSenders().some(({ track }) => track !== null));
  });

test('while the door is shut the call runs ahead, without a microphone, a token or a word to anybody; and it goes on by itself once staff open', async () => {
  const [first, second] = browsers;
  if (first === undefined || second === undefined) throw new Error('Expected two browsers');
  const { page: desk } = await atDesk(second, reception, 'anna');
  await desk.getByLabel('Entra da solo').check();
  const deskSaid = watched(desk);
  const { page } = await visitorWith(first, reception.url, NARROW);
  const said = watched(page);
  const microphones: string[] = [];
  await page.exposeFunction('microphoneAsked', () => microphones.push('asked'));
  await page.addInitScript(() => {
    const media = navigator.mediaDevices as MediaDevices | undefined;
    if (media === undefined) return;
    const listen = media.getUserMedia.bind(media);
    media.getUserMedia = (wish) => {
      (window.top as unknown as { microphoneAsked(): void }).microphoneAsked();
      return listen(wish);
    };
  });
  const loads: string[] = [];
  page.on('request', (request) => request.url().includes('/element-call/index.html') && loads.push(request.url()));
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Maria Bianchi', '');
  await page.getByText(/Il Suo numero è/u).waitFor();
  await standsReady(page);
  await standsReady(desk);
  // That they will be in the call stands in the room that is ready, where nobody is yet.
  await until('the membership', async () => said.length > 0);
  expect(said).toEqual([expect.stringMatching(/\/state\/org\.matrix\.msc3401\.call\.member\/[^?]*$/u)]);
  // Nobody can be heard before the door opens, and nobody can get at it with a key of the keyboard.
  expect([deskSaid, microphones, await isOpen(page), await isOpen(desk)]).toEqual([[], [], false, false]);
  expect(await page.evaluate(() => document.querySelector('iframe.call-frame')?.closest('[inert]') !== null)).toBe(true);

  await admit(reception, page);
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  expect(loads).toHaveLength(1);
  expect(microphones.length).toBeGreaterThan(0);
  // All that was said, was said in the visit's room.
  const named = said.map((url) => /\/rooms\/([^/]+)\//u.exec(url)?.[1]).filter((room) => room !== undefined);
  expect(new Set(named).size).toBe(1);
  expect(said.join(' ')).not.toContain('mask.invalid');

  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  // The next one stands ready.
  await standsReady(desk);
  expect(await isOpen(desk)).toBe(false);
  await desk.context().close();
}, paced(180_000));

test('where the browsers cannot move a frame, it is laid over its place, loaded once, and stays there over all that moves: both hear each other', async () => {
  const [first, second] = browsers;
  if (first === undefined || second === undefined) throw new Error('Expected two browsers');
  const { page: desk } = await atDesk(second, reception, 'anna');
  const { page } = await visitorWith(first, reception.url, NARROW);
  const loads: string[] = [];
  for (const one of [desk, page]) {
    await one.addInitScript(() => { for (const { prototype } of [HTMLElement, Element]) Reflect.deleteProperty(prototype, 'moveBefore'); });
    one.on('request', (request) => request.url().includes('/element-call/index.html') && loads.push(request.url()));
  }
  await desk.reload();
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Eva Blu', '');
  await page.getByText(/Il Suo numero è/u).waitFor();
  await standsReady(page);
  await standsReady(desk);
  await enterFrom(desk, await admit(reception, page));
  await hears(page, TONES.staff);
  await hears(desk, TONES.visitor);
  expect(loads).toHaveLength(2);

  for (const one of [page, desk]) {
    await liesOverItsPlace(one);
    // Everything that a page can do under it.
    await one.evaluate(() => scrollTo(0, 200));
    await one.evaluate(() => document.querySelector('.call')?.prepend(Object.assign(document.createElement('p'), { textContent: 'Prova', className: 'of-the-test' })));
    await liesOverItsPlace(one);
    await one.evaluate(() => document.querySelector('.of-the-test')?.remove());
    await one.setViewportSize(DESK);
    await liesOverItsPlace(one);
    await one.setViewportSize(NARROW);
    await liesOverItsPlace(one);
  }
  await page.getByRole('button', { name: 'Lascia la chiamata' }).click();
  await page.locator('.call-frame').waitFor({ state: 'detached' });
  // Nobody is there but oneself: the card that says so is not covered.
  await until('the card', () => desk.evaluate(() => {
    const card = document.querySelector('.call-alone');
    card?.scrollIntoView({ block: 'center' });
    const { x, y, width, height } = card?.getBoundingClientRect() ?? new DOMRect();
    return (card !== null && document.elementFromPoint(x + width / 2, y + height / 2) === card) || undefined;
  }), 60_000);
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await desk.getByText('Questo colloquio è concluso').waitFor();
  expect(await desk.evaluate(() => document.querySelectorAll('.call-frame:not([inert] *)').length)).toBe(0);
  await desk.context().close();
}, paced(180_000));

/** Awaits that the frame of a call that cannot be moved fills its place but for the border, and that a finger on it reaches it. */
const liesOverItsPlace = (page: Page): Promise<true> =>
  until('the frame over its place', () => page.evaluate(() => {
    const [slot, frame] = [document.querySelector('.call-slot'), document.querySelector('.call-frame:not([inert] *)')];
    if (slot === null || frame === null) return undefined;
    const [place, laid] = [slot.getBoundingClientRect(), frame.getBoundingClientRect()];
    const near = (one: number, other: number): boolean => Math.abs(one - other) < 3;
    slot.scrollIntoView({ block: 'center' });
    const seen = slot.getBoundingClientRect();
    const reached = document.elementFromPoint(seen.x + seen.width / 2, seen.y + seen.height / 2) === frame;
    return (near(place.x, laid.x) && near(place.y, laid.y) && near(place.width, laid.width) && near(place.height, laid.height) && reached) || undefined;
  }));

test('the staff’s page follows no door that somebody else has opened, and none where it was not wished', async () => {
  const [first, second] = browsers;
  if (first === undefined || second === undefined) throw new Error('Expected two browsers');
  const { page: anna } = await atDesk(second, reception, 'anna');
  const { page: bruno } = await atDesk(second, reception, 'bruno');
  await bruno.getByLabel('Entra da solo').check();
  const { page } = await visitorWith(first, reception.url, NARROW);
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Ugo Neri', '');
  const number = await admit(reception, page);
  await anna.getByRole('button', { name: new RegExp(`Entra nel colloquio N\\. ${number} `, 'u') }).waitFor();
  await page.getByRole('heading', { name: /A colloquio con/u }).waitFor();
  expect(await bruno.getByRole('button', { name: /Entra nel colloquio/u }).count()).toBe(0);
  for (const desk of [anna, bruno]) expect([await desk.getByRole('checkbox').count(), await desk.locator('.call-slot').count()]).toEqual([1, 0]);
}, paced(120_000));

test('a page that went ahead by its own answer, when a colleague’s was sooner, leaves their visit again', async () => {
  const [first, second] = browsers;
  if (first === undefined || second === undefined) throw new Error('Expected two browsers');
  const { page: desk } = await atDesk(second, reception, 'anna');
  await desk.getByLabel('Entra da solo').check();
  const { page } = await visitorWith(first, reception.url, NARROW);
  await page.goto(`${reception.url}/o/anagrafe`);
  await knockBy(page, 'Ida Verdi', '');
  await standsReady(page);
  const number = Number(/è (\d+)/u.exec(await page.getByText(/Il Suo numero è/u).innerText())?.[1]);
  const { anna, bruno, rooms } = reception;
  const card = await until('a card', async () => {
    await anna.sync();
    return cardsIn(anna, rooms.anagrafe).find((one) => one.number === number && !one.over);
  });
  const room = await until('the visit’s room', () => resolveAlias(reception, card.visit ?? ''));
  await bruno.react(rooms.anagrafe, card.event_id, '✅');
  await anna.react(rooms.anagrafe, card.event_id, '✅');
  await until('they have left', async () => (await membershipsIn(reception, room)).get(anna.user) === 'leave');
  expect(await desk.locator('.call-slot').count()).toBe(0);
  await desk.getByRole('button', { name: new RegExp(`Entra nel colloquio N\\. ${number} `, 'u') }).waitFor({ state: 'detached' });
}, paced(120_000));
