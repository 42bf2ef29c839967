/** A third person without a Matrix account comes into a visit by a link that is good once, on a real homeserver. */
import { randomBytes, randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { GUEST, guestKey, QUEUE, VISIT, type QueueContent, type VisitContent } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { findInDatabase } from '../rig/database.ts';
import { namesNobody, nothingLeft } from '../rig/kills.ts';
import { Person, until } from '../rig/matrix.ts';
import { arrive, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { erased, goodbye, isErased, meet, seeOff, settled, visitsOf, waitingIn, type Visiting } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

/** Both offices are open. */
const OPEN = CONFIG.replace('    hours: {}\n', `    ${/hours: .*\n/u.exec(CONFIG)?.[0] ?? ''}`);

let reception: Reception;
let anna: Person;
let office: string;
stage(async () => {
  reception = await startReception({ config: OPEN });
  ({ anna } = reception);
  office = reception.rooms.anagrafe;
}, () => reception.stop());

const NAME = 'Zenobia Interpretini';

/** What the porter answered to a command. */
const answersTo = (command: string): Record<string, unknown>[] =>
  anna.timeline.flatMap(({ room, event: { sender, content } }) => (room === office && sender.startsWith('@portineria:') && (content['m.relates_to'] as { 'm.in_reply_to'?: { event_id: string } } | undefined)?.['m.in_reply_to']?.event_id === command ? [content] : []));
/** The secret of the link in an answer. */
const secretIn = ({ body }: Record<string, unknown>): string | undefined => new RegExp(`${reception.url}/ospite#([\\w-]+)`, 'u').exec(String(body))?.[1];

/** Anna asks for a link. */
async function linkFor(command: string): Promise<{ readonly said: string; readonly secret: string }> {
  const said = await anna.say(office, command);
  const secret = await anna.until('a link', () => answersTo(said).map(secretIn)[0]);
  return { said, secret };
}

/** A browser, by its key. */
const browser = (): string => randomBytes(24).toString('base64url');

function post(path: string, body: object, key: string): Promise<Response> {
  return fetch(`${reception.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'it', 'idempotency-key': `"${key}"`, 'x-forwarded-for': `198.51.${randomInt(256)}.${randomInt(256)}` },
    body: JSON.stringify(body),
  });
}
const look = (link: string, key = browser()): Promise<Response> => post('/api/invitations', { link }, key);
const ask = (link: string, key = browser(), name = NAME): Promise<Response> => post('/api/guests', { link, name, language: 'it', consent: true }, key);

interface Third {
  readonly person: Person;
  readonly room: string;
  readonly user_id: string;
  readonly access_token: string;
}

/** Somebody is given an account by a link. */
async function comes(link: string, key = browser()): Promise<Third> {
  const response = await ask(link, key);
  const body = (await response.json()) as Omit<Third, 'person'> & { detail?: string };
  if (response.status !== 201) throw new Error(`${response.status}: ${body.detail ?? ''}`);
  return { ...body, person: new Person(reception.homeserver.url, body.user_id, body.access_token) };
}

/** And enters the visit. */
async function enters(third: Third): Promise<void> {
  await third.person.until('an invitation', () => third.person.invites.has(third.room));
  await third.person.join(third.room);
}

const inVisit = async (): Promise<Visiting> => meet(reception, await arrive(reception, 'anagrafe'));
const detailOf = async (response: Response): Promise<[number, string]> => [response.status, ((await response.json()) as { detail: string }).detail];
const isOver = (number: number): Promise<unknown> => until('the visit is over', async () => (await visitsOf(reception)).every(({ visit }) => visit.ticket !== number || visit.ended_at !== undefined));

test('a link brings one person in, who is presented by name and is no host; nobody else comes by it, and at the end nothing of them is left', async () => {
  const { guest, card, number, room } = await inVisit();
  const said = await anna.send(office, 'm.room.message', { msgtype: 'm.text', body: `!invita ${number}`, 'm.relates_to': { rel_type: 'm.thread', event_id: card.event_id, is_falling_back: true } });
  const secret = await anna.until('a link', () => answersTo(said).map(secretIn)[0]);
  expect(answersTo(said)).toMatchObject([{ body: expect.stringContaining('vale una volta sola'), 'm.relates_to': { rel_type: 'm.thread', event_id: card.event_id } }]);

  const key = browser();
  expect(await (await look(secret, key)).json()).toMatchObject({ office: 'anagrafe' });
  const third = await comes(secret, key);
  expect(third.room).toBe(room);
  // A lost answer: the same browser is given the same account. Another is given none.
  const again = await comes(secret, key);
  expect([again.user_id, (await look(secret, key)).status]).toEqual([third.user_id, 200]);
  for (const refused of [await look(secret), await ask(secret)]) expect(await detailOf(refused)).toEqual([422, expect.stringContaining('già stato usato')]);
  expect(await detailOf(await look(browser()))).toEqual([404, expect.stringContaining('non è valido')]);

  await enters(again);
  expect((await anna.state<VisitContent>(room, VISIT)).guests).toEqual([third.user_id]);
  expect(await guest.person.state(room, GUEST, guestKey(third.user_id))).toEqual({ name: NAME });
  for (const who of [anna, guest.person]) await who.until('who comes', () => who.timeline.some((one) => one.room === room && one.event.content['body'] === `Entra nella visita, su invito dell’ufficio: ${NAME}`));
  await until('the desks know that somebody is there', async () => (await anna.state<QueueContent>(office, QUEUE)).visits[0]?.guests === 1);
  await namesNobody(reception, 'Zenobia', third.user_id);

  await goodbye(reception, guest.token);
  await isOver(number);
  await again.person.until('shown out', () => again.person.left.has(room));
  expect(await detailOf(await look(secret, key))).toEqual([404, expect.stringContaining('il colloquio è finito')]);
  await settled(reception);
  await namesNobody(reception, 'Zenobia', secret);
}, paced(300_000));

test('who came by a link may leave, and the visit goes on; the staff’s leaving ends it', async () => {
  const { guest, number, room } = await inVisit();
  const first = await comes((await linkFor(`!invita link ${number}`)).secret);
  await enters(first);
  expect((await goodbye(reception, first.access_token)).status).toBe(204);
  await erased(first.person);
  expect((await visitsOf(reception)).some(({ visit }) => visit.ticket === number && visit.ended_at === undefined)).toBe(true);
  // Somebody may come after them, by a link of their own.
  const { secret } = await linkFor('!invita');
  const second = await comes(secret);
  await enters(second);
  await anna.leave(room);
  await isOver(number);
  await second.person.until('shown out', () => second.person.left.has(room));
  await seeOff(reception, guest);
}, paced(240_000));

test('a bot that is killed before it answers gives the same link, once', async () => {
  const { guest, number } = await inVisit();
  for (const when of ['before', 'after'] as const) {
    const fallen = new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(/^PUT .*\/send\/m\.room\.message\//u, when, () => { reception.killBot().then(() => reception.startBot()).then(resolve, reject); });
    });
    const said = await anna.say(office, `!invita ${number}`);
    await fallen;
    const secret = await anna.until('a link', () => answersTo(said).map(secretIn)[0]);
    expect((await look(secret)).status).toBe(200);
    await until('the answer is written down', async () => (await look(secret)).status === 200);
    expect(answersTo(said).map(secretIn)).toEqual([secret]);
  }
  await seeOff(reception, guest);
}, paced(240_000));

test('a bot that is killed while a visitor is passed on keeps whoever came by a link, in the other office’s care, and leaves nobody behind', async () => {
  const { guest, number, room } = await inVisit();
  const third = await comes((await linkFor(`!invita ${number}`)).secret);
  await enters(third);
  // Back and forth: in one of the two books at every moment, whatever broke off.
  let offices: readonly ['anagrafe' | 'sindaco', 'anagrafe' | 'sindaco'] = ['anagrafe', 'sindaco'];
  for (const [at, when] of [[/^PUT .*\/account_data\//u, 'after'], [/^PUT .*\/state\/it\.portineria\.prepared\//u, 'after'], [/^PUT .*\/state\/it\.portineria\.visit\//u, 'after']] as const) {
    const [from, to] = offices;
    const [before] = (await visitsOf(reception)).filter(({ visit }) => visit.office === from && visit.ended_at === undefined);
    const fallen = new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(at, when, () => { reception.killBot().then(() => reception.startBot()).then(resolve, reject); });
    });
    await anna.say(reception.rooms[from], `!passa ${to} ${before?.visit.ticket ?? 0}`);
    await fallen;
    const [place] = await until('the place there', async () => waitingIn(reception, reception.rooms[to]).then((places) => (places.length === 1 ? places : undefined)));
    await anna.say(reception.rooms[to], `!apri ${place?.number ?? 0}`);
    const opened = await until('the visit there', async () => guest.person.state<Partial<VisitContent>>(room, VISIT).then((visit) => (visit.office === to ? visit : undefined)));
    expect(opened.guests).toEqual([third.user_id]);
    expect(await isErased(third.person)).toBe(false);
    // Shown out of the room, and asked in again for the other office.
    await until('anna is in', () => anna.join(room).then(() => true, () => undefined));
    offices = [to, from];
  }
  await goodbye(reception, guest.token);
  // A minute after the visit's end: their page is told of it before.
  await erased(third.person, 120_000);
  await seeOff(reception, guest);
}, paced(300_000));

test('a bot that is killed while it makes the account leaves the link to the same browser, and nobody behind', async () => {
  const { guest, number } = await inVisit();
  for (const [at, when] of [[/^PUT .*\/account_data\//u, 'before'], [/^PUT .*\/account_data\//u, 'after'], [/^POST .*\/register/u, 'before'], [/^POST .*\/register/u, 'after']] as const) {
    const { secret } = await linkFor(`!invita ${number}`);
    const key = browser();
    await until('the porter has nothing to write', async () => (await look(secret, key)).status === 200);
    const fallen = new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(at, when, () => { reception.killBot().then(() => reception.startBot()).then(resolve, reject); });
    });
    await ask(secret, key).then((response) => response.arrayBuffer(), () => undefined);
    await fallen;
    const third = await until('an account', () => comes(secret, key).catch(() => undefined), 60_000);
    await enters(third);
    expect((await ask(secret)).status).toBe(422);
    expect(await isErased(third.person)).toBe(false);
  }
  await seeOff(reception, guest);
  // Of none of all these is anything left.
  await nothingLeft(reception);
  await until('the database names nobody', () => findInDatabase(reception.homeserver.databasePath, ['Zenobia']).length === 0);
}, paced(300_000));
