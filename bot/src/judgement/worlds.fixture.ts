/** Situations of all kinds, also such as no homeserver would show, and what holds for each of them. */
import fc from '@portineria/config/cases';
import type { StaffAnswer, Ticket } from '@portineria/config/book';
import type { DoorContent } from '@portineria/config/events';
import { UserId } from '@portineria/config/ids';
import { inspect } from 'node:util';
import { dayOf, queueOf } from './queue.ts';
import { account, ANNA, BRUNO, COMUNE, STEPS, DOOR_ROOM, event, FORMER_DOOR, HOUR, knock, MINUTE, NOON, OPEN, PORTER, room, situation, STRANGER, TIMETABLES, TRANSPORT, user, visit, ZONE } from './situation.fixture.ts';
import { bookContent, type DoorOrder, type Situation } from './situation.ts';
import type { CallPresence, Prepared, Presence, Visit } from './visit.ts';

/** How long ago something was, or how soon it will be: at every edge that a limit makes, and anywhere. */
const ago = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0, 1, MINUTE, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 10 * MINUTE - 1, HOUR) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 * MINUTE }) },
  { weight: 1, arbitrary: fc.integer({ min: -MINUTE, max: 26 * HOUR }) },
);
const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const staff = fc.constantFrom(ANNA, BRUNO, STRANGER);
const presence = fc.record({ membership: fc.constantFrom('invite', 'join', 'leave', 'ban'), at: ago, porter: fc.boolean() });
/** Each person has up to three knocks of their own: 0, 1 and 2. */
const which = fc.nat(2);

const ticketFacts = fc.record({
  which,
  since: ago,
  answer: nullable(fc.record({ kind: fc.constantFrom('admit', 'decline'), by: staff, at: ago })),
  card: fc.boolean(),
  closing: fc.boolean(),
  offered: fc.boolean(),
  calls: fc.nat(2),
  ready: fc.boolean(),
  soon: nullable(fc.record({ at: ago, shown: fc.boolean() })),
  word: nullable(ago),
  link: nullable(ago),
  /** The steps of the escalation that are done, and of one in another office whether that knows the end. */
  steps: fc.subarray(STEPS.map(({ id }) => id)),
  known: fc.boolean(),
});
const visitFacts = fc.record({
  which,
  openedAt: ago,
  endedAt: nullable(ago),
  ending: fc.boolean(),
  returning: fc.boolean(),
  asked: fc.subarray([BRUNO, STRANGER]),
  guest: fc.boolean(),
  /** Somebody came by a link so long ago. */
  third: nullable(fc.record({ at: ago, leaving: fc.boolean(), there: nullable(presence) })),
  endsAt: nullable(ago),
  spoken: fc.boolean(),
  talk: nullable(fc.record({ inside: fc.subarray([0, 1, 2]), heard: ago, look: ago, ended: nullable(ago) })),
  visitor: nullable(presence),
  opener: nullable(presence),
  colleague: nullable(presence),
});
const personFacts = fc.record({
  account: fc.record({ made: ago, leaving: fc.boolean(), refused: fc.option(ago, { nil: undefined, freq: 4 }) }),
  door: fc.constantFrom('nowhere', 'now', 'now', 'now', 'former', 'deleted'),
  which,
  at: ago,
  tickets: fc.uniqueArray(ticketFacts, { maxLength: 2, selector: (one) => one.which }),
  visits: fc.uniqueArray(visitFacts, { maxLength: 2, selector: (one) => one.which }),
  looked: nullable(fc.record({ at: ago, seen: ago })),
  departed: nullable(ago),
  /** A room stands ready for a knock of theirs that nobody may know of any more. */
  orphan: nullable(which),
  told: fc.boolean(),
});
type PersonFacts = typeof personFacts extends fc.Arbitrary<infer T> ? T : never;

const hand: fc.Arbitrary<DoorContent | null> = nullable(
  fc.record({ state: fc.constantFrom('open', 'paused', 'closed'), until: fc.option(ago, { nil: undefined }) }).map(({ state, until }) => ({ state, ...(until === undefined ? {} : { until: NOON + HOUR - until }) })),
);

export interface World {
  readonly situation: Situation;
  readonly now: number;
  /** When each page was last seen. */
  readonly seen: (who: UserId) => number;
}

/** Whoever may come to a door: with a temporary account, from elsewhere, and once somebody of the staff. */
export const PEOPLE: readonly UserId[] = [user('ospite-1'), user('ospite-2'), user('ospite-3'), user('luca:altrove.example'), BRUNO];

