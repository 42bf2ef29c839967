/**
 * From an answer of the staff's to what the visitor's page shows of it, and to what a colleague's desk shows; beside the least that it could
 * take on the same homeserver: the same answer, and the one event that shows it, sent by a plain client as soon as it has seen the answer.
 */
import { QUEUE, TICKET, VISIT, type QueueContent, type TicketContent } from '@portineria/config/events';
import { Person, type Event } from '../rig/matrix.ts';
import { arrive, CONFIG, startReception, type Guest, type Reception } from '../rig/reception.ts';
import { cardOf, goodbye, ticketsOf, visitOf } from '../rig/scenes.ts';
import { ms, quantile, times, type Row } from './figures.ts';
import { SETTLED } from './settled.ts';

const ROUNDS = 24;
/** The first are not counted: nothing has been compiled, neither here nor there. */
const WARM = 3;

/** Who sees, and what. */
type Seen = readonly [who: Person, holds: () => boolean];

/** How long it takes from an answer until each of those sees what is awaited, in milliseconds. */
async function timed(answer: () => Promise<unknown>, seen: readonly Seen[]): Promise<number[]> {
  const began = performance.now();
  const looking = seen.map(async ([who, holds]) => {
    while (!holds()) await who.sync(5000);
    return performance.now() - began;
  });
  await answer();
  return Promise.all(looking);
}

/** Rooms without a porter: a client does what it would do, and nothing else. */
interface Bare {
  readonly anna: Person;
  readonly bruno: Person;
  readonly client: Person;
  readonly visitor: Person;
  readonly office: string;
  readonly visit: string;
}

async function bareRooms({ anna, bruno, person }: Reception): Promise<Bare> {
  const [visitor, client] = [await person('bare-visitor'), await person('bare-client')];
  const room = async (...guests: Person[]): Promise<string> => {
    const { room_id } = await client.ask<{ room_id: string }>('POST', '/createRoom', { room_version: '11', preset: 'private_chat', invite: guests.map(({ user }) => user) });
    for (const guest of guests) await guest.join(room_id);
    return room_id;
  };
  const rooms = { office: await room(anna, bruno), visit: await room(visitor) };
  for (const one of [visitor, client]) await one.sync();
  return { anna, bruno, client, visitor, ...rooms };
}

const events = ({ timeline }: Person, room: string, type: string): Event[] => timeline.flatMap((one) => (one.room === room && one.event.type === type ? [one.event] : []));

/** What shows an answer to a visitor: the state of the visit's room, or a message to their devices. */
type Shown = 'visit' | 'ticket';

let pairs = 0;
/** An answer and what follows from it, to the visitor and to a colleague. */
async function barePairs({ anna, bruno, client, visitor, office, visit }: Bare, shown: Shown): Promise<[page: number, desk: number]> {
  const pair = `${++pairs}`;
  const card = await anna.say(office, `card ${pair}`);
  const put = (path: string, body: unknown): Promise<unknown> => client.ask('PUT', path, body);
  const state = (room: string, type: string): Promise<unknown> => put(`/rooms/${encodeURIComponent(room)}/state/${type}/`, { pair });
  const tell = (): Promise<unknown> => put(`/sendToDevice/${TICKET}/${pair}`, { messages: { [visitor.user]: { '*': { pair } } } });
  await client.sync();
  const answerAnd = async (key: string, follows: () => Promise<unknown>): Promise<void> => {
    const isSeen = (): boolean => events(client, office, 'm.reaction').some(({ content }) => (content['m.relates_to'] as { key?: string }).key === key);
    const following = async (): Promise<void> => {
      while (!isSeen()) await client.sync(5000);
      await follows();
    };
    await Promise.all([following(), anna.react(office, card, key)]);
  };
  const isPair = ({ content }: { content: Record<string, unknown> }): boolean => content['pair'] === pair;
  const isTold = (): boolean => (shown === 'visit' ? events(visitor, visit, VISIT) : visitor.toDevice).some(isPair);
  const [page = NaN] = await timed(() => answerAnd(`page ${pair}`, () => (shown === 'visit' ? state(visit, VISIT) : tell())), [[visitor, isTold]]);
  const [desk = NaN] = await timed(() => answerAnd(`desk ${pair}`, () => state(office, QUEUE)), [[bruno, () => events(bruno, office, QUEUE).some(isPair)]]);
  return [page, desk];
}

/** The queue as a colleague's desk has it. */
const queueOf = (desk: Person, office: string): QueueContent => (events(desk, office, QUEUE).at(-1)?.content ?? { waiting: [], visits: [] }) as unknown as QueueContent;

/** One kind of answer, and how it shows. */
interface Kind {
  readonly what: string;
  readonly sign: string;
  readonly shown: Shown;
  readonly isOnPage: (guest: Person, ready: string) => boolean;
  readonly isOnDesk: (queue: QueueContent, number: number) => boolean;
}

