import fc from '@portineria/config/cases';
import { doorAt } from '@portineria/config/door';
import type { UserId } from '@portineria/config/ids';
import { paced } from '@portineria/config/pace';
import { expect, test } from 'vitest';
import { tap } from '../../words/cards.ts';
import { decide } from '../decide.ts';
import { Porter } from './porter.fixture.ts';
import { stageOf } from '../queue.ts';
import { ANNA, BRUNO, HOUR, MINUTE, OFFICE_ROOM, PORTER, STRANGER, user } from '../situation.fixture.ts';
import { bookContent, isRefused, isTemporary } from '../situation.ts';
import { Town } from './town.fixture.ts';

const FOREIGNER = user('luca:altrove.example');
const VISITORS: readonly UserId[] = [user('ospite-1'), user('ospite-2'), user('ospite-3'), FOREIGNER];
const who = fc.constantFrom(...VISITORS);
const clerk = fc.constantFrom(ANNA, BRUNO, ANNA, STRANGER);

type Happening = (town: Town, porter: Porter) => void | Promise<unknown>;
const named = (name: string, happening: Happening): Happening => Object.assign(happening, { [fc.toStringMethod]: () => name });
const isLive = (town: Town, one: UserId): boolean => town.accounts.get(one)?.erased !== true;

/** What people do, where their homeserver lets them. */
const people: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: who.map((one) => named(`${one} knocks`, (town, porter) => {
    if (one.startsWith('@ospite')) porter.receive(one);
    town.come(one, town.door);
  })) },
  { weight: 1, arbitrary: who.map((one) => named(`${one}, who was sent there before, knocks at the door that was`, (town, porter) => {
    if (one.startsWith('@ospite')) porter.receive(one);
    town.come(one, town.doors.at(-2));
  })) },
  { weight: 1, arbitrary: who.map((one) => named(`${one} withdraws`, (town) => {
    const door = town.doorOf(one);
    if (door !== undefined) town.kick(door, one, one);
  })) },
  { weight: 1, arbitrary: fc.constantFrom('invite', 'join').map((membership) => named(`${FOREIGNER}: ${membership} of the door`, (town) => town.come(FOREIGNER, town.door, membership))) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(STRANGER, FOREIGNER), fc.constantFrom('invite', 'join')).map(([one, membership]) => named(`${one}: ${membership} of the office`, (town) => town.member(OFFICE_ROOM, one, membership, membership === 'join' ? one : ANNA))) },
  { weight: 1, arbitrary: who.map((one) => named(`${one} says goodbye`, (_town, porter) => porter.goodbye(one))) },
  { weight: 1, arbitrary: who.map((one) => named(`${one} gives a sign`, (town) => { const known = town.accounts.get(one); if (known !== undefined) known.seen = town.now; })) },
  { weight: 3, arbitrary: fc.tuple(clerk, fc.nat(3), fc.constantFrom('✅', '✅', '❌', '⏳', '👍🏽')).map(([by, index, key]) => named(`${by} taps ${key} on card ${index}`, (town) => {
    const card = town.cards.at(-1 - index);
    if (card === undefined) return;
    if ((key === '✅' || key === '👍🏽') && by !== STRANGER) town.admitted += 1;
    town.write(OFFICE_ROOM, 'm.reaction', undefined, by, tap(card.event, key));
  })) },
  { weight: 2, arbitrary: fc.tuple(fc.oneof(who, clerk), fc.nat(1), fc.constantFrom('🚪', '❌', '👍')).map(([by, index, key]) => named(`${by} taps ${key} under first line ${index}`, (town) => {
    const line = town.greetings.at(-1 - index);
    if (line !== undefined && town.state.has(line.room)) town.write(line.room, 'm.reaction', undefined, by, tap(line.event, key));
  })) },
  { weight: 3, arbitrary: fc.tuple(clerk, fc.constantFrom('!apri', '!apri', '!apri 1', '!apri 2', '!rifiuta', '!rifiuta 1 no', '!fine', '!fine 1', '!fine 2', '!aiuto', 'ciao', '!attendi', '!attendi 1', '!rimetti', '!rimetti 1', '!scrivi 1 Arrivo', '!scrivi tutti Arrivo', '!pausa 5m', '!chiudi 5m', '!riapri', '!prolunga', '!coda', '!orario', '!apri 1\n!apri 2', '!passa mai', '!passa mai 1 vedi qui', '!passa mai 2', '!passa notte 1', '!passa sempre 1', '!passa 1')).map(([by, body]) => named(`${by} says ${body}`, (town) => {
    if (by !== STRANGER) town.admitted += body.split('!apri').length - 1;
    town.say(by, body);
  })) },
  { weight: 1, arbitrary: fc.constantFrom({}, { state: 'open' }, { state: 'paused' }, { state: 'closed' }).map((content) => named(`the door is set ${JSON.stringify(content)}`, (_town, porter) => porter.setDoor(ANNA, content))) },
  { weight: 3, arbitrary: fc.tuple(fc.oneof(who, clerk), fc.constantFrom('join', 'join', 'leave'), fc.nat(2)).map(([one, membership, index]) => named(`${one}: ${membership} of visit ${index}`, (town) => {
    const room = town.visitRooms.at(-1 - index);
    if (room === undefined || !isLive(town, one)) return;
    const is = town.membership(room, one);
    const may = one === BRUNO ? is !== 'ban' : is === 'invite';
    if (membership === 'join' ? may && is !== 'join' : is === 'join' || is === 'invite') town.member(room, one, membership);
  })) },
  { weight: 1, arbitrary: fc.constant(named('an administrator deletes the door', (town) => town.deleteDoor())) },
  { weight: 2, arbitrary: fc.constantFrom(1000, MINUTE, 3 * MINUTE, 11 * MINUTE).map((time) => named(`${time / 1000} s pass`, (town) => { town.now += time; })) },
);

