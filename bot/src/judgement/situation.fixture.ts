/** Situations for tests: sensible ones to begin with, and all kinds, also such as no homeserver would show. */
import { comuneOf } from '@portineria/config/testing';
import type { Comune } from '@portineria/config/comune';
import type { Answer, DoorContent, Ticket, Visitor } from '@portineria/config/events';
import { EventId, RoomId, UserId } from '@portineria/config/ids';
import { timetable, type Timetable } from '@portineria/config/timetable';
import fc from '@portineria/config/cases';
import { inspect } from 'node:util';
import type { Action, Done } from './actions.ts';
import { after } from './after.ts';
import { decide } from './decide.ts';
import { bookContent, type Knock, type Prepared, type Presence, type Situation, type Talk, type Visit } from './situation.ts';
import { dayOf, queueOf } from './queue.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Tuesday, 24 November 2026, 11:00 in Rome. */
export const NOON = Date.UTC(2026, 10, 24, 10);
export const ZONE = 'Europe/Rome';

export const user = (name: string): UserId => UserId.parse(name.includes(':') ? `@${name}` : `@${name}:comune.example`);
export const event = (name: string): EventId => EventId.parse(`$${name}`);
export const room = (name: string): RoomId => RoomId.parse(`!${name}:comune.example`);

export const PORTER = user('portiere');
export const ANNA = user('anna');
export const BRUNO = user('bruno');
export const STRANGER = user('stranger');

const EVERY_DAY = { mon: ['00:00-24:00'], tue: ['00:00-24:00'], wed: ['00:00-24:00'], thu: ['00:00-24:00'], fri: ['00:00-24:00'], sat: ['00:00-24:00'], sun: ['00:00-24:00'] };

/** A comune with an office for each kind of hours: always, never, in the morning and the afternoon, over midnight. */
export const COMUNE: Comune = comuneOf({
  comune: { zone: ZONE, languages: ['it', 'en'], server: 'comune.example' },
  offices: [
    { id: 'sempre', hours: EVERY_DAY },
    { id: 'mai', hours: {} },
    { id: 'anagrafe', hours: { tue: ['09:00-12:00', '15:30-17:30'], thu: ['09:00-12:00'] } },
    { id: 'notte', hours: { tue: ['22:00-02:00'] } },
  ],
});
const [ALWAYS] = COMUNE.offices;
if (ALWAYS === undefined) throw new Error('The comune for tests has no office.');
export const OFFICE = ALWAYS;
const TIMETABLES: readonly Timetable[] = COMUNE.offices.map((office) => timetable(COMUNE, office));
export const OPEN = TIMETABLES[0] ?? timetable(COMUNE, OFFICE);
export const OFFICE_ROOM = room('office');
export const DOOR_ROOM = room('door');
export const FORMER_DOOR = room('former-door');

export const TRANSPORT = { type: 'livekit', livekit_service_url: 'https://comune.example/livekit' };

/** An office that is always open, with Anna and Bruno inside and nobody at the door; and whatever is to be different. */
export function situation(different: Partial<Situation> = {}): Situation {
  return {
    office: OFFICE.id,
    room: OFFICE_ROOM,
    door: { room: DOOR_ROOM, madeAt: 0, seen: 0 },
    formerDoors: new Map(),
    porter: PORTER,
    visitorPrefix: '@ospite-',
    zone: ZONE,
    languages: ['it', 'en'],
    call: 'element-call',
    transport: TRANSPORT,
    limits: COMUNE.limits,
    timetable: OPEN,
    hand: null,
    unreadDoor: null,
    toldDoor: null,
    roster: new Set([ANNA, BRUNO]),
    joined: new Set([ANNA, BRUNO]),
    names: new Map([[ANNA, 'Anna']]),
    strangers: new Set(),
    levels: new Map([[PORTER, 100], [ANNA, 50], [BRUNO, 50]]),
    knocks: new Map(),
    moved: 0,
    departures: new Map(),
    book: { day: dayOf(NOON, ZONE), last: 0, tickets: [], heard: [] },
    visits: new Map(),
    prepared: new Map(),
    talks: new Map(),
    visitors: new Map(),
    signs: new Map(),
    written: { book: null, queue: null },
    told: new Map(),
    remarks: [],
    listensSince: 0,
    absences: [],
    unreadable: 0,
    readAt: 0,
    ...different,
  };
}

