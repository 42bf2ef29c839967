/** Somebody is passed on from one office to another, waiting or in a visit, on a real homeserver. */
import { afterEach, describe, expect, test } from 'vitest';
import { BOOK, type BookContent } from '@portineria/config/book';
import { DOOR, PREPARED, VISIT, type VisitContent } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { doorOf, membershipsIn, officeRoom, stateIn } from '../rig/administrator.ts';
import { openidOf, placeFor } from '../rig/calls.ts';
import { FORBIDDEN, refused } from '../rig/house.ts';
import { giveSecret, JITSI_DOMAIN, preferringJitsi } from '../rig/jitsi.ts';
import { until, type Person } from '../rig/matrix.ts';
import { arrive, cardsIn, CONFIG, startReception, type Card, type Guest, type Reception } from '../rig/reception.ts';
import { cardOf, meet, porterOf, reasonOf, seeOff, settled, strangerAt, ticketsOf, told, visitsOf, waitingIn } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

/** The mayor's office receives as well, and is a front desk; the archive never opens; the protocol's speaks by Jitsi, and has whoever is passed on to it wait last. */
const OPEN = /hours: .*\n/u.exec(CONFIG)?.[0] ?? '';
const FOUR = preferringJitsi(CONFIG, '@bruno:localhost').replace('call: jitsi,', 'call: jitsi, passed: tail,').replace('    hours: {}\n', `    front_desk: true\n    ${OPEN}`).replace('jitsi: {', '  - id: archivio\n    name: { it: Archivio storico }\n    phone: "+39 099 111 1111"\n    staff: ["@anna:localhost"]\njitsi: {');

let reception: Reception;
let anna: Person;
let bruno: Person;
let sindaco: string;
let anagrafe: string;
let protocollo: string;
stage(async () => {
  reception = await startReception({ config: FOUR, calls: true });
  giveSecret(reception.configFile);
  ({ anna, bruno } = reception);
  ({ sindaco, anagrafe } = reception.rooms);
  protocollo = await officeRoom(reception, 'protocollo');
  await bruno.join(protocollo);
}, () => reception.stop());

interface Waiting {
  readonly guest: Guest;
  readonly card: Card;
}
async function waiting(name = 'Maria Bianchi', office: 'sindaco' | 'anagrafe' = 'sindaco', topic = 'Carta d’identità'): Promise<Waiting> {
  const guest = await arrive(reception, office, { name, topic });
  return { guest, card: await cardOf(reception, reception.rooms[office], guest.person.user) };
}
/** The card of somebody who was passed on, in the other office. */
const cardThere = (guest: Guest, office: 'anagrafe' | 'sindaco' = 'anagrafe'): Promise<Card> => cardOf(reception, reception.rooms[office], guest.person.user);
const over = (card: Card, office = sindaco): Promise<Card> => anna.until('the card is over', () => cardsIn(anna, office).find(({ event_id, over: isOver }) => event_id === card.event_id && isOver));
const answerTo = (who: Person, event: string): Promise<Record<string, unknown>> =>
  who.until('an answer', () => who.timeline.findLast(({ event: one }) => one.sender.startsWith('@portineria:') && (one.content['m.relates_to'] as { 'm.in_reply_to'?: { event_id: string } } | undefined)?.['m.in_reply_to']?.event_id === event)?.event.content);