/** What becomes of the porter, and of what it is told. */
const fate: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(4).map((count) => named(`the porter hears ${count}`, (_town, porter) => porter.hear(count))) },
  { weight: 6, arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(1)).map(([steps, meanwhile]) => named(`the porter does ${steps} things, hearing ${meanwhile} at each`, async (_town, porter) => {
    for (let step = 0; step < steps && (await porter.work(meanwhile)); step++);
  })) },
  { weight: 1, arbitrary: fc.boolean().map((hurried) => named(hurried ? 'a crowd comes: what can wait does' : 'the crowd is over', (_town, porter) => { porter.hurried = hurried; })) },
  { weight: 2, arbitrary: fc.constant(named('the porter hears and does all', async (town, porter) => {
    porter.hurried = false;
    porter.hear(Infinity);
    for (let step = 0; step < 300 && (await porter.work(Infinity)); step++);
    // eslint-disable-next-line vitest/no-standalone-expect -- It is done within the tests below.
    expect(decide(porter.situation, town.now).actions).toEqual([]);
  })) },
  { weight: 1, arbitrary: fc.nat(40).map((index) => named(`event ${index} comes again`, (_town, porter) => porter.hearAgain(index))) },
  { weight: 1, arbitrary: fc.nat(3).map((early) => named(`the porter doubts (${early})`, (_town, porter) => porter.doubt(early))) },
  { weight: 1, arbitrary: fc.constant(named('the porter dies', (_town, porter) => porter.die())) },
  { weight: 2, arbitrary: fc.constant(named('the porter dies once it has done one thing', (_town, porter) => porter.work(0, true))) },
  { weight: 1, arbitrary: fc.nat(2).map((count) => named(`${count} events are lost, and it is noticed`, async (town, porter) => {
    town.lost += town.stream.splice(0, count).length;
    await porter.doubt();
  })) },
);

const story = fc.array(fc.oneof({ weight: 3, arbitrary: people }, { weight: 2, arbitrary: fate }), { maxLength: 45, size: 'max' });

/** What holds at every moment. */
function holds(town: Town): void {
  for (const [knock, times] of town.opened) expect({ knock, times }).toEqual({ knock, times: 1 });
  const running = town.visitRooms.flatMap((room) => {
    const visit = town.visitOf(room);
    return visit === undefined || visit.ended_at !== undefined ? [] : [visit.visitor];
  });
  expect(new Set(running).size).toBe(running.length);
  const knocks = town.cards.map(({ knock }) => knock);
  expect(new Set(knocks).size).toBe(knocks.length);
  for (const [number, people] of town.numbers) expect({ number, people: [...people] }).toEqual({ number, people: [[...people][0]] });
  for (const waited of town.waitedAtDoors) expect(waited).toBe(0);
  // Nobody comes in without a word of the staff, and one word lets in one.
  expect([...town.opened.values()].length).toBeLessThanOrEqual(town.admitted);
}

async function settle(town: Town, porter: Porter): Promise<void> {
  porter.hurried = false;
  porter.hear(Infinity);
  for (let step = 0; await porter.work(Infinity); step++) if (step > 300) throw new Error(`It does not settle: ${porter.done.slice(-8).map(({ kind }) => kind).join(', ')}`);
  expect(decide(porter.situation, town.now).actions).toEqual([]);
}