export const knock = (who: UserId, name: string, since: number, reason = 'Bussa alla porta', at = DOOR_ROOM): Knock => ({ user: who, room: at, event: event(name), since, reason });

export function ticket(number: number, visitor: UserId, name: string, since: number, different: Partial<Ticket> = {}): Ticket {
  return { number, knock: event(name), visitor, since, offered: true, edits: [], calls: [], card: event(`card-${name}`), ...different };
}

export function account(who: UserId, made_at: number, different: Partial<Visitor> = {}): Visitor {
  return { user_id: who, made_at, name: 'Maria Rossi', topic: 'Carta d’identità', language: 'it', voice: true, leaving: false, ...different };
}

export function visit(visitor: UserId, name: string, openedAt: number, different: Partial<Visit> = {}): Visit {
  const members = new Map<UserId, Presence>([
    [visitor, { membership: 'join', at: openedAt, by: visitor }],
    [ANNA, { membership: 'join', at: openedAt, by: ANNA }],
  ]);
  return { room: room(`visit-${name}`), knock: event(name), visitor, ticket: 1, openedBy: ANNA, openedAt, endedAt: null, outcome: null, endsAt: null, transport: TRANSPORT, ending: false, members, hosts: new Set([ANNA]), ...different };
}

/** What carrying out an action brings, as a homeserver would answer. @param seen when pages were last seen */
export function doneOf(action: Action, count: number, seen: (who: UserId) => number): Done {
  switch (action.kind) {
    case 'announce':
    case 'describe':
    case 'greet':
    case 'call-host':
    case 'renew':
    case 'close-card':
    case 'call-again':
    case 'warn':
      return { event: event(`made-${count}`) };
    case 'open':
      return { room: room(`visit-${action.ticket.knock.slice(1)}`) };
    case 'prepare':
      return { room: room(`visit-${action.ticket.knock.slice(1)}`), invited: [action.ticket.visitor] };
    case 'replace-door':
      return { room: room(`door-${count}`) };
    case 'prepare':
      return { room: room(`visit-${action.ticket.knock.slice(1)}`), invited: [action.ticket.visitor] };
    case 'look-for-signs':
      return { seen: new Map(action.users.map((who) => [who, seen(who)])) };
    default:
      return null;
  }
}

export interface Settled {
  readonly situation: Situation;
  /** What was done, in order, each with what was true before. */
  readonly steps: readonly { readonly before: Situation; readonly action: Action }[];
}

export interface SettleOptions {
  /** Each result is applied so often. */
  readonly times?: number;
  readonly seen?: (who: UserId) => number;
}

/**
 * Does what is decided, the first thing each time, until there is nothing more to do.
 * @throws Error when that takes more steps than there can be things to do
 */
export function settle(s: Situation, now: number, { times = 1, seen = () => 0 }: SettleOptions = {}): Settled {
  const things = s.knocks.size + s.strangers.size + s.formerDoors.size + s.book.tickets.length + s.visits.size + s.prepared.size + s.visitors.size + s.remarks.length + (s.unreadDoor === null ? 0 : 1);
  const bound = 20 + 20 * things;
  const steps: { before: Situation; action: Action }[] = [];
  let truth = s;
  for (;;) {
    const [action] = decide(truth, now).actions;
    if (action === undefined) return { situation: truth, steps };
    steps.push({ before: truth, action });
    if (steps.length > bound) throw new Error(`It does not settle: ${steps.slice(-12).map((step) => step.action.kind).join(', ')}`);
    const done = doneOf(action, steps.length, seen);
    for (let time = 0; time < times; time++) truth = after(truth, action, done, now);
  }
}

