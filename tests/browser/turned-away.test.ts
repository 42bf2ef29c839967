/** Turned away, gone, coming again: the page without a `leave` of its own, in a real browser; and the staff's page before a forged visit. */
import { expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { DOOR, VISIT } from '@portineria/config/events';
import { knockBy, openBrowser, PHONE, picture, visitorWith } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { cardsIn, CONFIG, startReception, type Card, type Reception } from '../rig/reception.ts';
import { admin } from '../rig/administrator.ts';
import { settled } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { atDesk } from '../rig/voice.ts';

let reception: Reception;
let browser: Browser;
let office: string;

stage(async () => {
  // All of these visitors come from one address.
  [reception, browser] = await Promise.all([startReception({ config: `${CONFIG}traffic: { visitors_per_minute: 600, visitors_per_hour: 6000 }\n` }), openBrowser()]);
  office = reception.rooms.anagrafe;
}, async () => {
  await browser?.close();
  await reception?.stop();
});

interface Waiting {
  readonly page: Page;
  readonly card: Card;
  /** What the page asked of the homeserver that would take it from the door. */
  readonly leaves: string[];
}

/** Knocks on the page that is shown. */
async function knocks(page: Page): Promise<Card> {
  const before = new Set(cardsIn(reception.anna, office).map(({ event_id }) => event_id));
  await knockBy(page, 'Maria Bianchi', 'Carta d’identità');
  await page.getByText(/Il Suo numero è/u).waitFor();
  return reception.anna.until('a card', () => cardsIn(reception.anna, office).find(({ event_id, over }) => !before.has(event_id) && !over));
}

async function waits(): Promise<Waiting> {
  const { page } = await visitorWith(browser, reception.url, PHONE);
  const leaves: string[] = [];
  page.on('request', (request) => {
    const path = decodeURIComponent(new URL(request.url()).pathname);
    if (request.method() !== 'GET' && path.includes(reception.doors.anagrafe) && path.endsWith('/leave')) leaves.push(path);
  });
  await page.goto(`${reception.url}/o/anagrafe`);
  return { page, card: await knocks(page), leaves };
}

/** The account that a page holds. */
function accountOf(page: Page): Promise<string> {
  return page.evaluate(() => /@ospite-[0-9a-f]+:[^"\\]+/u.exec(JSON.stringify({ ...localStorage, ...sessionStorage }))?.[0] ?? '');
}

/** Erases an account, as the porter does, though the page was never told why. */
async function erase(user: string): Promise<void> {
  const { url, secrets } = reception.homeserver;
  const response = await fetch(`${url}/_matrix/client/v3/account/deactivate?user_id=${encodeURIComponent(user)}`, { method: 'POST', headers: { authorization: `Bearer ${secrets.visitors.as_token}` }, body: JSON.stringify({ erase: true }) });
  expect(response.status).toBe(200);
}

/** Leaves the page, lets something happen, and comes back. */
async function whileAway(page: Page, happens: () => Promise<unknown>): Promise<void> {
  const url = page.url();
  await page.goto('about:blank');
  await happens();
  await page.goto(url);
}

/** @param written the name that stands in the form still */
async function comesAgain(page: Page, button: string, written = ''): Promise<void> {
  const before = await accountOf(page);
  expect(before).toBe('');
  await page.getByRole('button', { name: button }).click();
  expect(await page.getByLabel('Come si chiama?').inputValue()).toBe(written);
  await knocks(page);
  expect(await accountOf(page)).not.toBe('');
}

async function leavesQueue(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Esci dalla coda' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Esci dalla coda' }).click();
  await page.getByRole('heading', { name: 'Ha lasciato la coda' }).waitFor();
  await settled(reception);
}

test('taking the knock back goes by the reception, also after a reload, and nothing of it is left', async () => {
  const { page, leaves } = await waits();
  const user = await accountOf(page);
  await page.reload();
  await page.getByText(/Il Suo numero è/u).waitFor();
  await leavesQueue(page);
  expect(leaves).toEqual([]);
  await until('the account is erased', async () => (await admin<{ deactivated: boolean }>(reception, `/v2/users/${encodeURIComponent(user)}`)).deactivated);
  expect(await accountOf(page)).toBe('');
  await page.context().close();
});

test.for(['at the page', 'while the page is away'])('declined %s, the visitor reads it with the staff’s reason, and may come again', async (where) => {
  const { page, card } = await waits();
  const decline = (): Promise<unknown> => reception.anna.say(office, `!rifiuta ${card.number} torni giovedì`);
  if (where === 'at the page') await decline();
  else await whileAway(page, async () => {
    await decline();
    await settled(reception);
  });
  await page.getByRole('heading', { name: 'Richiesta non accolta' }).waitFor();
  await page.getByText(/torni giovedì/u).waitFor();
  await picture(page, 'declined');
  await page.getByRole('button', { name: 'Torna all’ufficio' }).click();
  await page.getByRole('heading', { name: 'Anagrafe' }).first().waitFor();
  await knocks(page);
  await leavesQueue(page);
  await page.context().close();
});

test('when the door is closed, the visitor reads that', async () => {
  const { page } = await waits();
  const door = (state: string): Promise<unknown> => reception.anna.ask('PUT', `/rooms/${encodeURIComponent(office)}/state/${DOOR}/`, { state });
  await door('closed');
  await page.getByRole('heading', { name: 'Ufficio chiuso' }).waitFor();
  await picture(page, 'closed');
  await door('open');
  await until('the door is open', async () => ((await (await fetch(`${reception.url}/api/offices/anagrafe`)).json()) as { door: { state: string } }).door.state === 'open');
  await settled(reception);
  await page.context().close();
});

test.for(['at the page', 'while the page is away'])('an account that is gone without a word, %s: the page says so kindly, and one may knock again', async (where) => {
  const { page } = await waits();
  const user = await accountOf(page);
  if (where === 'at the page') await erase(user);
  else await whileAway(page, () => erase(user));
  await page.getByRole('heading', { name: 'Non è più in coda' }).waitFor();
  await page.getByText('Può bussare di nuovo').waitFor();
  await picture(page, 'gone');
  await settled(reception);
  await comesAgain(page, 'Bussa di nuovo', 'Maria Bianchi');
  await leavesQueue(page);
  await page.context().close();
});

test.for(['in the queue', 'in the visit'])('a visit that began and ended while the page was away, left %s, is over for it', async (where) => {
  const { page, card } = await waits();
  const { anna } = reception;
  const enter = async (): Promise<string> => {
    await anna.react(office, card.event_id, '✅');
    const visit = await anna.until('an invitation', () => [...anna.invites.keys()].find((room) => room !== office));
    await anna.join(visit);
    return visit;
  };
  let visit = '';
  if (where === 'in the visit') {
    visit = await enter();
    await page.getByRole('heading', { name: /A colloquio/u }).waitFor();
  }
  await whileAway(page, async () => {
    if (visit === '') visit = await enter();
    await anna.say(office, `!fine ${card.number}`);
    await settled(reception);
  });
  await page.getByRole('heading', { name: where === 'in the visit' ? 'Colloquio concluso' : /La porta si è aperta senza di Lei|Non è più in coda/u }).waitFor();
  if (where === 'in the queue') await page.getByRole('button', { name: 'Bussa di nuovo' }).waitFor();
  expect(await accountOf(page)).toBe('');
  await page.context().close();
});

test('let in by a command, the visitor is in the visit, over a reload', async () => {
  const { page, card } = await waits();
  await reception.anna.say(office, `!apri ${card.number}`);
  await page.getByRole('heading', { name: /A colloquio/u }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: /A colloquio/u }).waitFor();
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await settled(reception);
  await page.context().close();
});

