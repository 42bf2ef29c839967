/** What others write, as hostile as it may be, goes through the border, `hear`, `decide` and `after`: nothing throws, and no clock of theirs decides. */
import fc from '@portineria/config/cases';
import { doorAt } from '@portineria/config/door';
import { BOOK } from '@portineria/config/book';
import { LATEST_INSTANT } from '@portineria/config/bounds';
import { CARD, DOOR, OFFICE, QUEUE, VISIT } from '@portineria/config/events';
import type { RoomId, UserId } from '@portineria/config/ids';
import { iso, zone } from '@portineria/config/zone';
import { describe, expect, test } from 'vitest';
import { decide, LONGEST_PAUSE_MS } from './decide.ts';
import { doorFacts, type Doors } from '../hands/doors.ts';
import type { RoomFacts } from '../hands/facts.ts';
import { hear } from './hear.ts';
import { readBook } from '../hands/keptbook.ts';
import { dated, RoomEvent, roomEvents } from '../ground/matrix.ts';
import { readSituation } from '../hands/read.ts';
import { account, ANNA, BRUNO, DOOR_ROOM, event, FORMER_DOOR, HOUR, knock, MINUTE, NOON, OFFICE_ROOM, PORTER, room, settle, situation, STRANGER, ticket, user, visit, ZONE } from './situation.fixture.ts';
import { bookContent, type Situation } from './situation.ts';
import { roomOfVisit } from '../hands/visitrooms.ts';

const MARIA = user('ospite-1');
const LUCA = user('luca:altrove.example');
const CARLA = user('carla:altrove.example');
const VISIT_ROOM = room('visit-k1');
const AT_ONCE = { numRuns: 1000 };

/** Numbers that a date cannot hold, that nobody can mean, and such as anybody would write. */
const number = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53 - 1, -(2 ** 53), 8.64e15, 8.64e15 + 1, LATEST_INSTANT, LATEST_INSTANT + 1, NOON, NOON - HOUR, NOON + HOUR),
  fc.integer({ min: NOON - HOUR, max: NOON + HOUR }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const text = fc.oneof(fc.string(), fc.constantFrom('', '@', '$k1', '$k2', MARIA, LUCA, ANNA, '!apri', '!apri 99999999', '!fine', '✅', '\uD800', '\u202E', `@${'a'.repeat(300)}:b`, 'x'.repeat(70_000), '__proto__', 'tomorrow'));
const value: fc.Arbitrary<unknown> = fc.oneof(number, text, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }));
const choice = (...values: readonly unknown[]): fc.Arbitrary<unknown> => fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: value });
/** An object of such fields, of which any may be missing. */
const record = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> => fc.record(fields, { requiredKeys: [] });

