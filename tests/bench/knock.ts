/**
 * From a knock to its card in the staff's sync, which rings, and to the words in it, which say who knocks; beside the least that it could
 * take on the same homeserver: a knock, and a message and its edit sent by the harness itself as soon as the knock is answered.
 */
import { CARD, QUEUE, type CardContent } from '@portineria/config/events';
import { doorOf, officeRoom } from '../rig/administrator.ts';
import { until, type Event, type Person } from '../rig/matrix.ts';
import { cardsIn, startReception, type Reception } from '../rig/reception.ts';
import { ms, quantile, times, type Row } from './figures.ts';
import { SETTLED } from './settled.ts';

const PAIRS = 40;
const OFFICES = ['anagrafe', 'sindaco', ...Array.from({ length: 8 }, (_, index) => `ufficio-${index}`)];
const CROWD = 200;
/** Crowds of each kind, one after the other. */
const CROWDS = 2;

/** Ten offices that never close, and room for a crowd. */
function config(): string {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ');
  const offices = OFFICES.map((id) => `  - { id: ${id}, name: Ufficio, description: Prova, hours: { ${days} }, staff: ["@anna:localhost", "@bruno:localhost"] }`);
  return ['comune: { id: prova, name: Prova, zone: Europe/Rome, languages: [it] }', 'limits: { recall: [60, 120] }', 'offices:', ...offices, ''].join('\n');
}

/** A room to knock at, but without a porter: the harness answers knocks in it. */
async function bareRoom(anna: Person): Promise<string> {
  const { room_id } = await anna.ask<{ room_id: string }>('POST', '/createRoom', { room_version: '11', initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }] });
  return room_id;
}

/** A card's size, so that the bare message and its edit cost what the card and its words cost. */
const message = (body: string) => ({ msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body: `<p>${'x'.repeat(400)}</p>`, 'm.mentions': { user_ids: ['@anna:localhost'] } });

async function bareKnock(sender: Person, room: string, knocker: Person, via: readonly string[] = []): Promise<void> {
  await knocker.knock(room, undefined, via);
  const event_id = await sender.send(room, 'm.room.message', message('bare'));
  const words = message(`bare ${knocker.user}`);
  await sender.send(room, 'm.room.message', { ...words, body: `* ${words.body}`, 'm.mentions': {}, 'm.new_content': words, 'm.relates_to': { rel_type: 'm.replace', event_id } });
}

/** What rings and what says who, in a room, so far. */
interface Seen {
  readonly rung: number;
  readonly described: number;
}
function seenBare(anna: Person, room: string): Seen {
  const bodies = anna.timeline.flatMap(({ room: where, event }) => (where === room ? [String(event.content['body'])] : []));
  return { rung: bodies.filter((body) => body === 'bare').length, described: bodies.filter((body) => body.startsWith('* bare ')).length };
}
function seenCards(anna: Person, room: string): Seen {
  const cards = cardsIn(anna, room);
  return { rung: cards.length, described: cards.filter(({ isDescribed }) => isDescribed).length };
}

/** The user whom the words of a card or of a bare message name. */
const knockerOf = ({ content }: Event): string => (content[CARD] as CardContent | undefined)?.visitor ?? /^\* bare (\S+)$/u.exec(String(content['body']))?.[1] ?? '';
/** The porter's last step after a knock: the queue has been published. */
const isQueueOf = (event: Event, waiting: number): boolean => event.type === QUEUE && Array.isArray(event.content['waiting']) && event.content['waiting'].length === waiting;

/** How long each took, in milliseconds. */
interface Figures {
  readonly rung: number[];
  readonly described: number[];
}

/** Knocks at the door, and in the bare room. */
export interface Compared {
  readonly ours: Figures;
  readonly least: Figures;
}

/** Where both kinds of knocks are made, one after the other. */
export interface Pairs {
  readonly count: number;
  /** Reads what rings. */
  readonly anna: Person;
  readonly room: string;
  readonly door: string;
  /** Makes an account of whoever knocks. */
  readonly person: (localpart: string) => Promise<Person>;
  /** The server that both rooms are asked at, where those who knock are of another. */
  readonly via?: readonly string[];
}

/** Knocks by turns at the door and in a bare room, and compares. */
export async function comparePairs({ count, anna, room, door, person, via }: Pairs): Promise<Compared> {
  const bare = await bareRoom(anna);
  const ours: Figures = { rung: [], described: [] };
  const least: Figures = { rung: [], described: [] };
  await anna.sync();
  for (let pair = 0; pair < count; pair++) {
    const [one, other] = [await person(`knocker-${pair}`), await person(`bare-${pair}`)];
    const measure = async (figures: Figures, knock: () => Promise<unknown>, seen: () => Seen): Promise<void> => {
      const start = performance.now();
      const knocking = knock();
      while (seen().described <= pair) {
        await anna.sync(5000);
        if (figures.rung.length <= pair && seen().rung > pair) figures.rung.push(performance.now() - start);
      }
      figures.described.push(performance.now() - start);
      await knocking;
    };
    await measure(least, () => bareKnock(anna, bare, other, via), () => seenBare(anna, bare));
    await measure(ours, () => one.knock(door, undefined, via), () => seenCards(anna, room));
    // The next pair begins when the porter is at rest: its further work (place, queue, answers to tap) is not part of this figure.
    await anna.until('the queue', () => anna.timeline.some(({ room: where, event }) => where === room && isQueueOf(event, pair + 1)));
  }
  return { ours, least };
}