test('a visit that somebody but the porter has made is neither listed nor entered by the staff’s page, not even where it follows by itself, or the address names it', async () => {
  const { anna } = reception;
  const { page: desk } = await atDesk(browser, reception, 'anna');
  await desk.getByLabel('Entra da solo').check();
  const mallory = await reception.person('mallory');
  const content = { office: 'anagrafe', office_room: office, visitor: mallory.user, knock: '$forged', ticket: 1, transport: { type: 'livekit', livekit_service_url: 'https://evil.example' }, opened_by: anna.user, opened_at: Date.now() };
  const { room_id: forged } = await mallory.ask<{ room_id: string }>('POST', '/createRoom', { preset: 'private_chat', name: 'N. 1 · Maria', initial_state: [{ type: VISIT, state_key: '', content }], invite: [anna.user] });
  const { room_id: open } = await mallory.ask<{ room_id: string }>('POST', '/createRoom', { preset: 'public_chat', name: 'N. 2 · Maria', initial_state: [{ type: VISIT, state_key: '', content }] });
  // A real one comes after it: the page has heard of both by then.
  const { page, card } = await waits();
  await anna.react(office, card.event_id, '✅');
  await desk.getByRole('heading', { name: /Maria Bianchi/u }).waitFor();
  await page.getByRole('heading', { name: /A colloquio/u }).waitFor();
  await desk.getByRole('button', { name: 'Torna ai colloqui' }).click();
  await desk.getByRole('button', { name: /Entra/u }).first().waitFor();
  expect(await desk.getByText(/N\. [12] · Maria$/u).count()).toBe(0);
  for (const room of [forged, open]) {
    await desk.goto(`${reception.url}/desk#${encodeURIComponent(room)}`);
    await desk.reload();
    await desk.getByText('Questo colloquio è concluso').waitFor();
  }
  await until('the staff are in neither', async () => {
    const memberships = await Promise.all([forged, open].map((room) => mallory.state<{ membership: string }>(room, 'm.room.member', anna.user).then(({ membership }) => membership, () => 'none')));
    return memberships.every((membership) => membership !== 'join');
  });
  expect((await mallory.state<{ membership: string }>(forged, 'm.room.member', anna.user)).membership).toBe('invite');
  await page.context().close();
  await desk.context().close();
});
