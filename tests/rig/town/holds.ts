/** What holds in a town at every moment, and what its history shows. */
import { CARD, QUEUE, type CardContent, type QueueContent } from '@portineria/config/events';
import type { Person } from '../matrix.ts';
import { cardsIn } from '../reception.ts';
import { ticketsOf } from '../scenes.ts';
import { presentIn, runs, type Standing } from './standing.ts';
import { OFFICES, type Town } from './town.ts';
import type { Visitor } from './visitors.ts';

/** What is wrong at this moment, in words. */
export function faultsIn(standing: Standing, rosterOf: Town['rosterOf']): string[] {
  const faults: string[] = [];
  for (const { of, visit, members } of standing.visits) {
    const may = new Set<string>([of.visitor, ...rosterOf(of.office), ...(visit?.guests ?? [])]);
    for (const user of presentIn({ members })) if (!may.has(user)) faults.push(`${user} is in the visit of ${of.visitor} at ${of.office}`);
    if (visit !== null && !rosterOf(of.office).includes(visit.opened_by)) faults.push(`${visit.opened_by} has opened a visit of ${of.office}`);
  }
  faults.push(...doubled(standing.visits.map(({ of }) => of.knock)).map((knock) => `the knock ${knock} has two rooms`));
  // Whoever has an account of their own may knock at several offices.
  faults.push(...doubled(standing.visits.filter(runs).map(({ of }) => `${of.visitor} at ${of.office}`)).map((who) => `two visits run for ${who}`));
  for (const office of OFFICES) {
    for (const { room, members } of standing.doorsOf(office)) {
      for (const [user, membership] of members) if (membership === 'join' || membership === 'invite') faults.push(`${user} is inside the door ${room}: ${membership}`);
    }
    const inOffice = standing.offices.get(office);
    if (inOffice === undefined) {
      faults.push(`the office ${office} has no room`);
      continue;
    }
    for (const user of presentIn(inOffice)) if (!rosterOf(office).includes(user)) faults.push(`${user} is in the office ${office}`);
    const { waiting, visits } = inOffice.queue;
    faults.push(...doubled([...waiting, ...visits].map(({ number }) => number)).map((number) => `n. ${number} of ${office} is listed twice`));
  }
  return faults;
}

function doubled<T>(all: readonly T[]): T[] {
  return all.filter((one, index) => all.indexOf(one) !== index);
}

/** The local day of an instant: numbers begin anew with it. */
const dayOf = (at: number): string => new Date(at).toLocaleDateString('sv-SE', { timeZone: 'Europe/Rome' });

/** What went wrong on the way: of an office's cards and queues as somebody of its staff has seen them, and of what visitors were told. */
export function faultsOf(witness: Person, room: string, office: string, told: readonly Person[]): string[] {
  const cards = cardsIn(witness, room);
  const numbers = cards.map(({ number, content }) => `${number} of ${dayOf((content[CARD] as CardContent).since)}`);
  const holders = new Map<number, Set<string>>();
  for (const person of told) {
    for (const { office: where, number } of ticketsOf(person)) if (where === office && number > 0) holders.set(number, new Set(holders.get(number)).add(person.user));
  }
  // Over midnight there may be two of a number.
  const given = (number: number): number => Math.max(1, cards.filter((card) => card.number === number).length);
  return [
    ...doubled(cards.map(({ knock }) => knock)).map((knock) => `the knock ${knock} has two cards in ${office}`),
    ...doubled(numbers).map((number) => `two cards have n. ${number} in ${office}`),
    ...[...holders].flatMap(([number, users]) => (users.size > given(number) ? [`n. ${number} in ${office} was told to ${[...users].join(' and ')}`] : [])),
    ...overtaken(queuesIn(witness, room)).map((pair) => `in the queue of ${office} ${pair}`),
  ];
}

/** Every queue that an office's desks have shown. */
export function queuesIn(witness: Person, room: string): QueueContent[] {
  return witness.timeline.flatMap(({ room: where, event }) => (where === room && event.type === QUEUE ? [event.content as unknown as QueueContent] : []));
}

/** Who stood before whom, and later behind them. The knock's instant tells those of two days apart. */
function overtaken(queues: readonly QueueContent[]): string[] {
  const before = new Set<string>();
  const found = new Set<string>();
  for (const { waiting } of queues) {
    const names = waiting.map(({ number, since }) => `n. ${number} of ${dayOf(since)}`);
    for (const [place, one] of names.entries()) {
      for (const other of names.slice(place + 1)) {
        before.add(`${one} before ${other}`);
        if (before.has(`${other} before ${one}`)) found.add(`${one} and ${other} have changed places`);
      }
    }
  }
  return [...found];
}

/** Whose words a visitor has read. Who has an account of their own and has left the door may read there who else stands there, and what others wrote into their knocks from their own clients (docs/events.md): what the page was told is never there. */
export function wordsRead(visitor: Visitor, others: readonly Visitor[]): string[] {
  const isPage = visitor.own === null;
  return others.flatMap((other) => {
    if (other === visitor || (!isPage && other.own !== null)) return [];
    const words = [other.name, other.topic, ...(isPage ? other.accounts.map(({ user }) => user) : [])];
    return words.filter((word) => visitor.read.some((text) => text.includes(word))).map((word) => `${visitor.name} has read ${word}`);
  });
}