// All kinds of situations.

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
});
const visitFacts = fc.record({
  which,
  openedAt: ago,
  endedAt: nullable(ago),
  ending: fc.boolean(),
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
    annaInside: fc.boolean(),
    people: fc.array(personFacts, { minLength: 1, maxLength: PEOPLE.length }),
    written: fc.constantFrom('nothing', 'same', 'older'),
    writtenAt: nullable(ago),
    moved: nullable(ago),
    sameDay: fc.boolean(),
    spare: fc.nat(3),
    seen: nullable(ago),
    remark: fc.boolean(),
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
    const prepared = entries.flatMap(([who, person]) => [...person.tickets.filter(({ ready }) => ready).map((one) => one.which), ...(person.orphan === null ? [] : [person.orphan])].map((index): Prepared => ({ room: room(`ready-${nameOf(who, index)}`), knock: event(nameOf(who, index)), visitor: who, members: new Map() })));
    const s = situation({
      timetable: facts.timetable,
      hand: facts.hand,
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
      visitors: new Map(visitors.map((one) => [one.user_id, one])),
      departures: new Map(entries.flatMap(([who, { departed }]) => (departed === null ? [] : [[who, now - departed]]))),
      signs: new Map(entries.flatMap(([who, { looked }]) => (looked === null || looked.at < 0 ? [] : [[who, { at: now - looked.at, seen: now - looked.at - Math.max(0, looked.seen) }]]))),
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
  const { door, formerDoors, strangers, knocks, moved, book, visits, prepared, talks, visitors, signs, departures, written, hand, joined, timetable: hours } = world.situation;
  const tell = (): string => inspect({ now: world.now, hours: TIMETABLES.indexOf(hours), hand, joined, strangers, door, formerDoors, knocks, moved, book, visits, prepared, talks, visitors, signs, departures, written }, { depth: 6, breakLength: 200 });
  return Object.assign(world, { [fc.toStringMethod]: tell });
}

function ticketOf(number: number, who: UserId, name: string, since: number, now: number, facts: typeof ticketFacts extends fc.Arbitrary<infer T> ? T : never): Ticket {
  const { answer, card, closing, offered, calls } = facts;
  const given: Answer | null = answer === null ? null : { kind: answer.kind, by: answer.by, at: now - answer.at };
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
  };
}

function visitOf(who: UserId, name: string, now: number, facts: typeof visitFacts extends fc.Arbitrary<infer T> ? T : never): Visit {
  const members = new Map<UserId, Presence>();
  const be = (one: UserId, found: typeof facts.visitor): void => {
    if (found !== null) members.set(one, { membership: found.membership, at: now - found.at, by: found.porter ? PORTER : one });
  };
  be(ANNA, facts.opener);
  be(BRUNO, facts.colleague);
  be(who, facts.visitor);
  const endedAt = facts.endedAt === null ? null : now - facts.endedAt;
  const endsAt = facts.endsAt === null ? null : now - facts.openedAt + facts.endsAt;
  const transport = facts.spoken ? TRANSPORT : null;
  return visit(who, name, now - facts.openedAt, { members, endedAt, outcome: endedAt === null ? null : 'visitor_left', ending: facts.ending, endsAt, transport });
}

function talkOf(who: UserId, now: number, { inside, heard, look, ended }: { inside: number[]; heard: number; look: number; ended: number | null }): Talk {
  const people = [who, ANNA, STRANGER];
  return { inside: new Set(inside.map((index) => people[index] ?? who)), entered: new Map(inside.map((index) => [people[index] ?? who, now - look])), heard: now - Math.max(0, heard), lookAt: now - look, endedAt: ended === null ? null : now - Math.max(0, ended) };
}
