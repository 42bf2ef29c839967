/** The clock was put back: what has happened seems to lie ahead, and would be waited for too long. Pure. */
import { LONGEST_LEAD_MS } from '../ground/matrix.ts';
import type { Situation } from '../judgement/situation.ts';
import type { Presence } from '../judgement/visit.ts';

/** The dates of what has happened, by which something is waited for. */
function datesOf(s: Situation): number[] {
  return [
    s.readAt,
    s.listensSince,
    ...s.departures.values(),
    s.door.madeAt,
    ...s.formerDoors.values(),
    ...s.book.tickets.flatMap(({ since, returned_at = 0 }) => [since, returned_at]),
    ...[...s.prepared.values()].map(({ returnedAt = 0 }) => returnedAt),
    ...[...s.knocks.values()].map(({ since }) => since),
    ...[...s.visits.values()].flatMap(({ openedAt, endedAt, members }) => [openedAt, endedAt ?? 0, ...[...members.values()].map(({ at }) => at)]),
    ...[...s.visitors.values()].map(({ made_at }) => made_at),
    ...[...s.signs.values(), ...s.told.values()].map(({ at }) => at),
    ...[...s.talks.values()].map(({ heard }) => heard),
  ];
}

/** The situation in which nothing has happened later than now; the same one where that is so. @param now in milliseconds since 1970 */
export function notAhead(s: Situation, now: number): Situation {
  const latest = now + LONGEST_LEAD_MS;
  if (datesOf(s).every((at) => at <= latest)) return s;
  const by = (at: number): number => (at <= latest ? at : now);
  const each = <K, V>(map: ReadonlyMap<K, V>, change: (value: V) => V): ReadonlyMap<K, V> => new Map([...map].map(([key, value]) => [key, change(value)]));
  const members = (all: ReadonlyMap<Presence['by'], Presence>) => each(all, (one) => ({ ...one, at: by(one.at) }));
  return {
    ...s,
    readAt: by(s.readAt),
    listensSince: by(s.listensSince),
    departures: each(s.departures, by),
    door: { ...s.door, madeAt: by(s.door.madeAt) },
    formerDoors: each(s.formerDoors, by),
    book: { ...s.book, tickets: s.book.tickets.map((ticket) => ({ ...ticket, since: by(ticket.since), ...(ticket.returned_at === undefined ? {} : { returned_at: by(ticket.returned_at) }) })) },
    knocks: each(s.knocks, (knock) => ({ ...knock, since: by(knock.since) })),
    prepared: each(s.prepared, (one) => ({ ...one, ...(one.returnedAt === undefined ? {} : { returnedAt: by(one.returnedAt) }) })),
    visits: each(s.visits, (visit) => ({
      ...visit,
      openedAt: by(visit.openedAt),
      endedAt: visit.endedAt === null ? null : by(visit.endedAt),
      // It may last as long as it might have.
      endsAt: visit.endsAt === null ? null : visit.endsAt - visit.openedAt + by(visit.openedAt),
      members: members(visit.members),
    })),
    visitors: each(s.visitors, (visitor) => ({ ...visitor, made_at: by(visitor.made_at) })),
    signs: each(s.signs, ({ at, seen }) => ({ at: by(at), seen: by(seen) })),
    told: each(s.told, (told) => ({ ...told, at: by(told.at) })),
    talks: each(s.talks, (talk) => ({ ...talk, heard: by(talk.heard), lookAt: by(talk.lookAt) })),
  };
}
