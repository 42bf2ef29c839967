/** Situations for tests: sensible ones to begin with, and what becomes of them once all is done that is decided. */
import type { Comune } from '@portineria/config/comune';
import type { Ticket, Visitor } from '@portineria/config/book';
import { EventId, OfficeId, RoomId, UserId } from '@portineria/config/ids';
import { comuneOf } from '@portineria/config/testing';
import { timetable, type Timetable } from '@portineria/config/timetable';
import type { Action, Done } from './actions.ts';
import { admissionOf } from './admission.ts';
import { after } from './after.ts';
import { decide } from './decide.ts';
import { dayOf } from './queue.ts';
import type { Knock, Situation, Step } from './situation.ts';
import type { Presence, Visit } from './visit.ts';

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
export const TIMETABLES: readonly Timetable[] = COMUNE.offices.map((office) => timetable(COMUNE, office));
export const OPEN = TIMETABLES[0] ?? timetable(COMUNE, OFFICE);
export const OFFICE_ROOM = room('office');
export const DOOR_ROOM = room('door');
export const FORMER_DOOR = room('former-door');

export const TRANSPORT = { type: 'livekit', livekit_service_url: 'https://comune.example/livekit' };

/** Everybody may knock. */
const ADMISSION = admissionOf(COMUNE.federation, new Set());

/** A step of each kind, all at different times. */
export const STEPS: readonly Step[] = [
  { id: 'office', after: 3 * MINUTE, way: 'office', office: OfficeId.parse('protocollo') },
  { id: 'people', after: 4 * MINUTE, way: 'people', people: [ANNA] },
  { id: 'mail', after: 6 * MINUTE, way: 'mail', to: ['urp@comune.example'] },
  { id: 'webhook', after: 6 * MINUTE, way: 'webhook', url: 'https://comune.example/avvisi' },
];

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
    admission: ADMISSION,
    timetable: OPEN,
    atClosing: 'dismiss',
    showPlace: true,
    hand: null,
    handAt: 0,
    order: null,
    unreadDoor: null,
    toldDoor: null,
    escalation: [],
    offices: COMUNE.offices,
    roster: new Set([ANNA, BRUNO]),
    joined: new Set([ANNA, BRUNO]),
    names: new Map([[ANNA, 'Anna']]),
    strangers: new Set(),
    levels: new Map([[PORTER, 100], [ANNA, 50], [BRUNO, 50]]),
    knocks: new Map(),
    moved: 0,
    departures: new Map(),
    leftWords: new Map(),
    book: { day: dayOf(NOON, ZONE), last: 0, tickets: [], heard: [] },
    arrivals: new Map(),
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
  return { room: room(`visit-${name}`), knock: event(name), visitor, ticket: 1, openedBy: ANNA, openedAt, endedAt: null, outcome: null, endsAt: null, transport: TRANSPORT, ending: false, returning: false, asked: new Set(), guests: new Set(), members, hosts: new Set([ANNA]), ...different };
}

/** What carrying out an action brings, as a homeserver would answer. @param seen when pages were last seen */
function doneOf(action: Action, count: number, seen: (who: UserId) => number): Done {
  switch (action.kind) {
    case 'announce':
    case 'describe':
    case 'greet':
    case 'call-host':
    case 'renew':
    case 'close-card':
    case 'call-again':
    case 'call-people':
    case 'warn':
    case 'call-colleagues':
    case 'set-door':
    case 'give-link':
      return { event: event(`made-${count}`) };
    case 'pass-on':
      return { refused: null };
    case 'bring':
      return { knock: event(`brought-${count}`) };
    case 'open':
      return { room: room(`visit-${action.ticket.knock.slice(1)}`) };
    case 'prepare':
      return { room: room(`visit-${action.ticket.knock.slice(1)}`), invited: [action.ticket.visitor] };
    case 'replace-door':
      return { room: room(`door-${count}`) };
    case 'call-elsewhere':
      return { event: event(`made-${count}`), place: room(action.office) };
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
  const things = s.knocks.size + s.strangers.size + s.formerDoors.size + s.leftWords.size + s.book.tickets.length + s.visits.size + s.prepared.size + s.visitors.size + s.remarks.length + (s.unreadDoor === null ? 0 : 1) + (s.order === null ? 0 : 1);
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