const inReply = (to: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } });
const inThread = (root: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } } });
const numbersIn = async (room: string): Promise<number[]> => (await waitingIn(reception, room)).map(({ number }) => number);
const bookIn = (room: string): Promise<BookContent> => {
  const porter = porterOf(reception);
  return porter.ask('GET', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(room)}/account_data/${BOOK}`);
};

/** How the porter answers whoever asks to be let into a visit's conference. */
const jitsiFor = async (who: Person, room: string): Promise<number> =>
  (await fetch(`${reception.url}/jitsi/get_token`, { method: 'POST', body: JSON.stringify({ room_id: room, openid_token: await openidOf(who) }) })).status;

/** The ways in which the order can be given. */
const WAYS: readonly [string, (card: Card) => Promise<string>][] = [
  ['with the number', (card) => anna.say(sindaco, `!passa anagrafe ${card.number} ha già il modulo`)],
  ['by the office’s name, the number first', (card) => anna.say(sindaco, `!pass ${card.number} Registry ha già il modulo`)],
  ['in reply to the card', (card) => anna.send(sindaco, 'm.room.message', inReply(card.event_id, '!passa Anagrafe ha già il modulo'))],
  ['in a thread under the card', (card) => anna.send(sindaco, 'm.room.message', inThread(card.event_id, '!passa anagrafe ha già il modulo'))],
];

afterEach(() => settled(reception));

test.each(WAYS)('a waiting visitor is passed on %s: first in line there, told so, and served there', async (_way, order) => {
  const other = await waiting('Ugo Neri', 'anagrafe');
  const { guest, card } = await waiting();
  await order(card);
  const there = await cardThere(guest);
  expect(there.body).toMatch(/↪ Passato da Il Sindaco \(anna\) · aspetta dalle \d\d:\d\d\n/u);
  expect(there.body).toContain('Maria Bianchi: Carta d’identità\nNota: ha già il modulo');
  expect((await over(card)).body).toMatch(new RegExp(`^N\\. ${card.number} · passato a Anagrafe da anna, \\d\\d:\\d\\d$`, 'u'));
  const ticket = await told(guest.person, 'the place there', ({ office, place }) => office === 'anagrafe' && place === 1);
  expect(ticket).toMatchObject({ from: 'sindaco', number: there.number, state: 'waiting', message: 'Il Sindaco L’ha passata a questo ufficio, Anagrafe. Resti qui: il posto è già Suo.' });
  await until('the queue has them first', async () => String(await numbersIn(anagrafe)) === String([there.number, other.card.number]));
  expect(await numbersIn(sindaco)).toEqual([]);
  // The office that passed them on keeps nothing of them.
  await until('it is forgotten there', async () => !JSON.stringify(await bookIn(sindaco)).includes(guest.person.user));
  expect(JSON.stringify(cardsIn(anna, sindaco).map(({ body }) => body))).not.toMatch(/Maria|modulo/u);
  await bruno.react(anagrafe, there.event_id, '✅');
  const room = await guest.person.until('an invitation', () => [...guest.person.invites.keys()].find((one) => one !== guest.person.door));
  await bruno.until('an invitation', () => bruno.invites.has(room));
  await seeOff(reception, guest, other.guest);
});

describe('where it cannot be', () => {
  test.each([
    ['the other office is closed', '!passa archivio', /^Il n\. \d+ resta qui: Archivio storico ora non riceve\. La porta è chiusa.* !scrivi \d+ testo$/u],
    ['nobody knows the office, but one that is called nearly so', '!passa anagrave', /^Non conosco l’ufficio «anagrave»\. Forse: !passa anagrafe \d+$/u],
    ['nobody knows the office', '!passa tesoreria', /^Indichi a quale ufficio, per esempio: !passa anagrafe \d+\nGli uffici: anagrafe, protocollo, archivio$/u],
    ['it is the office’s own', '!passa sindaco', /^È già qui, in questo ufficio\. Indichi un altro ufficio, per esempio: !passa anagrafe \d+$/u],
  ])('%s, whoever ordered it is told what to do, and nothing changes', async (_why, words, answer) => {
    const { guest, card } = await waiting();
    const said = await anna.send(sindaco, 'm.room.message', inThread(card.event_id, `${words} ${card.number}`));
    const { body, 'm.relates_to': relation } = await answerTo(anna, said);
    expect(body).toMatch(answer);
    expect(relation).toMatchObject({ rel_type: 'm.thread', event_id: card.event_id });
    await until('the queue is as it was', async () => String(await numbersIn(sindaco)) === String([card.number]));
    expect(ticketsOf(guest.person).every(({ office }) => office === 'sindaco')).toBe(true);
    // The next order counts.
    await anna.say(sindaco, `!passa anagrafe ${card.number}`);
    await cardThere(guest);
    await seeOff(reception, guest);
  });
});

/** How the registry's door is set by hand, if it is. */
const doorSet = async (): Promise<unknown> => (await stateIn(reception, anagrafe)).find(({ type }) => type === DOOR)?.content['state'];

/** Whoever was to be passed on to the registry, and could not be, keeps the place, and knows nothing of it. */
async function staysAfter({ guest, card }: Waiting, answer: RegExp): Promise<void> {
  const said = await anna.send(sindaco, 'm.room.message', inReply(card.event_id, '!passa anagrafe'));
  expect((await answerTo(anna, said))['body']).toMatch(answer);
  expect(await numbersIn(sindaco)).toEqual([card.number]);
  expect(await numbersIn(anagrafe)).toEqual([]);
  expect(ticketsOf(guest.person).every(({ office }) => office === 'sindaco')).toBe(true);
}

test('to a paused office nobody is passed on, and the clerk reads until when', async () => {
  const one = await waiting();
  await bruno.say(anagrafe, '!pausa 15m');
  await until('the office is paused', async () => (await doorSet()) === 'paused');
  await staysAfter(one, new RegExp(`^Il n\\. ${one.card.number} resta qui: Anagrafe ora non riceve\\. .*alle \\d\\d:\\d\\d.* !scrivi ${one.card.number} testo$`, 'u'));
  await bruno.say(anagrafe, '!riapri');
  await until('the office is open', async () => (await doorSet()) === undefined);
  await anna.say(sindaco, `!passa anagrafe ${one.card.number}`);
  await cardThere(one.guest);
  await seeOff(reception, one.guest);
}, paced(120_000));

test('to an office where as many are as it holds nobody is passed on, and the clerk reads that', async () => {
  const one = await waiting();
  const porter = porterOf(reception);
  const write = async (change: (book: BookContent) => BookContent): Promise<void> => {
    await reception.killBot();
    await porter.ask('PUT', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(anagrafe)}/account_data/${BOOK}`, change(await bookIn(anagrafe)));
    await reception.startBot();
  };
  const [prefix = ''] = one.guest.person.user.split('-');
  const others = Array.from({ length: 200 }, (_one, index) => ({ user_id: `${prefix}-di-troppo-${index}:localhost`, made_at: Date.now(), name: 'Ugo Neri', topic: '', language: 'it', voice: false, leaving: false }));
  await write((book) => ({ ...book, visitors: others as BookContent['visitors'] }));
  await staysAfter(one, new RegExp(`^Il n\\. ${one.card.number} resta qui: da Anagrafe aspettano già in troppi\\.`, 'u'));
  await write((book) => ({ ...book, visitors: [] }));
  await anna.say(sindaco, `!passa anagrafe ${one.card.number}`);
  await cardThere(one.guest);
  await seeOff(reception, one.guest);
}, paced(180_000));