const lastTicket = (guest: Person): TicketContent | undefined => ticketsOf(guest).at(-1);
const SOON: Kind = {
  what: '"in a moment"', sign: '⏳', shown: 'ticket',
  isOnPage: (guest) => lastTicket(guest)?.message !== undefined,
  isOnDesk: ({ waiting }, number) => waiting.some((one) => one.number === number && one.soon !== undefined),
};
const OPEN: Kind = {
  what: 'open', sign: '✅', shown: 'visit',
  isOnPage: (guest, ready) => events(guest, ready, VISIT).length > 0,
  isOnDesk: ({ visits }, number) => visits.some((one) => one.number === number),
};
const DECLINE: Kind = {
  what: 'decline', sign: '❌', shown: 'ticket',
  isOnPage: (guest) => lastTicket(guest)?.state === 'declined',
  isOnDesk: ({ waiting }, number) => waiting.every((one) => one.number !== number),
};
const KINDS = [SOON, OPEN, DECLINE];

/** How long each took, in milliseconds. */
interface Figures {
  readonly page: number[];
  readonly desk: number[];
}
const none = (): Figures => ({ page: [], desk: [] });

/** Somebody waits, and the porter is at rest: the answers to tap stand under the card, and the visit's room stands ready. */
async function waits(reception: Reception): Promise<{ guest: Guest; card: string; number: number; ready: string }> {
  const { anna, bruno, rooms: { anagrafe: office } } = reception;
  const guest = await arrive(reception, 'anagrafe', { voice: true });
  const { event_id: card, number } = await cardOf(reception, office, guest.person.user);
  const ready = await visitOf(guest.person, office);
  await guest.person.join(ready);
  await anna.until('the answers to tap', () => events(anna, office, 'm.reaction').filter(({ content }) => (content['m.relates_to'] as { event_id?: string } | undefined)?.event_id === card).length >= KINDS.length);
  await bruno.until('the queue', () => queueOf(bruno, office).waiting.some((one) => one.number === number));
  await guest.person.until('the place', () => lastTicket(guest.person)?.place === 1);
  return { guest, card, number, ready };
}

async function measure(reception: Reception): Promise<Map<Kind, { ours: Figures; least: Figures }>> {
  const { anna, bruno, rooms: { anagrafe: office } } = reception;
  const bare = await bareRooms(reception);
  const figures = new Map(KINDS.map((kind) => [kind, { ours: none(), least: none() }]));
  const note = (kind: Kind, whose: 'ours' | 'least', [page = NaN, desk = NaN]: readonly number[], round: number): void => {
    if (round < WARM) return;
    figures.get(kind)?.[whose].page.push(page);
    figures.get(kind)?.[whose].desk.push(desk);
  };
  for (let round = 0; round < ROUNDS + WARM; round++) {
    // One after the other, so that what else the machine does falls on both.
    for (const kinds of [[SOON, OPEN], [DECLINE]]) {
      const { guest: { person, token }, card, number, ready } = await waits(reception);
      for (const kind of kinds) {
        note(kind, 'least', await barePairs(bare, kind.shown), round);
        note(kind, 'ours', await timed(() => anna.react(office, card, kind.sign), [[person, () => kind.isOnPage(person, ready)], [bruno, () => kind.isOnDesk(queueOf(bruno, office), number)]]), round);
      }
      await goodbye(reception, token);
      await bruno.until('nobody is there', () => queueOf(bruno, office).waiting.length + queueOf(bruno, office).visits.length === 0);
    }
  }
  return figures;
}

function rowsOf(what: string, mine: readonly number[], theirs: readonly number[]): Row[] {
  const ratio = quantile(mine, 0.95) / quantile(theirs, 0.95);
  return [
    { what: `bare Synapse, ${what}: p50 / p95`, figure: `${ms(quantile(theirs, 0.5))} / ${ms(quantile(theirs, 0.95))}` },
    { what: `${what}: p50 / p95`, figure: `${ms(quantile(mine, 0.5))} / ${ms(quantile(mine, 0.95))}` },
    { what: 'p95 against bare', figure: times(ratio), goal: 'at most 1.5 x', holds: ratio <= 1.5 },
  ];
}

export async function benchAnswers(): Promise<Row[]> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  // With calls, a visit's room stands ready for the next in line.
  const reception = await startReception({ config: CONFIG.replace('door_visits: 100', 'door_visits: 1000'), calls: true, direct: true, extra: { ...SETTLED, rc_message: fast, rc_joins: { local: fast, remote: fast }, rc_joins_per_room: fast } });
  try {
    const figures = await measure(reception);
    return [...figures].flatMap(([{ what }, { ours, least }]) => [...rowsOf(`${what} -> page`, ours.page, least.page), ...rowsOf(`${what} -> another desk`, ours.desk, least.desk)]);
  } finally {
    await reception.stop();
  }
}
