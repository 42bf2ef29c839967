/** The bot killed at every step of a scene, by SIGKILL, alone or together with the homeserver, and started again; and what must be true afterwards, whichever step it was. */
import { BOOK, type BookContent } from '@portineria/config/book';
import { VISIT } from '@portineria/config/events';
import { isDeepStrictEqual } from 'node:util';
import { promised } from '@portineria/config/pace';
import { expect } from 'vitest';
import { admin, doorOf, insideOf, membershipsIn, stateIn } from './administrator.ts';
import { until, type Event, type Person } from './matrix.ts';
import { outage } from './outage.ts';
import { arrive, cardsIn, CONFIG, startReception, type Card, type Guest, type Reception, type Wishes } from './reception.ts';
import { atDoor, cardOf, erased, goodbye, porterOf, purged, roomsOf, settled, strangerAt, visitOf, visitsOf } from './scenes.ts';
import type { Moment } from './toll.ts';

export type When = 'before' | 'after';

/** How the bot is brought down, and at which moment of a request: another for each step. */
export interface Fall {
  readonly moment: (step: number) => Moment;
  readonly fall: (reception: Reception) => Promise<void>;
}

/** A reception where an account that a crash has left without a visitor is erased after some seconds. */
export function startMortal(calls = false): Promise<Reception> {
  return startReception({ calls, config: CONFIG.replace('retention: 0.01', `retention: 0.01, unused: ${promised(9_000) / 60_000}`) });
}

/** The bot ends and is started again. */
export async function restart(reception: Reception): Promise<void> {
  await reception.killBot();
  await reception.startBot();
}

/** The power goes: the bot and the homeserver end at once, and are started again. A usual minute later all is well, or sooner. */
export function powerCut(reception: Reception): Promise<void> {
  return outage(async () => {
    await Promise.all([reception.killBot(), reception.homeserver.kill()]);
    await reception.homeserver.restart();
    await startsSoon(reception);
  });
}

/** Starts the bot, which is ready within a minute. */
export async function startsSoon(reception: Reception): Promise<void> {
  const began = performance.now();
  await reception.startBot();
  expect(performance.now() - began, 'milliseconds until all is well').toBeLessThan(promised(120_000));
}

/**
 * The homeserver and the bot fall together while the homeserver works on a request: at its beginning, in its midst, and about when it is
 * done. Which requests take how long differs; over a scene each of these moments comes often.
 */
export const POWER: Fall = { moment: (step) => [2, 15, 50, 'after' as const][step % 4] ?? 'before', fall: powerCut };

/**
 * Plays a scene again and again, and kills the bot in each of its parts: at the first request of the part that changes something, in the
 * next playing at the second, and so on, until no part has a further request.
 * @param begin what comes before the first kill
 * @param parts the scene, with all that must hold at the end of each part
 */
export async function killedAtEachStep<T>(reception: Reception, how: When | Fall, begin: () => Promise<T>, ...parts: readonly ((begun: T) => Promise<void>)[]): Promise<void> {
  const { moment, fall }: Fall = typeof how === 'string' ? { moment: () => how, fall: restart } : how;
  for (let step = 1, tripped = true; tripped; step++) {
    tripped = false;
    const begun = await begin();
    for (const [part, play] of parts.entries()) {
      if (await fallsAt(reception, step, moment(step + part), fall, `part ${part + 1}`, () => play(begun))) tripped = true;
    }
  }
}

/** Plays a part, in which the bot is killed at a request and started again. @returns whether there was such a request */
async function fallsAt(reception: Reception, step: number, when: Moment, fall: Fall['fall'], where: string, play: () => Promise<void>): Promise<boolean> {
  const fallen: Promise<void>[] = [];
  let at = 'no request';
  reception.toll.trap(step, when, (request) => {
    at = request;
    fallen.push(fall(reception));
  });
  try {
    await play();
    await Promise.all(fallen);
  } catch (error) {
    throw new Error(`Killed at step ${step} of ${where}, ${typeof when === 'number' ? `${when} ms after` : when} ${at}`, { cause: error });
  } finally {
    reception.toll.spare();
  }
  return fallen.length > 0;
}