test('somebody with an account of their own is told where to knock', async () => {
  const stranger = await strangerAt(reception, 'un certificato', 'sindaco');
  const card = await cardOf(reception, sindaco, stranger.user);
  await anna.say(sindaco, `!passa anagrafe ${card.number}`);
  // Nobody knows the language of whoever comes with an account of their own: it is said in each of the comune's.
  await stranger.until('they are taken from the door', () => reasonOf(stranger, stranger.door)?.startsWith('Della Sua richiesta si occupa Anagrafe: bussi lì, all’indirizzo #anagrafe:localhost. · '));
  expect((await over(card)).body).toMatch(/passato a Anagrafe da anna/u);
  await settled(reception);
});

test('a visitor in a visit is passed on: the clerk is out, what was written stays, and whoever opens there comes into the same room', async () => {
  const other = await waiting('Ugo Neri', 'anagrafe');
  const { guest } = await waiting();
  const { room, number } = await meet(reception, guest, sindaco);
  await guest.person.say(room, 'Buongiorno, mi serve la carta');
  await anna.say(sindaco, `!passa anagrafe ${number} serve la foto`);
  await anna.until('anna is out of the visit', () => anna.left.has(room));
  await told(guest.person, 'the place there', ({ office, place, state }) => office === 'anagrafe' && place === 1 && state === 'waiting');
  const there = await cardThere(guest);
  expect(there.body).toContain('Nota: serve la foto');
  await until('the room stands ready there', async () => (await stateIn(reception, room)).find(({ type }) => type === PREPARED)?.content['knock'] === there.knock);
  await expect(bruno.join(room).then(() => bruno.leave(room)), 'a colleague there may come in').resolves.not.toThrow();
  await bruno.react(anagrafe, there.event_id, '✅');
  await bruno.until('an invitation to the same room', () => bruno.invites.has(room));
  await bruno.join(room);
  expect((await bruno.state(room, VISIT))).toMatchObject({ office: 'anagrafe', knock: there.knock, opened_by: bruno.user });
  expect((await membershipsIn(reception, room)).get(guest.person.user)).toBe('join');
  expect((await visitsOf(reception)).map((one) => one.room), 'one visit, in one room').toEqual([room]);
  await seeOff(reception, guest, other.guest);
});