const people = [ANNA, BRUNO, CARLA, MARIA, LUCA, STRANGER, PORTER];
const relation = record({ rel_type: choice('m.annotation', 'm.replace'), event_id: choice('$card-k1', '$card-k2'), key: choice('✅', '❌'), 'm.in_reply_to': record({ event_id: choice('$card-k1') }) });
const card = record({ knock: choice('$k1', '$k3'), number: choice(1, 2, 3), visitor: choice(MARIA, LUCA), since: number });
const ticketed = record({ number: choice(1, 2), knock: choice('$k1', '$k2'), visitor: choice(MARIA, LUCA), since: number, card: choice('$card-k1'), answer: record({ kind: choice('admit', 'decline'), by: choice(ANNA), at: number }), edits: choice([]), calls: choice([]) });
const visiting = record({ office: choice('sempre'), office_room: choice(OFFICE_ROOM), visitor: choice(MARIA), knock: choice('$k1'), ticket: choice(1), transport: choice(null), opened_by: choice(ANNA), opened_at: number, ends_at: number, ended_at: number, outcome: choice('staff_ended') });
const anything = fc.dictionary(fc.constantFrom('membership', 'users', 'state', 'until', 'body', 'msgtype', 'm.relates_to'), value);
const member = record({ membership: choice('knock', 'invite', 'join', 'leave', 'ban'), reason: value, displayname: value });
const said = record({ msgtype: choice('m.text', 'm.notice'), body: choice('!apri', '!apri 1', '!rifiuta', '!fine', '!aiuto', '!attendi 1', '!pausa 15m', '!chiudi 31g', '!prolunga 23:59', '!riapri', '!rimetti 1', '!scrivi tutti x', '!coda', '!orario', '!apri 1\n!pausa'), 'm.relates_to': relation, [CARD]: card });
const door = record({ state: fc.constantFrom('open', 'paused', 'closed'), until: number, by: choice(ANNA), reason: choice('Sciopero'), command: choice('$e1'), at: number });
const levels = record({ users: fc.dictionary(fc.constantFrom<string>(...people, 'odd'), value) });
/** What an event is of: its type, and the content and the key that such an event mostly has. */
const kinds = fc.oneof(
  fc.tuple(fc.constant('m.room.member'), member, choice(...people)),
  fc.tuple(fc.constantFrom('m.room.message', 'm.reaction'), said, fc.constant<unknown>(undefined)),
  fc.tuple(fc.constant(DOOR), door, choice('')),
  fc.tuple(fc.constant('m.room.power_levels'), levels, choice('')),
  fc.tuple(fc.constant(VISIT), visiting, choice('')),
  fc.tuple(choice('m.room.member', 'm.room.message', DOOR, VISIT, QUEUE, OFFICE), fc.oneof(anything, member, said, door), choice('', ...people)),
);
/** An event as it comes, before anybody has looked at it. */
const raw = (sender: fc.Arbitrary<unknown> = choice(...people)): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({ event_id: fc.nat(10_000).map((id) => `$e${id}`), kind: kinds, sender, origin_server_ts: number, unsigned: choice(undefined, { prev_content: { membership: 'knock' }, replaces_state: '$k1' }) })
    .map(({ kind: [type, content, state_key], ...rest }) => ({ ...rest, type, content, ...(state_key === undefined ? {} : { state_key }) }));
const rooms: fc.Arbitrary<RoomId> = fc.constantFrom(OFFICE_ROOM, OFFICE_ROOM, OFFICE_ROOM, DOOR_ROOM, DOOR_ROOM, FORMER_DOOR, VISIT_ROOM, room('elsewhere'));

/** The doors as such events leave them: of now, and of until just now. */
function doorsOf(events: readonly unknown[], before: readonly unknown[]): Doors {
  const facts = (where: RoomId, state: readonly unknown[]) => doorFacts({ room: where, state: roomEvents(state), book: null });
  return { now: facts(DOOR_ROOM, events), former: [facts(FORMER_DOOR, before)] };
}

/** Anna, Bruno and Carla, who is of another server, receive; Maria is in a visit, Luca waits. */
function busy(): Situation {
  const running = visit(MARIA, 'k1', NOON - 5 * MINUTE);
  return situation({
    roster: new Set([ANNA, BRUNO, CARLA]),
    joined: new Set([ANNA, CARLA]),
    levels: new Map([[PORTER, 100], [ANNA, 50], [CARLA, 50]]),
    formerDoors: new Map([[FORMER_DOOR, NOON - MINUTE]]),
    knocks: new Map([[LUCA, knock(LUCA, 'k2', NOON - MINUTE)]]),
    book: { day: '2026-11-24', last: 2, tickets: [ticket(1, MARIA, 'k1', NOON - 6 * MINUTE), ticket(2, LUCA, 'k2', NOON - MINUTE)], heard: [] },
    visits: new Map([[running.knock, running]]),
    visitors: new Map([[MARIA, account(MARIA, NOON - 6 * MINUTE)]]),
  });
}

