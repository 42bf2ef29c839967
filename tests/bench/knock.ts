/**
 * From a knock to its card in the staff's sync, beside the least that it could take on the same homeserver:
 * a knock, and a message sent by the harness itself as soon as the knock is answered.
 */
import { QUEUE } from '@portineria/config/events';
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

/** A card's size, so that the bare message costs what the card costs. */
const message = (knocker: string) => ({ msgtype: 'm.text', body: `bare ${knocker}`, format: 'org.matrix.custom.html', formatted_body: `<p>${'x'.repeat(400)}</p>`, 'm.mentions': { user_ids: ['@anna:localhost'] } });

async function bareKnock(sender: Person, room: string, knocker: Person): Promise<void> {
  await knocker.knock(room);
  await sender.send(room, 'm.room.message', message(knocker.user));
}

const sawBare = (anna: Person, room: string, user: string): boolean => anna.timeline.some(({ room: where, event }) => where === room && event.content['body'] === `bare ${user}`);
const sawCard = (anna: Person, room: string, user: string): boolean => cardsIn(anna, room).some(({ body }) => body.includes(user));

/** The user whose knock a message is about: as the card names it, and the bare one. */
const knockerOf = (event: Event): string => /@[\w-]+:localhost/u.exec(String(event.content['body']))?.[0] ?? '';
/** The porter's last step after a knock: the queue has been published. */
const isQueueOf = (event: Event, waiting: number): boolean => event.type === QUEUE && Array.isArray(event.content['waiting']) && event.content['waiting'].length === waiting;

async function latency(reception: Reception): Promise<Row[]> {
  const { anna, person } = reception;
  const { rooms: { anagrafe: room }, doors: { anagrafe: door } } = reception;
  const bare = await bareRoom(anna);
  const ours: number[] = [];
  const least: number[] = [];
  await anna.sync();
  for (let pair = 0; pair < PAIRS; pair++) {
    const [one, other] = [await person(`knocker-${pair}`), await person(`bare-${pair}`)];
    const measure = async (figures: number[], knock: () => Promise<unknown>, seen: () => boolean): Promise<void> => {
      const start = performance.now();
      const knocking = knock();
      while (!seen()) await anna.sync(5000);
      figures.push(performance.now() - start);
      await knocking;
    };
    await measure(least, () => bareKnock(anna, bare, other), () => sawBare(anna, bare, other.user));
    await measure(ours, () => one.knock(door), () => sawCard(anna, room, one.user));
    // The next pair begins when the porter is at rest: its further work (place, queue, answers to tap) is not part of this figure.
    await anna.until('the queue', () => anna.timeline.some(({ room: where, event }) => where === room && isQueueOf(event, pair + 1)));
  }
  const ratio = quantile(ours, 0.95) / quantile(least, 0.95);
  return [
    { what: 'bare Synapse, knock + send: p50 / p95', figure: `${ms(quantile(least, 0.5))} / ${ms(quantile(least, 0.95))}` },
    { what: 'knock -> card: p50 / p95', figure: `${ms(quantile(ours, 0.5))} / ${ms(quantile(ours, 0.95))}` },
    { what: 'p95 against bare', figure: times(ratio), goal: 'at most 1.5 x', holds: ratio <= 1.5 },
  ];
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
    { what: `bare Synapse, ${CROWD} knocks + sends over ${OFFICES.length} rooms`, figure: ms(least) },
    { what: `${CROWD} knocks over ${OFFICES.length} offices, all cards seen`, figure: ms(taken) },
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