/** @returns rows for what rings and for what says who, each against the bare ones */
export function rowsOf({ ours, least }: Compared): Row[] {
  const rows = (what: string, bareSteps: string, mine: readonly number[], theirs: readonly number[]): Row[] => {
    const ratio = quantile(mine, 0.95) / quantile(theirs, 0.95);
    return [
      { what: `bare Synapse, ${bareSteps}: p50 / p95`, figure: `${ms(quantile(theirs, 0.5))} / ${ms(quantile(theirs, 0.95))}` },
      { what: `${what}: p50 / p95`, figure: `${ms(quantile(mine, 0.5))} / ${ms(quantile(mine, 0.95))}` },
      { what: 'p95 against bare', figure: times(ratio), goal: 'at most 1.5 x', holds: ratio <= 1.5 },
    ];
  };
  return [...rows('knock -> card rings', 'knock + send', ours.rung, least.rung), ...rows('knock -> card says who', 'knock + send + edit', ours.described, least.described)];
}

async function latency({ anna, person, rooms, doors }: Reception): Promise<Row[]> {
  return rowsOf(await comparePairs({ count: PAIRS, anna, room: rooms.anagrafe, door: doors.anagrafe, person }));
}

async function crowd(reception: Reception): Promise<Row[]> {
  const { anna, person } = reception;
  const people = async (prefix: string): Promise<Person[]> => {
    const all: Person[] = [];
    for (let index = 0; index < CROWD * CROWDS; index++) all.push(await person(`${prefix}-${index}`));
    return all;
  };
  const [ours, theirs] = [await people('crowd'), await people('bare-crowd')];
  const offices = await Promise.all(OFFICES.map((office) => officeRoom(reception, office)));
  const doors = await Promise.all(OFFICES.map((office) => doorOf(reception, office)));
  for (const room of offices) await anna.join(room);
  const bare = await Promise.all(OFFICES.map(() => bareRoom(anna)));
  await anna.sync();
  const run = async (rooms: string[], knockers: Person[], knock: (room: string, knocker: Person) => Promise<unknown>): Promise<number> => {
    const place = (index: number): string => rooms[index % rooms.length] ?? '';
    // Each event is looked at once: the harness's own work must not weigh on what it measures.
    const missing = new Set(knockers.map(({ user }) => user));
    let looked = anna.timeline.length;
    const start = performance.now();
    const knocking = Promise.all(knockers.map((knocker, index) => knock(place(index), knocker)));
    await until('all are seen', async () => {
      await anna.sync(2000);
      for (const { event } of anna.timeline.slice(looked)) if (event.type === 'm.room.message') missing.delete(knockerOf(event));
      looked = anna.timeline.length;
      return missing.size === 0;
    }, 120_000);
    const taken = performance.now() - start;
    await knocking;
    return taken;
  };
  // Crosswise, so that neither has the warmer homeserver.
  const part = (people: Person[], which: number): Person[] => people.slice(which * CROWD, (which + 1) * CROWD);
  const runBare = (which: number): Promise<number> => run(bare, part(theirs, which), (room, knocker) => bareKnock(anna, room, knocker));
  const runOurs = async (which: number): Promise<number> => {
    const taken = await run(doors, part(ours, which), (door, knocker) => knocker.knock(door));
    const waiting = ((which + 1) * CROWD) / OFFICES.length;
    for (const room of offices) await anna.until('the queue', () => anna.timeline.some(({ room: where, event }) => where === room && isQueueOf(event, waiting)));
    return taken;
  };
  const [bareFirst, oursSecond] = [await runBare(0), await runOurs(0)];
  const [oursThird, bareLast] = [await runOurs(1), await runBare(1)];
  const [least, taken] = [(bareFirst + bareLast) / CROWDS, (oursSecond + oursThird) / CROWDS];
  return [
    { what: `bare Synapse, ${CROWD} knocks + sends + edits over ${OFFICES.length} rooms`, figure: ms(least) },
    { what: `${CROWD} knocks over ${OFFICES.length} offices, all cards say who`, figure: ms(taken) },
    { what: 'throughput against bare', figure: times(least / taken), goal: 'at least 0.9 x, none lost', holds: least / taken >= 0.9 },
  ];
}

/** @returns rows for latency and for a crowd */
export async function benchKnocks(): Promise<{ latency: Row[]; crowd: Row[] }> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  const limits = { ...SETTLED, rc_message: fast, rc_joins_per_room: fast, rc_room_creation: fast, rc_joins: { local: fast, remote: fast } };
  const reception = await startReception({ config: config(), extra: limits, direct: true });
  try {
    return { latency: await latency(reception), crowd: await crowd(reception) };
  } finally {
    await reception.stop();
  }
}