function sound(s: Situation, now: number): void {
  const { next } = decide(s, now);
  expect(next).toBeGreaterThan(now);
  expect(next).toBeLessThanOrEqual(now + LONGEST_PAUSE_MS);
  const door = doorAt(s.timetable, s.hand, now);
  for (const at of [door.until, door.next]) if (at !== null) expect(iso(zone(ZONE), at)).toMatch(/^\d{4}-/u);
}

describe('what others write', () => {
  test('is heard and judged without a throw, whatever it is', () => {
    fc.assert(fc.property(fc.array(fc.tuple(rooms, raw()), { maxLength: 10 }), fc.boolean(), (events, replay) => {
      let s = busy();
      for (const [index, [where, one]] of events.entries()) {
        const [parsed] = roomEvents([one]);
        if (parsed === undefined) continue;
        const now = NOON + index;
        const heard = dated(parsed, PORTER, now);
        s = hear(s, where, heard, replay);
        expect(hear(s, where, heard, replay)).toEqual(s);
        sound(s, now);
      }
      const settled = settle(s, NOON + MINUTE);
      sound(settled.situation, NOON + MINUTE);
    }), AT_ONCE);
  });

  test('is read without a throw, whatever it is: a room’s state, the book, what was said', async () => {
    const book = fc.oneof(record({ day: choice('2026-11-24'), last: choice(3), tickets: fc.array(ticketed, { maxLength: 3 }), visitors: fc.array(record({ user_id: choice(MARIA), made_at: number, name: text, topic: text, language: text, voice: fc.boolean() }), { maxLength: 3 }), heard: value, at: number }), value);
    await fc.assert(fc.asyncProperty(fc.array(raw(), { maxLength: 12 }), fc.array(raw(), { maxLength: 8 }), fc.array(raw(), { maxLength: 3 }), book, fc.array(raw(), { maxLength: 8 }), fc.array(raw(), { maxLength: 4 }), async (state, atDoor, atFormer, kept, said, inVisit) => {
      const facts: RoomFacts = { room: OFFICE_ROOM, state: roomEvents(state), ...readBook(kept) };
      const found = roomOfVisit({ room: VISIT_ROOM, state: roomEvents([...inVisit, { event_id: '$v', type: VISIT, sender: PORTER, state_key: '', content: { office: 'sempre', office_room: OFFICE_ROOM, visitor: MARIA, knock: '$k1', ticket: 1, transport: null, opened_by: ANNA, opened_at: NOON }, origin_server_ts: NOON }]), book: null }, PORTER);
      const before = busy();
      for (const known of [null, before]) {
        const s = await readSituation({ messages: () => Promise.resolve({ chunk: said }) }, before, facts, doorsOf(atDoor, atFormer), found === null ? [] : [found.visit], NOON, known);
        sound(s, NOON);
        sound(settle(s, NOON).situation, NOON);
      }
    }), { numRuns: 500 });
  });

  test('holds no instant that a date cannot hold, and no text without end', () => {
    fc.assert(fc.property(raw(), (one) => {
      const parsed = RoomEvent.safeParse(one);
      if (!parsed.success) return;
      expect(Number.isSafeInteger(parsed.data.origin_server_ts)).toBe(true);
      expect(parsed.data.origin_server_ts).toBeLessThanOrEqual(LATEST_INSTANT);
      const s = hear(hear(busy(), DOOR_ROOM, dated(parsed.data, PORTER, NOON)), OFFICE_ROOM, dated(parsed.data, PORTER, NOON));
      for (const { reason } of s.knocks.values()) expect(reason.length).toBeLessThanOrEqual(1000);
      for (const { answer } of s.book.tickets) expect(answer?.reason?.length ?? 0).toBeLessThanOrEqual(1000);
      expect(JSON.stringify(s.unreadDoor).length).toBeLessThan(2000);
    }), AT_ONCE);
  });
});

