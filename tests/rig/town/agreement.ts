/** Whether all that stands in a town agrees, once everything has settled: rooms, cards, queues, tickets. */
import { cardsIn } from '../reception.ts';
import { ticketsOf } from '../scenes.ts';
import { presentIn, runs, type Standing, type VisitNow } from './standing.ts';
import { OFFICES, type OfficeId, type Town } from './town.ts';
import type { Visitor } from './visitors.ts';

/** What does not agree yet, in words. */
export async function disagreements(town: Town, visitors: readonly Visitor[]): Promise<string[]> {
  await Promise.all([...town.clerks.map(({ person }) => person), ...visitors.flatMap(({ person }) => person ?? [])].map((person) => person.sync().catch(() => undefined)));
  const standing = town.now();
  return [
    ...OFFICES.flatMap((office) => officeDisagreements(town, standing, office, visitors)),
    ...standing.visits.flatMap((visit) => visitDisagreements(town, visit, visitors)),
  ];
}

function officeDisagreements(town: Town, standing: Standing, office: OfficeId, visitors: readonly Visitor[]): string[] {
  const { waiting, visits } = standing.offices.get(office)?.queue ?? { waiting: [], visits: [] };
  const found: string[] = [];
  const agree = (what: string, one: readonly unknown[], other: readonly unknown[]): void => {
    if (JSON.stringify(one) !== JSON.stringify(other)) found.push(`${office}: ${what}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
  };
  for (const { person, offices } of town.clerks) {
    if (!offices.includes(office)) continue;
    const cards = cardsIn(person, town.rooms[office]).filter(({ over }) => !over);
    agree(`the cards that ${person.user} sees, and the queue`, cards.map(({ event_id }) => event_id).toSorted(), [...waiting, ...visits].map(({ card }) => card).toSorted());
  }
  const running = standing.visits.filter((one) => one.of.office === office && runs(one));
  const inside = ({ of, members }: VisitNow): string[] => town.rosterOf(office).filter((user) => user !== of.visitor && members.get(user) === 'join').toSorted();
  const byNumber = <T extends { number: number }>(all: readonly T[]): T[] => all.toSorted((one, other) => one.number - other.number);
  agree('the visits, and those in the queue', byNumber(running.map((one) => ({ number: one.of.ticket, by: one.visit?.opened_by, inside: inside(one) }))), byNumber(visits.map(({ number, by, inside: listed }) => ({ number, by, inside: [...listed] }))));
  // Who waits, as each of them was told.
  const knocking = new Set(standing.doorsOf(office).flatMap(({ members }) => [...members].flatMap(([user, membership]) => (membership === 'knock' ? [user] : []))));
  const visiting = new Set<string>(running.map(({ of }) => of.visitor));
  const places = visitors.flatMap(({ person, own }) => {
    if (person === null || !knocking.has(person.user) || visiting.has(person.user)) return [];
    const ticket = ticketsOf(person).findLast((one) => one.office === office);
    if (ticket?.state === 'waiting' || ticket?.state === 'unanswered') return [{ place: ticket.place, number: ticket.number }];
    if (own !== null || ticket === undefined) found.push(`${office}: ${person.user} knocks, and was told ${ticket?.state ?? 'nothing'}`);
    return [];
  });
  agree('the places as they were told, and the queue', places.toSorted((one, other) => one.place - other.place), waiting.map(({ number }, index) => ({ place: index + 1, number })));
  return found;
}

function visitDisagreements(town: Town, visit: VisitNow, visitors: readonly Visitor[]): string[] {
  const { of: { visitor, office }, members, room } = visit;
  const present = presentIn(visit);
  if (!runs(visit)) {
    // One that stands ready is for whoever waits; of one that is over everybody goes.
    return visit.visit?.outcome === 'nobody_came' || visit.visit === null ? [] : present.map((user) => `${user} is still in the visit of ${visitor}, which is over`);
  }
  const found: string[] = [];
  if (!present.includes(visitor)) found.push(`${visitor} is not in the own visit, but ${members.get(visitor) ?? 'nowhere'}`);
  if (!present.some((user) => town.rosterOf(office).includes(user))) found.push(`nobody of the staff is in the visit of ${visitor}`);
  const person = visitors.find((one) => one.person?.user === visitor)?.person;
  const told = person === undefined || person === null ? undefined : ticketsOf(person).findLast((ticket) => ticket.office === office);
  if (told?.state !== 'opened' || told.visit !== room) found.push(`${visitor} is in a visit, and was told ${told?.state ?? 'nothing'}`);
  return found;
}