test('somebody in a visit with an account of their own is told where to knock, and is out of it', async () => {
  const stranger = await strangerAt(reception, 'un certificato', 'sindaco');
  const card = await cardOf(reception, sindaco, stranger.user);
  await anna.react(sindaco, card.event_id, '✅');
  const room = await stranger.until('an invitation', () => [...stranger.invites.keys()].find((one) => one !== stranger.door));
  await stranger.join(room);
  await anna.until('an invitation', () => anna.invites.has(room));
  await anna.join(room);
  await anna.say(sindaco, `!passa anagrafe ${card.number}`);
  await stranger.until('they are out of the visit', () => reasonOf(stranger, room) === 'Della Sua richiesta si occupa Anagrafe: bussi lì, all’indirizzo #anagrafe:localhost.');
  expect((await over(card)).body).toMatch(/passato a Anagrafe da anna/u);
  await stranger.knock('#anagrafe:localhost', 'un certificato');
  const there = await cardOf(reception, anagrafe, stranger.user);
  await bruno.react(anagrafe, there.event_id, '❌');
  await settled(reception);
}, paced(120_000));

test('an interpreter whom staff asked in by id stays with the visitor, also when the bot dies meanwhile, and is a guest there', async () => {
  const { guest } = await waiting();
  const { room, number } = await meet(reception, guest, sindaco);
  const dora = await reception.person('dora');
  await anna.say(sindaco, `!invita ${dora.user} ${number}`);
  await dora.until('an invitation', () => dora.invites.has(room));
  await dora.join(room);
  const before = await placeFor(anna, reception.url, room);
  expect(before.jwt).not.toBe('');
  await anna.say(sindaco, `!passa anagrafe ${number}`);
  await anna.until('anna is out of the visit', () => anna.left.has(room));
  expect(await refused(placeFor(anna, reception.url, room)), 'the clerk has no token any more').toEqual(FORBIDDEN);
  const there = await cardThere(guest);
  await until('the room stands ready there', async () => (await stateIn(reception, room)).find(({ type }) => type === PREPARED)?.content['knock'] === there.knock);
  await reception.killBot();
  await reception.startBot();
  expect((await membershipsIn(reception, room)).get(dora.user)).toBe('join');
  await bruno.react(anagrafe, there.event_id, '✅');
  await bruno.until('an invitation to the same room', () => bruno.invites.has(room));
  await bruno.join(room);
  expect(await dora.state(room, VISIT)).toMatchObject({ office: 'anagrafe', opened_by: bruno.user, guests: [dora.user] });
  for (const who of [guest.person, bruno, dora]) expect((await placeFor(who, reception.url, room)).jwt).not.toBe('');
  await seeOff(reception, guest);
  await dora.until('shown out at the end', () => dora.left.has(room));
}, paced(180_000));