export const worlds: fc.Arbitrary<World> = fc
  .record({
    now: fc.oneof(ago.map((time) => NOON + HOUR - time), ago.map((time) => NOON + 13 * HOUR - time)),
    timetable: fc.constantFrom(OPEN, OPEN, ...TIMETABLES),
    hand,
    atClosing: fc.constantFrom('dismiss', 'dismiss', 'serve'),
    escalation: fc.subarray([...STEPS]),
    annaInside: fc.boolean(),
    people: fc.array(personFacts, { minLength: 1, maxLength: PEOPLE.length }),
    written: fc.constantFrom('nothing', 'same', 'older'),
    writtenAt: nullable(ago),
    moved: nullable(ago),
    sameDay: fc.boolean(),
    spare: fc.nat(3),
    seen: nullable(ago),
    remark: fc.boolean(),
    order: nullable(fc.record({ at: ago, state: fc.constantFrom('open', 'paused', 'closed', null), lasts: ago, written: fc.boolean() })),
    strangers: fc.subarray([STRANGER, PEOPLE[0] ?? STRANGER, PEOPLE[3] ?? STRANGER]),
    door: fc.record({ made: fc.oneof(ago, ago.map((time) => time + 24 * HOUR)), seen: fc.constantFrom(0, 1, 3, COMUNE.limits.doorVisits - 1, COMUNE.limits.doorVisits, 2 * COMUNE.limits.doorVisits) }),
    former: fc.uniqueArray(fc.record({ name: fc.constantFrom(FORMER_DOOR, room('earlier-door')), since: ago }), { maxLength: 2, selector: ({ name }) => name }),
  })
  .map(({ now, people, ...facts }) => {
    const isGuest = (who: UserId): boolean => who.startsWith('@ospite');
    // Whoever was turned away and has a temporary account is heard at the door no more.
    const entries = people.map((person, index): [UserId, PersonFacts] => {
      const who = PEOPLE[index] ?? STRANGER;
      const isOut = isGuest(who) && person.account.refused !== undefined;
      return [who, isOut ? { ...person, door: 'nowhere' } : person];
    });
    const nameOf = (who: UserId, index: number): string => `knock-${who.slice(1, who.indexOf(':'))}-${index}`;
    const tickets = entries
      .flatMap(([who, person]) => person.tickets.map((one) => ({ who, one, since: now - one.since })))
      .sort((a, b) => a.since - b.since)
      .map(({ who, one, since }, index) => ticketOf(index + 1, who, nameOf(who, one.which), since, now, one));
    const visits = entries.flatMap(([who, person]) => person.visits.map((one) => visitOf(who, nameOf(who, one.which), now, one)));
    // A door may have been deleted under whoever stands there: nobody knows of that room any more.
    const doors = { nowhere: null, now: DOOR_ROOM, former: facts.former[0]?.name ?? DOOR_ROOM, deleted: room('deleted-door') };
    const knocks = entries.flatMap(([who, { door, which: index, at }]) => (doors[door] === null ? [] : [knock(who, nameOf(who, index), now - at, 'Bussa alla porta', doors[door])]));
    const visitors = entries.flatMap(([who, { account: { made, leaving, refused } }]) => (isGuest(who) ? [account(who, now - made, { leaving, ...(refused === undefined ? {} : { refused_at: now - Math.max(0, refused) }) })] : []));
    const thirds = entries.flatMap(([who, person]) => person.visits.flatMap(({ which: index, third }) => (third === null ? [] : [account(thirdOf(nameOf(who, index)), now - third.at, { leaving: third.leaving, guest_of: event(nameOf(who, index)) })])));
    const prepared = entries.flatMap(([who, person]) => [...person.tickets.filter(({ ready }) => ready).map((one) => one.which), ...(person.orphan === null ? [] : [person.orphan])].map((index): Prepared => ({ room: room(`ready-${nameOf(who, index)}`), knock: event(nameOf(who, index)), visitor: who, members: new Map() })));
    const s = situation({
      timetable: facts.timetable,
      hand: facts.hand,
      atClosing: facts.atClosing,
      escalation: facts.escalation,
      joined: new Set(facts.annaInside ? [ANNA, BRUNO] : [BRUNO]),
      knocks: new Map(knocks.map((one) => [one.user, one])),
      strangers: new Set(facts.strangers),
      door: { room: DOOR_ROOM, madeAt: now - facts.door.made, seen: Math.max(facts.door.seen, knocks.filter((one) => one.room === DOOR_ROOM).length) },
      formerDoors: new Map(facts.former.map(({ name, since }) => [name, now - since])),
      moved: facts.moved === null ? 0 : now - facts.moved,
      book: { day: facts.sameDay ? dayOf(now, ZONE) : '2026-11-23', last: tickets.length + facts.spare, tickets, heard: [] },
      visits: new Map(visits.map((one) => [one.knock, one])),
      prepared: new Map(prepared.filter(({ knock: of }) => !visits.some((one) => one.knock === of)).map((one) => [one.knock, one])),
      talks: new Map(entries.flatMap(([who, person]) => person.visits.flatMap((one) => (one.talk === null ? [] : [[event(nameOf(who, one.which)), talkOf(who, now, one.talk)]])))),
      visitors: new Map([...visitors, ...thirds].map((one) => [one.user_id, one])),
      departures: new Map(entries.flatMap(([who, { departed }]) => (departed === null ? [] : [[who, now - departed]]))),
      signs: new Map(entries.flatMap(([who, { looked }]) => (looked === null || looked.at < 0 ? [] : [[who, { at: now - looked.at, seen: now - looked.at - Math.max(0, looked.seen) }]]))),
      order: facts.order === null ? null : orderOf(now, facts.order),
      remarks: facts.remark ? [{ to: event('command'), text: 'Comandi: …' }] : [],
    });
    const book = { ...bookContent(s), ...(facts.writtenAt === null ? {} : { at: now - Math.max(0, facts.writtenAt) }) };
    const older = { ...book, tickets: book.tickets.map(({ answer: _answer, ...one }) => one) };
    const written = facts.written === 'nothing' ? { book: null, queue: null } : { book: facts.written === 'same' ? book : older, queue: queueOf(s) };
    const seen = facts.seen === null ? 0 : now - Math.max(0, facts.seen);
    return readable({ situation: { ...s, written }, now, seen: () => seen });
  });