describe('another server’s clock', () => {
  const foreign = raw(fc.constantFrom<unknown>(LUCA, CARLA, user('altra:lontano.example')));
  const ours = raw(fc.constantFrom<unknown>(ANNA, BRUNO, MARIA, PORTER));
  const stream = fc.array(fc.tuple(rooms, fc.oneof(foreign, foreign, ours), number), { maxLength: 10 });
  const isForeign = (sender: unknown): boolean => !String(sender).endsWith(':comune.example');
  const withDate = (one: Record<string, unknown>, at: number): Record<string, unknown> => (isForeign(one['sender']) ? { ...one, origin_server_ts: at } : one);

  test('decides nothing that is heard: whatever it says, the same is true, and the same is done', () => {
    fc.assert(fc.property(stream, (events) => {
      const [honest, forged] = [false, true].map((isForged) => events.reduce((s, [where, one, at], index) => {
        const now = NOON + 10 * index;
        const [parsed] = roomEvents([withDate(one, isForged ? at : now)]);
        return parsed === undefined ? s : hear(s, where, dated(parsed, PORTER, now));
      }, busy()));
      expect(forged).toEqual(honest);
    }), AT_ONCE);
  });

  test('decides nothing that is read: neither who is first, nor what is looked for, nor what counts', async () => {
    const state = fc.array(fc.tuple(fc.oneof(foreign, ours), number), { maxLength: 8 });
    await fc.assert(fc.asyncProperty(state, state, state, fc.boolean(), async (inRoom, atDoor, said, isKnown) => {
      const read = (isForged: boolean): Promise<Situation> => {
        const date = ([one, at]: readonly [Record<string, unknown>, number]): Record<string, unknown> => withDate(one, isForged ? at : NOON - 1);
        const before = busy();
        const facts: RoomFacts = { room: OFFICE_ROOM, state: roomEvents(inRoom.map(date)), book: { ...bookContent(before), at: NOON - HOUR } };
        const pages = [said.slice(0, 3), said.slice(3)].map((page) => page.map(date));
        const messages = (_room: unknown, _filter: unknown, from: string | undefined) => Promise.resolve(from === undefined ? { chunk: pages[0] ?? [], end: 'more' } : { chunk: pages[1] ?? [] });
        return readSituation({ messages }, before, facts, doorsOf(atDoor.slice(0, 5).map(date), atDoor.slice(5).map(date)), [], NOON, isKnown ? before : null);
      };
      expect(await read(true)).toEqual(await read(false));
    }), { numRuns: 500 });
  });

  test('of 1970 or of 2100 puts nobody first, and nobody last for ever', () => {
    for (const at of [0, Date.UTC(2100, 0, 1)]) {
      const knocks = (who: UserId, when: number, now: number): RoomEvent => dated({ event_id: event(`k-${who.slice(1, 3)}-${now}`), type: 'm.room.member', sender: who, state_key: who, content: { membership: 'knock' }, origin_server_ts: when }, PORTER, now);
      const [first, second, third] = [user('prima'), LUCA, user('terza')];
      const s = [knocks(first, NOON, NOON), knocks(second, at, NOON + 10), knocks(third, NOON + 20, NOON + 20)].reduce((heard, one) => hear(heard, DOOR_ROOM, one), situation());
      expect(settle(s, NOON + 30).situation.book.tickets.map(({ visitor }) => visitor)).toEqual([first, second, third]);
    }
  });
});

test('An entry of the book that nobody can read takes no other with it, and no number is given twice', () => {
  const kept = { ...bookContent(busy()), at: NOON };
  expect(readBook(kept)).toEqual({ book: kept, unreadable: 0 });
  expect(readBook(null)).toEqual({ book: null, unreadable: 0 });
  const broken = { ...kept, last: 'two', tickets: [{ ...kept.tickets[0], since: 2 ** 53 - 1 }, kept.tickets[1]] };
  expect(readBook(broken)).toEqual({ book: { day: '2026-11-24', last: 2, tickets: [kept.tickets[1]], visitors: kept.visitors, heard: [] }, unreadable: 1 });
  expect(readBook(JSON.stringify({ [BOOK]: kept })).unreadable).toBe(1);
});