/** Asks the page's side of the bot again until it is up and answers. */
function persistently<T>(what: string, ask: () => Promise<T>): Promise<T> {
  return until(what, () => ask().catch(() => undefined), 60_000);
}

/** Somebody comes, whether or not the bot dies meanwhile. */
function comes(reception: Reception, wishes?: Wishes): Promise<Guest> {
  return persistently('an account', () => arrive(reception, 'anagrafe', wishes));
}

/** What the porter remembers of the registry. */
async function bookOf(reception: Reception): Promise<BookContent> {
  const porter = porterOf(reception);
  return porter.ask('GET', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(reception.rooms.anagrafe)}/account_data/${BOOK}`);
}

export interface Waiting {
  readonly guest: Guest;
  readonly card: Card;
  /** The rooms of visits that are there from before. */
  readonly rooms: ReadonlySet<string>;
}

/** Somebody has come and waits, and the porter has nothing to do. */
export async function waits(reception: Reception, wishes?: Wishes): Promise<Waiting> {
  const rooms = new Set(await roomsOf(reception));
  const guest = await comes(reception, wishes);
  return { guest, card: await completeCard(reception, guest.person.user), rooms };
}

async function completeCard(reception: Reception, user: string): Promise<Card> {
  const card = await cardOf(reception, reception.rooms.anagrafe, user);
  // The answers to tap are the last that a card needs, and what is remembered of them the last that is done.
  await until('the card is complete', async () => (await bookOf(reception)).tickets.some(({ knock, offered }) => knock === card.knock && offered));
  return card;
}

/** Somebody's knock has been answered: their one visit opens, and both come in. Nothing is doubled. */
export async function opensOnce(reception: Reception, { guest: { person }, card, rooms }: Waiting, knock: string): Promise<void> {
  const { anna } = reception;
  const office = reception.rooms.anagrafe;
  const room = await visitOf(person, office);
  await person.join(room);
  await anna.until('an invitation for who opened', () => anna.invites.has(room));
  await anna.join(room);
  await person.say(room, 'Buongiorno');
  expect(cardsFor(reception, card, knock), 'one card for the knock, that stands').toEqual([{ event_id: card.event_id, over: false }]);
  expect((await visitsOf(reception)).map(({ visit: { knock: meant } }) => meant), 'one visit for the knock').toEqual([knock]);
  // One that was never finished goes soon after the start.
  await until('one room for the visit', async () => isDeepStrictEqual((await roomsOf(reception)).filter((one) => !rooms.has(one)), [room]), 90_000);
}

/** The visitor says goodbye. Nothing is left. */
export async function endsWhole(reception: Reception, { guest: { person, token }, card }: Waiting, knock: string): Promise<void> {
  await persistently('a goodbye', async () => {
    const { status } = await goodbye(reception, token);
    return status === 204 || status === 401;
  });
  await erased(person);
  await atRest(reception, person.user);
  await until('the porter remembers nobody', async () => !(await bookOf(reception)).visitors.some(({ user_id }) => user_id === person.user));
  expect(cardsFor(reception, card, knock), 'no card came after the end').toEqual([{ event_id: card.event_id, over: true }]);
}

/** The cards that were ever posted for a card's own knock, or for the one that took its place. */
function cardsFor({ anna, rooms }: Reception, card: Card, knock: string): Pick<Card, 'event_id' | 'over'>[] {
  const meant = cardsIn(anna, rooms.anagrafe).filter((one) => one.knock === card.knock || one.knock === knock);
  return meant.map(({ event_id, over }) => ({ event_id, over }));
}

export interface Ready extends Waiting {
  /** The room that stands ready. */
  readonly ready: string;
}

/** Somebody who would like to speak waits, and the visit's room stands ready. */
export async function waitsReady(reception: Reception): Promise<Ready> {
  const waiting = await waits(reception, { voice: true });
  return { ...waiting, ready: await visitOf(waiting.guest.person, reception.rooms.anagrafe) };
}

/** A whole visit, from the first request for an account to the goodbye, with a kill at each of its steps. */
export async function wholeVisitKilled(reception: Reception, how: When | Fall): Promise<void> {
  const { anna, rooms: { anagrafe: office } } = reception;
  let waiting: Waiting;
  await killedAtEachStep(
    reception,
    how,
    async () => new Set(await roomsOf(reception)),
    async (rooms) => {
      const guest = await comes(reception);
      const card = await cardOf(reception, office, guest.person.user);
      await anna.react(office, card.event_id, '✅');
      waiting = { guest, card, rooms };
      await opensOnce(reception, waiting, card.knock);
    },
    () => endsWhole(reception, waiting, waiting.card.knock),
  );
}

/** Somebody with an account of their own waits at the door, and the porter has nothing to do. */
export async function strangerWaits(reception: Reception, reason: string): Promise<Omit<Waiting, 'guest'> & { readonly stranger: Person }> {
  const rooms = new Set(await roomsOf(reception));
  const stranger = await strangerAt(reception, reason);
  return { stranger, card: await completeCard(reception, stranger.user), rooms };
}

/**
 * Somebody's knock has been declined: no visit, and nothing of them is left. A temporary account lives on to hear of it, and its bare knock
 * with it, which is noted as turned away.
 */
export async function noVisit(reception: Reception, user: string, { card, rooms }: Pick<Waiting, 'card' | 'rooms'>): Promise<void> {
  const { anna } = reception;
  const office = reception.rooms.anagrafe;
  await settled(reception);
  await until('the porter remembers no ticket', async () => (await bookOf(reception)).tickets.length === 0);
  if (user.startsWith('@ospite-')) await until('the refusal is noted', async () => (await bookOf(reception)).visitors.every(({ user_id, refused_at }) => user_id !== user || refused_at !== undefined));
  else await atRest(reception, user);
  expect(cardsIn(anna, office).filter(({ knock }) => knock === card.knock), 'one card for the knock').toHaveLength(1);
  for (const room of (await roomsOf(reception)).filter((one) => !rooms.has(one))) {
    // Who has a client of their own had one that stood ready: it is deleted once they have heard that they are out of it.
    expect(user, 'no room for a visit').not.toMatch(/^@ospite-/u);
    expect((await stateIn(reception, room)).map(({ type }) => type), 'no visit').not.toContain(VISIT);
    await until('nobody is left in it', async () => [...(await membershipsIn(reception, room))].every(([one, membership]) => membership === 'leave' || one.startsWith('@portineria:')));
  }
}

async function offTheDoor(reception: Reception, user: string): Promise<void> {
  await until('the knock is no longer at the door', async () => (await atDoor(reception, user)) !== 'knock');
}

/** Awaits that nobody waits and no visit runs, and that the porter has nothing more to remember or to do. */
async function atRest(reception: Reception, user: string): Promise<void> {
  await settled(reception);
  await offTheDoor(reception, user);
  await until('the porter remembers no ticket', async () => (await bookOf(reception)).tickets.length === 0);
  for (const room of [reception.rooms.anagrafe, await doorOf(reception, 'anagrafe')]) expect(await insideOf(reception, room)).not.toContain(user);
}

/** How many of the office's last events are looked through: a scene leaves some thirty. */
const LATELY = 200;

/** Holds that neither the office's state nor what was lately said in its room holds a word, as its members may read them, nor its door. */
export async function namesNobody(reception: Reception, ...words: string[]): Promise<void> {
  const { anna, rooms } = reception;
  const office = `/rooms/${encodeURIComponent(rooms.anagrafe)}`;
  const { chunk } = await anna.ask<{ chunk: Event[] }>('GET', `${office}/messages?dir=b&limit=${LATELY}`);
  const state = await anna.ask<Event[]>('GET', `${office}/state`);
  const atTheDoor = await stateIn(reception, await doorOf(reception, 'anagrafe'));
  expect([...chunk, ...state, ...atTheDoor].filter((event) => words.some((word) => JSON.stringify(event).includes(word)))).toEqual([]);
}

/** Awaits that every visit's room is deleted and every account erased, also those that a crash has left without a visitor. */
export async function nothingLeft(reception: Reception): Promise<void> {
  await purged(reception);
  await until('every account is erased', async () => {
    const { users } = await admin<{ users: { name: string }[] }>(reception, '/v2/users?name=ospite-&deactivated=false&limit=1000');
    return users.length === 0;
  }, 90_000);
}