/** A counterexample that people can read: without what is the same in all of them. */
function readable(world: World): World {
  const { door, formerDoors, strangers, knocks, moved, book, visits, prepared, talks, visitors, signs, departures, written, hand, order, joined, timetable: hours } = world.situation;
  const tell = (): string => inspect({ now: world.now, hours: TIMETABLES.indexOf(hours), hand, order, joined, strangers, door, formerDoors, knocks, moved, book, visits, prepared, talks, visitors, signs, departures, written }, { depth: 6, breakLength: 200 });
  return Object.assign(world, { [fc.toStringMethod]: tell });
}

function ticketOf(number: number, who: UserId, name: string, since: number, now: number, facts: typeof ticketFacts extends fc.Arbitrary<infer T> ? T : never): Ticket {
  const { answer, card, closing, offered, calls, soon, word, link, steps, known } = facts;
  const given: StaffAnswer | null = answer === null ? null : { kind: answer.kind, by: answer.by, at: now - answer.at };
  return {
    number,
    knock: event(name),
    visitor: who,
    since,
    offered,
    edits: [],
    calls: Array.from({ length: calls }, (_, round) => event(`call-${name}-${round}`)),
    ...(given === null ? {} : { answer: given }),
    ...(card ? { card: event(`card-${name}`) } : {}),
    ...(closing ? { closing: event(`closing-${name}`) } : {}),
    ...(soon === null ? {} : { soon: { by: ANNA, at: now - soon.at, shown: soon.shown } }),
    ...(steps.length === 0 ? {} : { escalated: steps.map((step) => ({ step, ...(step === 'office' ? { event: event(`step-${name}`), room: room('protocollo'), ...(known ? { closed: true } : {}) } : {}) })) }),
    ...(link === null ? {} : { links: [{ command: event(`link-${name}`), line: 0, at: now - link }] }),
    ...(word === null ? {} : { word: { text: 'Arrivo', at: now - word } }),
  };
}

const thirdOf = (name: string): UserId => user(`ospite-terzo-${name}`);

function visitOf(who: UserId, name: string, now: number, facts: typeof visitFacts extends fc.Arbitrary<infer T> ? T : never): Visit {
  const members = new Map<UserId, Presence>();
  const be = (one: UserId, found: typeof facts.visitor): void => {
    if (found !== null) members.set(one, { membership: found.membership, at: now - found.at, by: found.porter ? PORTER : one });
  };
  be(ANNA, facts.opener);
  be(BRUNO, facts.colleague);
  be(who, facts.visitor);
  be(thirdOf(name), facts.third?.there ?? null);
  const endedAt = facts.endedAt === null ? null : now - facts.endedAt;
  const endsAt = facts.endsAt === null ? null : now - facts.openedAt + facts.endsAt;
  const transport = facts.spoken ? TRANSPORT : null;
  return visit(who, name, now - facts.openedAt, { members, endedAt, outcome: endedAt === null ? null : 'visitor_left', ending: facts.ending, returning: facts.returning, asked: new Set(facts.asked), guests: new Set(facts.guest ? [STRANGER] : []), endsAt, transport });
}

function orderOf(now: number, { at, state, lasts, written }: { at: number; state: DoorContent['state'] | null; lasts: number; written: boolean }): DoorOrder {
  return { command: event('order'), by: ANNA, at: now - at, thread: null, door: state === null ? null : { state, until: now + lasts }, written: written ? event('ordered') : null };
}

function talkOf(who: UserId, now: number, { inside, heard, look, ended }: { inside: number[]; heard: number; look: number; ended: number | null }): CallPresence {
  const people = [who, ANNA, STRANGER];
  return { inside: new Set(inside.map((index) => people[index] ?? who)), entered: new Map(inside.map((index) => [people[index] ?? who, now - look])), heard: now - Math.max(0, heard), lookAt: now - look, hosted: inside.length > 1, aloneSince: inside.length === 1 ? now - Math.max(0, heard) : null, endedAt: ended === null ? null : now - Math.max(0, ended) };
}
