/** Every state of the citizen's page in every language, in light and in dark, on a small phone and on a desktop: for whoever sees, hears, reads or moves otherwise, axe finds no fault in any, and nothing is too small, past an edge or cut off. */
import { DOOR } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { test } from 'vitest';
import { officeRoom } from '../rig/administrator.ts';
import { openBrowser } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { all, FROM_ONE_ADDRESS, knockOn, look, readers, said, submit, waits, words, type Reader } from '../rig/readers.ts';
import { CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { openCards, settled } from '../rig/scenes.ts';
import { staffWith, type Staff } from '../rig/staff.ts';
import { stage } from '../rig/stage.ts';
import { described, OPEN, standIn, type StandIn } from '../rig/standin.ts';

const ALWAYS = /hours: .*\n/u.exec(CONFIG)?.[0] ?? '';
const more = (id: string, name: string, hours: string): string => `  - id: ${id}\n    name: ${name}\n    description: { it: Imposte comunali, de: Gemeindesteuern und Abfallgebühren }\n    ${hours}    staff: ["@anna:localhost"]\n`;
const SOON = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
const OFFICES = [
  more('tributi', '{ it: Tributi, de: Gemeindesteuern }', 'appointment: true\n    booking: https://comune.example/prenota\n'),
  more('pausa', '{ it: Polizia locale, de: Ordnungswidrigkeitenbehörde }', ALWAYS),
  more('mano', '{ it: Anagrafe canina, de: Hunderegister }', ALWAYS),
  more('sabato', '{ it: Biblioteca, de: Gemeindebibliothek }', `rules: [{ rrule: "FREQ=MONTHLY;BYDAY=1SA", hours: ["09:00-12:00"] }]\n    exceptions: [{ date: ${SOON}, hours: ["10:00-11:00"], reason: { it: Inventario } }]\n`),
  more('urp', '{ it: Relazioni con il pubblico }', `front_desk: true\n    ${ALWAYS}`),
].join('');
const HERE = CONFIG
  .replace('[it, en]', '[it, en, de, fr, sl]')
  .replace('  phone:', '  privacy: https://comune.example/privacy\n  accessibility: https://comune.example/accessibilita\n  phone:')
  .replace('{ it: Anagrafe, en: Registry }', '{ it: Anagrafe, en: Registry, de: Einwohnermeldeamt, fr: État civil, sl: Matični urad }\n    booking: https://comune.example/prenota')
  .replace('limits:', `${OFFICES}limits:`);

let reception: Reception;
let browser: Browser;
let staff: Staff;
let beside: StandIn;
let office: string;
stage(async () => {
  beside = await standIn(() => described('Comune di Altrove', OPEN));
  const neighbours = JSON.stringify([{ id: 'altrove', url: beside.url }, { id: 'muto', url: 'http://127.0.0.1:9', name: 'Comune Muto' }]);
  [reception, browser] = await Promise.all([startReception({ config: `${HERE}${FROM_ONE_ADDRESS}neighbours: ${neighbours}\n` }), openBrowser()]);
  office = reception.rooms.anagrafe;
  for (const id of ['tributi', 'pausa', 'mano', 'sabato', 'urp']) await reception.anna.join(await officeRoom(reception, id));
  for (const [id, state] of [['pausa', 'paused'], ['mano', 'closed']] as const) {
    await setDoor(await officeRoom(reception, id), state);
    await until(`${id} is ${state}`, async () => (await doorNow(id)) === state);
  }
  staff = await staffWith(reception.homeserver.url, 'anna', reception.password);
}, async () => {
  staff?.stop();
  await browser?.close();
  await reception?.stop();
  beside?.stop();
});

async function doorNow(id: string): Promise<string> {
  return ((await (await fetch(`${reception.url}/api/offices/${id}`)).json()) as { door: { state: string } }).door.state;
}

/** Sets an office's door by hand. */
async function setDoor(room: string, state: 'open' | 'paused' | 'closed'): Promise<void> {
  await reception.anna.ask('PUT', `/rooms/${encodeURIComponent(room)}/state/${DOOR}/`, { state });
}

/** Keeps what the pages ask for on its way, until `work` is done. */
async function held(people: readonly Reader[], way: string, work: () => Promise<void>): Promise<void> {
  const free = Promise.withResolvers<void>();
  await all(people, (page) => page.route(way, async (route) => {
    await free.promise;
    await route.continue().catch(() => undefined);
  }));
  await work();
  free.resolve();
  await all(people, (page) => page.unroute(way));
}

test('what anybody is shown before a knock: offices open, closed, paused, by appointment and by rule, neighbours, and where there is nothing', async () => {
  const people = await readers(browser, reception.url);
  for (const [state, path, key] of [
    ['list', '/', 'list.heading'],
    ['office', '/o/anagrafe', 'office.form'],
    ['office closed', '/o/sindaco', 'office.shut'],
    ['office by appointment', '/o/tributi', 'office.by_appointment'],
    ['office paused', '/o/pausa', 'office.paused_what'],
    ['office closed by hand', '/o/mano', 'door.staff'],
    ['office by rule', '/o/sabato', 'office.changes'],
    ['missing', '/o/nessuno', 'title.missing'],
    ['neighbours', '/n', 'title.neighbours'],
    ['no such neighbour', '/n?q=xyz', 'title.neighbours'],
    ['neighbour', '/n/altrove', 'around.here'],
    ['neighbour’s office', '/n/altrove/o/tributi', 'around.here'],
    ['neighbour away', '/n/muto', 'around.away'],
    ['no network', '/offline', 'app.offline_title'],
    ['guest without a link', '/ospite', 'guest.no_link'],
    ['a code from another device', '/continua', 'code.what'],
  ] as const) {
    await all(people, (page) => page.goto(`${reception.url}${path}`));
    await look(people, state, key);
  }
  await all(people, (_page, { context }) => context.close());
}, paced(240_000));

test('the form with its faults, its knock on the way, refused, and one of too many', async () => {
  const people = await readers(browser, reception.url);
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await all(people, submit);
  await look(people, 'form with faults', 'office.name_missing');
  await held(people, '**/api/visitors', async () => {
    await all(people, knockOn);
    await look(people, 'asking', 'asking.what');
    // Nothing of it gets there.
    await all(people, (_page, { context }) => context.setOffline(true));
  });
  await look(people, 'refused', 'refused.unreachable');
  await all(people, (_page, { context }) => context.setOffline(false));
  await all(people, (page) => page.route('**/api/visitors', (route) => route.fulfill({ status: 429, headers: { 'retry-after': '300' }, contentType: 'application/problem+json', body: '{}' })));
  await all(people, (page) => page.locator('.ways button').click());
  await all(people, knockOn);
  await look(people, 'too many', 'too_many.what');
  await all(people, (_page, { context }) => context.close());
}, paced(120_000));

test('from the knock to the goodbye: on the way, in the queue whatever happens there, unanswered, let in, in the visit, and after it', async () => {
  const people = await readers(browser, reception.url);
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await held(people, '**/_matrix/client/v3/knock/**', async () => {
    await all(people, knockOn);
    await look(people, 'knocking', 'knocking.what');
  });
  await look(people, 'waiting', 'waiting.place');
  await all(people, (page) => page.locator('.btn-outline-danger').click());
  await look(people, 'leaving the queue?', 'live.leave_queue_sure');
  await all(people, (page) => page.keyboard.press('Escape'));
  await setDoor(office, 'paused');
  await all(people, (page) => page.locator('.told').waitFor());
  await look(people, 'waiting while the office pauses', 'waiting.place');
  await setDoor(office, 'open');
  await all(people, (_page, { context }) => context.setOffline(true));
  await look(people, 'waiting without a network', 'live.lost');
  await all(people, (_page, { context }) => context.setOffline(false));
  await all(people, (_page, reader) => said(reader, 'live.lost').waitFor({ state: 'detached' }));

  const second = await Promise.all(people.map(async (reader) => ({ ...reader, page: await reader.context.newPage() })));
  await all(second, (page) => page.goto(reception.url));
  await look(second, 'open in another tab', 'elsewhere.what');
  await all(people, (page) => page.goto('about:blank'));
  await look(second, 'open in no tab any more', 'elsewhere.alone');
  await all(second, (page) => page.close());
  await all(people, (page) => page.goto(`${reception.url}/o/anagrafe`));
  await all(people, waits);

  const file = reception.configFile;
  writeFileSync(file, readFileSync(file, 'utf8').replace('limits: {', 'limits: { unanswered: 0.01, recall: [0.005],'));
  await look(people, 'unanswered', 'unanswered.what');
  await all(people, (page, { language }) => page.getByRole('button', { name: words(language, 'unanswered.keep') }).click());
  await look(people, 'waiting on', 'next.booking');

  await held(people, '**/_matrix/client/v3/join/**', async () => {
    for (const { event_id } of await openCards(reception, people.length)) await reception.anna.react(office, event_id, '✅');
    await look(people, 'the door opens', 'joining.what');
  });
  await look(people, 'visit, alone in it', 'visit.alone');
  const rooms = await until('invitations to the visits', () => {
    const invited = staff.client.getRooms().filter((room) => room.getMyMembership() === 'invite');
    return invited.length === people.length && invited.map(({ roomId }) => roomId);
  });
  for (const room of rooms) await staff.client.joinRoom(room);
  await all(people, async (page) => {
    await page.locator('.write [type=submit]:enabled').waitFor();
    await page.locator('#words').fill('Che cosa serve per una carta d’identità? https://comune.example/carta');
    await page.keyboard.press('Enter');
    await page.locator('input[type=file]').setInputFiles({ name: 'modulo.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
  });
  for (const room of rooms) await until('what they wrote is read', () => staff.heard(room).length > 0);
  for (const room of rooms) await staff.client.sendTextMessage(room, 'Due fotografie, e la carta che scade.');
  await all(people, (page) => page.getByText('Due fotografie').waitFor());
  await look(people, 'visit', 'visit.here');
  await all(people, (page) => page.locator('.visit-head .btn-outline-danger').click());
  await look(people, 'leaving the visit?', 'live.leave_visit_sure');
  await held(people, '**/api/visitors/me', async () => {
    await all(people, (page) => page.locator('dialog .btn-danger').click());
    await look(people, 'leaving', 'leaving.what');
  });
  await look(people, 'ended', 'ended.left');
  await all(people, (page) => page.locator('label[for=star-2]').click());
  await look(people, 'ended, with few stars', 'feedback.hard');
  await all(people, (page) => page.locator('label[for=star-5]').click());
  await look(people, 'ended, with many stars', 'feedback.good');
  await all(people, (page) => page.locator('.feedback [type=submit]').click());
  await look(people, 'ended, with thanks', 'feedback.thanks');
  await settled(reception);
  await all(people, (_page, { context }) => context.close());
}, paced(300_000));