test('to an office that speaks by Jitsi, and back, a visitor is passed on into a visit that is made there: last in line where the office has it so', async () => {
  const before = await arrive(reception, 'protocollo', { name: 'Ugo Neri' });
  const first = await bruno.until('a card', () => cardsIn(bruno, protocollo).find(({ isDescribed, over: isOver }) => isDescribed && !isOver));
  const { guest } = await waiting();
  const here = await meet(reception, guest, sindaco);
  await anna.say(sindaco, `!passa protocollo ${here.number} serve il protocollo`);
  await told(guest.person, 'the place there', ({ office, place, state }) => office === 'protocollo' && place === 2 && state === 'waiting');
  const there = await bruno.until('a card there', () => cardsIn(bruno, protocollo).find(({ isDescribed, over: isOver, event_id }) => isDescribed && !isOver && event_id !== first.event_id));

  expect((await over(here.card)).body).toMatch(/passato a Protocollo da anna/u);
  expect(await refused(placeFor(anna, reception.url, here.room))).toEqual(FORBIDDEN);
  expect(await refused(placeFor(guest.person, reception.url, here.room))).toEqual(FORBIDDEN);

  await bruno.react(protocollo, there.event_id, '✅');
  const room = await guest.person.until('an invitation', () => [...guest.person.invites.keys()].find((one) => one !== here.room && one !== guest.person.door && (guest.person.invites.get(one) ?? []).length > 0));
  await guest.person.join(room);
  await bruno.until('an invitation', () => bruno.invites.has(room));
  await bruno.join(room);
  expect((await guest.person.state<VisitContent>(room, VISIT)).transport).toMatchObject({ type: 'jitsi', domain: JITSI_DOMAIN });
  expect([await jitsiFor(guest.person, room), await jitsiFor(bruno, room)]).toEqual([200, 200]);

  await bruno.say(protocollo, `!passa sindaco ${there.number}`);
  await told(guest.person, 'the place here', ({ office, from, place }) => office === 'sindaco' && from === 'protocollo' && place === 1);
  const back = await cardThere(guest, 'sindaco');
  expect([await jitsiFor(bruno, room), await jitsiFor(guest.person, room)], 'nobody is let into the conference any more').toEqual([403, 403]);
  await anna.react(sindaco, back.event_id, '✅');
  const last = await guest.person.until('an invitation', () => [...guest.person.invites.keys()].find((one) => one !== here.room && one !== room && one !== guest.person.door));
  await guest.person.join(last);
  expect((await guest.person.state<VisitContent>(last, VISIT)).transport).toMatchObject({ type: 'livekit' });
  await seeOff(reception, guest, before);
}, paced(240_000));

test('passed there and back again, a visitor has one ticket at a time, and none in the end', async () => {
  const { guest, card } = await waiting();
  await anna.say(sindaco, `!passa anagrafe ${card.number}`);
  const there = await cardThere(guest);
  await bruno.say(anagrafe, `!passa sindaco ${there.number} non è nostro`);
  const back = await anna.until('a new card', () => cardsIn(anna, sindaco).find((one) => one.isDescribed && !one.over && one.body.includes('non è nostro')));
  expect(back.number).toBeGreaterThan(card.number);
  await until('one waits, here', async () => String(await numbersIn(sindaco)) === String([back.number]) && (await numbersIn(anagrafe)).length === 0);
  await told(guest.person, 'the place here', ({ office, from, place }) => office === 'sindaco' && from === 'anagrafe' && place === 1);
  await anna.react(sindaco, back.event_id, '❌');
  await told(guest.person, 'a refusal', ({ office, state }) => office === 'sindaco' && state === 'declined');
  await seeOff(reception, guest);
  expect(await visitsOf(reception)).toEqual([]);
});

test('the offices to pass on to stand in the office, and not at its door', async () => {
  expect(await anna.state(sindaco, 'it.portineria.office')).toMatchObject({ others: [{ id: 'anagrafe', name: 'Anagrafe' }, { id: 'protocollo', name: 'Protocollo' }, { id: 'archivio', name: 'Archivio storico' }] });
  const door = await stateIn(reception, await doorOf(reception, 'sindaco'));
  expect(door.find(({ type }) => type === 'it.portineria.office')?.content['others']).toBeUndefined();
}, paced(60_000));