test('Whatever happens, and however often the porter dies, everybody is served, nothing is doubled and nothing is left', { timeout: paced(120_000) }, async () => {
  await fc.assert(
    fc.asyncProperty(story, async (happenings) => {
      const town = new Town();
      const porter = new Porter(town, await town.read(null));
      for (const happening of happenings) {
        await happening(town, porter);
        holds(town);
      }
      // Whoever came to another door meanwhile than the one where the porter knows them is found when it reads again.
      for (let reading = 0; reading < 2; reading++) {
        await porter.doubt();
        await settle(town, porter);
        holds(town);
      }
      const s = porter.situation;
      // What the porter takes for true is true.
      for (const one of VISITORS) {
        const stands = town.doorOf(one) !== undefined;
        const hasTicket = s.book.tickets.some(({ visitor }) => visitor === one);
        // Whoever was let in, and out again, keeps a place that nobody asks for until the next reading.
        const hasPlace = isTemporary(s, one) && isLive(town, one) && (hasTicket || [...s.visits.values()].some(({ knock }) => knock === s.knocks.get(one)?.event));
        expect({ one, knocks: s.knocks.has(one) }).toEqual({ one, knocks: (stands || hasPlace) && !isRefused(s, one) && !town.taken.has(one) });
      }
      for (const one of [STRANGER, ...VISITORS]) expect(['none', 'leave']).toContain(town.membership(OFFICE_ROOM, one));
      for (const one of VISITORS) {
        const knock = s.knocks.get(one);
        // Whoever has had the visit stands there until the account is erased.
        if (knock === undefined || s.visits.has(knock.event)) continue;
        const ticket = s.book.tickets.find((known) => known.knock === knock.event);
        expect(ticket === undefined ? null : stageOf(s, ticket)).toBe('waiting');
      }
      if (doorAt(s.timetable, s.hand, town.now).state === 'closed') expect([...s.knocks.values()].filter(({ event }) => !s.visits.has(event))).toEqual([]);
      expect(town.book).toEqual({ ...bookContent(s), at: town.book?.at });
      const live = new Set<string | undefined>(s.book.tickets.map(({ card }) => card));
      for (const { event } of town.cards) expect({ event, isOver: town.over.has(event) }).toEqual({ event, isOver: !live.has(event) });
      // Under a card that is closed nothing is offered any more.
      const offered = new Set<string>(s.book.tickets.flatMap(({ closing, card }) => (closing === undefined && card !== undefined ? [card] : [])));
      for (const { content } of town.offers) expect(offered).toContain((content['m.relates_to'] as { event_id: string }).event_id);

      // And when nobody does anything more, all of it passes.
      for (let look = 0; look < 120; look++) {
        town.now = Math.max(town.now, decide(porter.situation, town.now).next);
        await settle(town, porter);
        holds(town);
      }
      // Whom another office has taken, it erases.
      expect([...town.accounts].filter(([one, { erased }]) => !erased && !town.taken.has(one))).toEqual([]);
      expect(town.book?.visitors).toEqual([]);
      for (const room of town.visitRooms) expect(town.visitOf(room)?.visitor).toBe(FOREIGNER);
      for (const ticket of town.book?.tickets ?? []) expect(ticket.visitor).toBe(FOREIGNER);
      const standing = new Set<string | undefined>((town.book?.tickets ?? []).map(({ card }) => card));
      for (const { event } of town.cards) expect(town.over.has(event)).toBe(!standing.has(event));
      const kept = new Set((town.book?.tickets ?? []).flatMap(({ edits }) => edits));
      for (const { event_id } of town.edits) expect(kept.has(event_id)).toBe(true);
      // What was written at a door is gone with whoever wrote it. Of what is never heard nobody knows.
      const held = new Set<string>((town.book?.tickets ?? []).map((one) => one.knock));
      if (town.lost === 0) expect(town.leftWords.filter(({ event_id }) => !held.has(event_id))).toEqual([]);
      // A start finds all of it in the book, and asks no further where nobody is.
      const before = town.lookedBack;
      const anew = await town.read(null);
      if (anew.book.tickets.length === 0 && anew.visits.size === 0 && !town.hasForeignWord) expect(town.lookedBack).toBe(before);

      // On the next day nothing tells even that somebody came: not as far as the porter has heard, and after another start not at all.
      for (let day = 0; day < 2; day++) {
        for (const end = town.now + 25 * HOUR; town.now < end;) {
          town.now = Math.max(town.now + HOUR, decide(porter.situation, town.now).next);
          await settle(town, porter);
        }
        holds(town);
        expect(porter.situation.formerDoors.size).toBe(0);
        const isQuiet = porter.situation.knocks.size === 0;
        if (isQuiet) expect(porter.situation.door).toMatchObject({ room: town.door, seen: 0 });
        if (isQuiet && day > 0) expect(town.facts(porter.situation.door.room).state.filter(({ type }) => type === 'm.room.member').map(({ state_key }) => state_key)).toEqual([PORTER]);
        if (isQuiet && day > 0) expect(town.doors).toEqual([town.door]);
        await porter.die();
      }
    }),
    { numRuns: 400 },
  );
});
