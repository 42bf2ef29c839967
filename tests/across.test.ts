/** A citizen of one comune knocks at an office of another, by their own reception and server: two whole receptions that speak with each other. */
import { describe, expect, test } from 'vitest';
import { VisitorBody } from '@portineria/config/api';
import { BOOK, OUTGOING, type OutgoingContent } from '@portineria/config/book';
import { VISIT } from '@portineria/config/events';
import { doorOf, membershipsIn, officeRoom } from './rig/administrator.ts';
import { Failure, Person, until } from './rig/matrix.ts';
import { ALTROVE, startNeighbours, TWO_OPEN, type Neighbours } from './rig/neighbours.ts';
import { arrive, cardsIn, type Guest } from './rig/reception.ts';
import { erased, goodbye, porterOf, ticketsOf, told, visitOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let both: Neighbours;
let tributi: string;
stage(async () => {
  both = await startNeighbours({ config: TWO_OPEN });
  tributi = await officeRoom(both.host, 'tributi');
  await both.host.anna.join(tributi);
}, () => both.stop());

/** Does what the page does at home. */
const knockAbroad = (name: string, topic: string): Promise<Guest> => arrive(both.home, 'anagrafe', { name, topic, neighbour: ALTROVE });

/** The card of somebody of the other comune, by their name. */
function cardFor(name: string, office = both.host.rooms.anagrafe) {
  const { anna } = both.host;
  return anna.until(`a card for ${name}`, () => cardsIn(anna, office).find(({ body, over }) => body.includes(name) && !over));
}

/** Comes into a visit. The invitation may be here before the neighbour's homeserver has written it down: the page tries again, too. */
async function comesIn({ person }: Guest, room: string): Promise<void> {
  await until('the way in', () => person.join(room).catch((error: unknown) => {
    if (!(error instanceof Failure && error.status === 403)) throw error;
  }));
}

describe('a citizen of the neighbour', () => {
  let guest: Guest;

  test('knocks with an account of their own comune, and the card says who and what for', async () => {
    guest = await knockAbroad('Ada Lontani', 'residenza altrove');
    expect(guest.person.user).toMatch(new RegExp(`:${both.home.homeserver.name}$`, 'u'));
    const card = await cardFor('Ada Lontani');
    expect(card.body).toContain('residenza altrove');
    expect((await told(guest.person, 'a place', ({ state }) => state === 'waiting')).number).toBe(card.number);
  });

  test('is let in, and writes in the visit’s room', async () => {
    const { anna, rooms } = both.host;
    const card = await cardFor('Ada Lontani');
    await anna.react(rooms.anagrafe, card.event_id, '✅');
    const room = await visitOf(guest.person, rooms.anagrafe);
    await comesIn(guest, room);
    await anna.until('an invitation for who opened', () => anna.invites.has(room));
    await anna.join(room);
    await guest.person.send(room, 'm.room.encrypted', { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' });
    await anna.until('their message', () => anna.timeline.find((one) => one.room === room && one.event.sender === guest.person.user && one.event.type === 'm.room.encrypted'));
    const visit = await guest.person.state(room, VISIT);
    expect(visit).toMatchObject({ visitor: guest.person.user });
  });

  test('says goodbye at home: the visit ends there, and the account is erased here', async () => {
    const { anna, rooms } = both.host;
    expect((await goodbye(both.home, guest.token)).status).toBe(204);
    await anna.until('the card is over', () => cardsIn(anna, rooms.anagrafe).every(({ over }) => over));
    await erased(guest.person, 30_000);
  });
});

describe('a citizen of the neighbour who is passed on to another office there', () => {
  let guest: Guest;
  const atDoor = async (office: string): Promise<string | undefined> => (await membershipsIn(both.host, await doorOf(both.host, office))).get(guest.person.user);

  test('while they wait: their own reception knocks for them, they are first in line there, and the first office keeps nothing of them', async () => {
    const { anna, rooms } = both.host;
    guest = await knockAbroad('Olga Vicina', 'una pratica');
    const card = await cardFor('Olga Vicina');
    await anna.say(rooms.anagrafe, `!passa tributi ${card.number} ha già il modulo`);
    const there = await cardFor('Olga Vicina', tributi);
    expect(there.body).toContain('una pratica\nNota: ha già il modulo');
    expect(await told(guest.person, 'the place there', ({ office, place }) => office === 'tributi' && place === 1)).toMatchObject({ from: 'anagrafe', number: there.number, state: 'waiting' });
    await anna.until('the first card is over', () => cardsIn(anna, rooms.anagrafe).every(({ over }) => over));
    await until('the first door holds them no more', async () => (await atDoor('anagrafe')) === 'leave');
    expect(ticketsOf(guest.person).map(({ state }) => state)).not.toContain('declined');
    const porter = porterOf(both.host);
    await until('the first office has forgotten them', async () => !JSON.stringify(await porter.ask('GET', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(rooms.anagrafe)}/account_data/${BOOK}`)).includes(guest.person.user));
  });

  test('and on, while their own reception’s porter is away: once it is back it asks, and knocks for them', async () => {
    const { anna, rooms } = both.host;
    await both.home.killBot();
    await anna.say(tributi, `!passa anagrafe ${(await cardFor('Olga Vicina', tributi)).number}`);
    await anna.until('the card there is over', () => cardsIn(anna, tributi).every(({ over }) => over));
    await both.home.startBot();
    const { number } = await cardFor('Olga Vicina');
    await anna.say(rooms.anagrafe, `!passa tributi ${number}`);
    await cardFor('Olga Vicina', tributi);
  });

  test('and back out of the visit: with its room and what was said there', async () => {
    const { anna, rooms } = both.host;
    const { event_id, number } = await cardFor('Olga Vicina', tributi);
    await anna.react(tributi, event_id, '✅');
    const room = await visitOf(guest.person, tributi);
    await comesIn(guest, room);
    await anna.until('an invitation for who opened', () => anna.invites.has(room));
    await anna.join(room);
    await anna.say(tributi, `!passa anagrafe ${number}`);
    const again = await cardFor('Olga Vicina');
    await told(guest.person, 'the place there', ({ office, from, number: given }) => office === 'anagrafe' && from === 'tributi' && given === again.number);
    await anna.react(rooms.anagrafe, again.event_id, '✅');
    expect((await told(guest.person, 'where the visit is', ({ office, state }) => office === 'anagrafe' && state === 'opened')).visit).toBe(room);
    await until('anna is in again', () => anna.join(room).then(() => true, () => false));
    expect(await guest.person.state(room, VISIT)).toMatchObject({ office: 'anagrafe' });
  });

  test('and when they say goodbye at home all is over at both offices, and the account is erased', async () => {
    const { anna, rooms } = both.host;
    expect((await goodbye(both.home, guest.token)).status).toBe(204);
    for (const office of [rooms.anagrafe, tributi]) await anna.until('the card is over', () => cardsIn(anna, office).every(({ over }) => over));
    await erased(guest.person, 30_000);
    await until('no door holds them', async () => (await atDoor('anagrafe')) === 'leave' && (await atDoor('tributi')) === 'leave');
  });
});

test('a citizen whom the neighbour’s staff decline is told so, with their reason', async () => {
  const { anna, rooms } = both.host;
  const guest = await knockAbroad('Elio Vicini', 'una domanda');
  const card = await cardFor('Elio Vicini');
  await anna.say(rooms.anagrafe, `!rifiuta ${card.number} torni domani`);
  expect((await told(guest.person, 'that it was declined', ({ state }) => state === 'declined')).message).toContain('torni domani');
  await anna.until('the card is over', () => cardsIn(anna, rooms.anagrafe).every(({ over }) => over), 120_000);
});

/** Asks for an account as a page does that asks again. */
function askWith(key: string, office: string): Promise<Response> {
  const wish = { office, neighbour: ALTROVE, name: 'Ida Oltre', topic: '', language: 'it', voice: false, consent: true };
  return fetch(`${both.home.url}/api/visitors`, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': `"${key}"` }, body: JSON.stringify(wish) });
}

async function accountOf(answer: Response): Promise<VisitorBody> {
  expect(answer.status).toBe(201);
  return VisitorBody.parse(await answer.json());
}

test('at a closed office of the neighbour’s nobody gets an account that stays, and reads the neighbour’s own words', async () => {
  const answer = await askWith('a'.repeat(32), 'sindaco');
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ code: 'closed', detail: expect.stringContaining('Il Sindaco ora è chiuso') as unknown });
  const porter = porterOf(both.home);
  const outgoing = (): Promise<OutgoingContent> => porter.ask<OutgoingContent>('GET', `/user/${encodeURIComponent(porter.user)}/account_data/${OUTGOING}`);
  // The one who was declined may still be there.
  await until('the account is erased', async () => (await outgoing()).visitors.every(({ leaving_at: at }) => at === undefined), 60_000);
});

test('while the neighbour’s porter is away the page is told to try again; with the same key it is the same account, and the knock then stands', async () => {
  const key = 'b'.repeat(32);
  await both.host.killBot();
  const refused = await askWith(key, 'anagrafe');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('altro comune') as unknown });
  await both.host.startBot();
  const first = await accountOf(await askWith(key, 'anagrafe'));
  // Its answer may have been lost: whoever has the key is given the account once more.
  const { user_id, access_token, knock } = await accountOf(await askWith(key, 'anagrafe'));
  expect(user_id).toBe(first.user_id);
  await new Person(both.home.homeserver.url, user_id, access_token).knock(knock.room_id, knock.reason, knock.via);
  await cardFor('Ida Oltre');
});
