/** What visitors do in a town: with an account of their own, or with one that the page is given for a visit. */
import { randomUUID } from 'node:crypto';
import { aliasOf } from '../administrator.ts';
import { Failure, until, type Person } from '../matrix.ts';
import { arrive } from '../reception.ts';
import { goodbyeOnce, ticketsOf } from '../scenes.ts';
import type { Draws } from './draws.ts';
import { presentIn } from './standing.ts';
import { attempt, OFFICES, trespass, type Town } from './town.ts';

export interface Visitor {
  /** Words that are nowhere else. */
  readonly name: string;
  readonly topic: string;
  readonly draws: Draws;
  /** Their own account, of whoever knocks from a Matrix client; null for who comes by the page. */
  readonly own: Person | null;
  /** Who they are just now; null before they come, and once they have said goodbye. */
  person: Person | null;
  token: string;
  /** Whoever they have been, also before they said goodbye and came again. */
  readonly accounts: Person[];
  /** All that their clients could ever read. */
  readonly read: string[];
}

/** One thing that a visitor does. */
export function visitorActs(town: Town, visitor: Visitor): Promise<void> {
  return whileThere(visitor, () => acts(town, visitor));
}

/** The account may be erased meanwhile: so it is after a visit, and whoever had it may come again. */
async function whileThere(visitor: Visitor, what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (error) {
    if (!(error instanceof Failure && error.status === 401 && visitor.own === null)) throw error;
    visitor.person = null;
  }
}

type Deed = () => Promise<unknown>;

async function acts(town: Town, visitor: Visitor): Promise<void> {
  const { draws, person, own } = visitor;
  if (person === null) {
    if (draws.below(4) > 0) await comes(town, visitor);
    return;
  }
  await person.sync();
  const invited = [...person.invites.keys()].find((room) => room !== person.door);
  if (invited !== undefined && draws.below(4) > 0) {
    await attempt(() => person.join(invited));
    return;
  }
  const inside = town.now().visits.filter(({ members }) => members.get(person.user) === 'join').map(({ room }) => room);
  const state = ticketsOf(person).at(-1)?.state;
  const isTurnedAway = state === 'declined' || state === 'closed' || state === 'gone';
  const goes: Deed = () => (own === null ? saysGoodbye(town, visitor) : person.withdraw());
  const deeds: (readonly [number, Deed])[] = [
    [12, () => Promise.resolve()],
    [isTurnedAway ? 12 : 1, goes],
    [1, () => (own === null ? person.knock(person.door) : comes(town, visitor))],
    [1, () => triesOthers(town, person)],
    ...inside.flatMap((room) => [[3, () => person.say(room, 'Buongiorno')] as const, [1, () => person.leave(room)] as const]),
  ];
  await attempt(draws.weighted(deeds));
}

/** Knocks somewhere. Where the door is shut or the bot is away, nobody comes. */
async function comes(town: Town, visitor: Visitor): Promise<void> {
  const { name, topic, draws, own } = visitor;
  const office = draws.oneOf(OFFICES);
  if (own !== null) {
    await attempt(() => own.knock(aliasOf(town.reception, office), `${name}: ${topic}, ${randomUUID()}`));
    visitor.person = own;
    return;
  }
  // The page is tried again a moment later where it does not answer.
  await until('the page answers', () => fetch(`${town.reception.url}/health/ready`).then(({ ok }) => ok, () => false));
  const guest = await arrive(town.reception, office, { name, topic, voice: draws.below(3) > 0 }).catch((error: unknown) => {
    if (error instanceof Failure || !(error instanceof Error)) throw error;
    return null;
  });
  if (guest === null) return;
  [visitor.person, visitor.token] = [guest.person, guest.token];
  visitor.accounts.push(guest.person);
}

/** As the page does: it may be that nobody is there to hear it. */
async function saysGoodbye(town: Town, visitor: Visitor): Promise<void> {
  await reads(visitor);
  const response = await goodbyeOnce(town.reception, visitor.token).catch(() => null);
  if (response?.status === 204) visitor.person = null;
}

/** Offices, and the visits of others. */
async function triesOthers(town: Town, person: Person): Promise<void> {
  const { offices, visits } = town.now();
  const others = [...offices.values(), ...visits.filter((one) => one.of.visitor !== person.user)];
  for (const { room } of others) {
    const path = `/rooms/${encodeURIComponent(room)}`;
    await trespass(`${person.user} joins ${room}`, () => person.join(room));
    for (const what of ['state', 'members', 'messages?dir=b']) await trespass(`${person.user} reads ${what} of ${room}`, () => person.ask('GET', `${path}/${what}`));
  }
}

const ALL = encodeURIComponent(JSON.stringify({ room: { include_leave: true, timeline: { limit: 1000 } } }));

interface AllRooms {
  readonly rooms?: Readonly<Record<'join' | 'invite' | 'knock' | 'leave', Readonly<Record<string, unknown>> | undefined>>;
}

/** Notes all that a visitor's token reads now: every room that it was ever in, asked in each way, and what it was told. */
export function reads(visitor: Visitor): Promise<void> {
  return whileThere(visitor, () => readsAll(visitor));
}

async function readsAll({ person, read }: Visitor): Promise<void> {
  if (person === null) return;
  const all = await attempt(() => person.ask<AllRooms>('GET', `/sync?filter=${ALL}&full_state=true&timeout=0`));
  const rooms = Object.values(all?.rooms ?? {}).flatMap((some) => Object.keys(some ?? {}));
  const asked = rooms.flatMap((room) => ['state', 'members', 'messages?dir=b&limit=1000', 'aliases'].map((what) => `/rooms/${encodeURIComponent(room)}/${what}`));
  const answers = await Promise.all(asked.map((path) => attempt(() => person.ask('GET', path))));
  read.push(JSON.stringify([all, answers, person.timeline, person.toDevice, [...person.invites], [...person.left]]));
}

/** Goes for good, however often it takes. @returns whether nothing is left to do */
export async function isGone(town: Town, visitor: Visitor): Promise<boolean> {
  const { person, own, token } = visitor;
  if (person === null) return true;
  if (own === null) {
    const response = await goodbyeOnce(town.reception, token).catch(() => null);
    if (response?.status !== 204 && response?.status !== 401) return false;
    visitor.person = null;
    return true;
  }
  const { visits } = town.now();
  for (const { room } of visits.filter((visit) => presentIn(visit).includes(own.user))) await attempt(() => own.leave(room));
  for (const office of OFFICES) {
    for (const { room, members } of town.now().doorsOf(office)) if (members.get(own.user) === 'knock') await attempt(() => own.leave(room));
  }
  return town.now().visits.every((visit) => !presentIn(visit).includes(own.user));
}
