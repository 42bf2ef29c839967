/** How a citizen's way ends otherwise than with a goodbye, and what a list shows whose doors cannot be asked for: as in everyone.test.ts, in every language and view. */
import { randomUUID } from 'node:crypto';
import { DOOR } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { keptAccount, openBrowser } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { minutesGoBy } from '../rig/minutes.ts';
import { all, FROM_ONE_ADDRESS, knockOn, look, readers, said, waits, type Reader } from '../rig/readers.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { goodbye, openCards, settled, visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

const HERE = CONFIG
  .replace('[it, en]', '[it, en, de, fr, sl]')
  .replace('{ it: Anagrafe, en: Registry }', '{ it: Anagrafe, en: Registry, de: Einwohnermeldeamt, fr: État civil, sl: Matični urad }\n    booking: https://comune.example/prenota');

let reception: Reception;
let browser: Browser;
stage(async () => {
  [reception, browser] = await Promise.all([startReception({ config: `${HERE}${FROM_ONE_ADDRESS}` }), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
});

/** Sets the office's door by hand, and awaits that the pages know it. */
async function setDoor(state: 'open' | 'closed'): Promise<void> {
  await reception.anna.ask('PUT', `/rooms/${encodeURIComponent(reception.rooms.anagrafe)}/state/${DOOR}/`, { state });
  await until(`the door is ${state}`, async () => ((await (await fetch(`${reception.url}/api/offices/anagrafe`)).json()) as { door: { state: string } }).door.state === state);
}

/** All of them knock anew, from wherever they are, and have a place. */
async function allWait(people: readonly Reader[]): Promise<void> {
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await all(people, knockOn);
  await all(people, waits);
}

/** What a page asks for to know how the doors stand. */
const DOORS = /\/api\/comune\?/u;

/** Goes on at another device by a code, and takes the knock back there. */
async function goOnElsewhere(code: string): Promise<void> {
  const response = await fetch(`${reception.url}/api/visitors/resume`, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': `"${randomUUID()}"` }, body: JSON.stringify({ code }) });
  const { account } = (await response.json()) as { account: { access_token: string } };
  await goodbye(reception, account.access_token);
}

test('a way that ends otherwise: taken back, declined, closed, lost, missed', async () => {
  const people = await readers(browser, reception.url);
  await allWait(people);
  await all(people, (page) => page.locator('.btn-outline-danger').click());
  await all(people, (page) => page.locator('dialog .btn-danger').click());
  await look(people, 'taken back', 'ended.withdrawn');
  await settled(reception);

  await allWait(people);
  for (const { number } of await openCards(reception, people.length)) await reception.anna.say(reception.rooms.anagrafe, `!rifiuta ${number} torni giovedì`);
  await look(people, 'declined', 'title.declined');
  await settled(reception);

  await allWait(people);
  await setDoor('closed');
  await look(people, 'closed after all', 'title.closed');
  await setDoor('open');
  await settled(reception);

  await allWait(people);
  await all(people, (page) => page.goto('about:blank'));
  const missed = await openCards(reception, people.length);
  for (const { event_id } of missed) await reception.anna.react(reception.rooms.anagrafe, event_id, '✅');
  await until('all visits are open', async () => (await visitsOf(reception)).length === missed.length);
  for (const { number } of missed) await reception.anna.say(reception.rooms.anagrafe, `!fine ${number}`);
  await settled(reception);
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await look(people, 'missed', 'next.knock');
  expect(people.flatMap(({ complaints }) => complaints)).toEqual([]);
  await all(people, (_page, { context }) => context.close());
}, paced(240_000));

test('a knock that goes on at another device, and one whose account is gone', async () => {
  const people = await readers(browser, reception.url);
  await allWait(people);
  await all(people, (page) => page.locator('.hand summary').click());
  await all(people, (page) => page.locator('.hand button').click());
  await look(people, 'a code for another device', 'hand.until');
  await all(people, async (page) => goOnElsewhere(await page.locator('.hand-code').innerText()));
  await look(people, 'gone on at another device', 'moved.what');
  await settled(reception);

  await allWait(people);
  await all(people, async (page) => goodbye(reception, (await keptAccount(page)).access_token));
  await look(people, 'no more to be found', 'gone.what');
  await settled(reception);
  await all(people, (_page, { context }) => context.close());
}, paced(180_000));

test('a list whose doors cannot be asked for says that they may have changed', async () => {
  const people = await readers(browser, reception.url);
  // Its time goes on by itself, and faster where it is told to.
  await all(people, (page) => page.clock.install());
  await all(people, (page) => page.goto(reception.url));
  await all(people, (page) => page.route(DOORS, (route) => route.abort()));
  await all(people, (page) => page.clock.runFor(31_000));
  await all(people, (_page, reader) => said(reader, 'list.stale').waitFor());
  // What a browser itself says of a request that was cut is no fault of the page.
  for (const { complaints } of people) complaints.length = 0;
  await look(people, 'doors that may have changed', 'list.stale');
  await all(people, (_page, { context }) => context.close());
}, paced(120_000));

test('a porter that says nothing for minutes: the place stays, and so does the way to the telephone', async () => {
  const people = await readers(browser, reception.url);
  await all(people, (page) => page.clock.install());
  await allWait(people);
  // The porter's words to those who wait stay on their way.
  const speakAgain = reception.toll.stall(/\/sendToDevice\/it\.portineria/u, 'before');
  for (const { page } of people) await minutesGoBy(reception, page, 4);
  await look(people, 'a silent porter', 'live.silent');
  speakAgain();
  await all(people, (_page, reader) => said(reader, 'live.silent').waitFor({ state: 'detached' }));
  await all(people, (_page, { context }) => context.close());
}, paced(180_000));
