import { TYPED_LENGTH, TypedContent } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { hearTurn, isGreetedBack, isGreetedFirst, isReading, shownTurns, STRANGER, toldOf, turnKey, TURN_LIFE_MS, type Turns } from './typed.ts';

const [ANNA, MARIA] = ['@anna:comune.example', '@ospite-1:comune.example'];
const none: ReadonlySet<string> = new Set();
const everybody = (): boolean => true;
const heard = (...words: [user: string, turn: string, seq: number, text: string, at: number][]): Turns =>
  words.reduce<Turns>((turns, [user, turn, seq, text, at]) => hearTurn(turns, user, { turn, seq, text }, at), new Map());

test('what each writes is shown as it stands now, and nothing of an empty field', () => {
  const turns = heard([ANNA, 'a', 1, 'Buon', 0], [MARIA, 'm', 1, 'Vorrei', 1], [ANNA, 'a', 2, 'Buongiorno', 2]);
  expect(shownTurns(turns, none, everybody, 3)).toEqual([[ANNA, 'Buongiorno'], [MARIA, 'Vorrei']]);
  expect(shownTurns(hearTurn(turns, ANNA, { turn: 'a', seq: 3, text: ' ' }, 3), none, everybody, 3)).toEqual([[MARIA, 'Vorrei']]);
});

test('what comes late does not undo what came after it', () => {
  expect(shownTurns(heard([ANNA, 'a', 2, 'Buongiorno', 0], [ANNA, 'a', 1, 'Buon', 1], [ANNA, 'a', 2, 'Buon', 2]), none, everybody, 2)).toEqual([[ANNA, 'Buongiorno']]);
});

test('a turn goes with its message, also where a word of it comes after that; the next turn is shown; nobody ends another’s', () => {
  const late = heard([ANNA, 'a', 1, 'Buon', 0], [ANNA, 'a', 2, 'Buongiorno', 1]);
  expect(shownTurns(late, new Set([turnKey(ANNA, 'a')]), everybody, 1)).toEqual([]);
  expect(shownTurns(hearTurn(late, ANNA, { turn: 'b', seq: 1, text: 'Ha' }, 2), new Set([turnKey(ANNA, 'a')]), everybody, 2)).toEqual([[ANNA, 'Ha']]);
  expect(shownTurns(late, new Set([turnKey(MARIA, 'a')]), everybody, 1)).toEqual([[ANNA, 'Buongiorno']]);
});

test('it goes when its writer has left, and when nothing is heard of it for half a minute', () => {
  const turns = heard([ANNA, 'a', 1, 'Buongiorno', 1_000]);
  expect(shownTurns(turns, none, (user) => user !== ANNA, 1_000)).toEqual([]);
  expect(shownTurns(turns, none, everybody, 999 + TURN_LIFE_MS)).toHaveLength(1);
  expect(shownTurns(turns, none, everybody, 1_000 + TURN_LIFE_MS)).toEqual([]);
});

test('of a long turn its end is told, whole characters only, as the schema takes it', () => {
  const long = `${'a'.repeat(50)}😀${'b'.repeat(TYPED_LENGTH - 1)}`;
  expect([toldOf('Buongiorno'), toldOf(long)]).toEqual(['Buongiorno', 'b'.repeat(TYPED_LENGTH - 1)]);
  const content = { room: '!visit:comune.example', turn: 'a', seq: 1 };
  expect(TypedContent.safeParse({ ...content, text: toldOf('x'.repeat(9_000)) }).success).toBe(true);
});

test('what does not keep to its bounds is not read', () => {
  const content = { room: '!visit:comune.example', turn: 'a', seq: 1, text: 'Buongiorno' };
  expect(TypedContent.safeParse(content).success).toBe(true);
  for (const other of [{ text: 'x'.repeat(TYPED_LENGTH + 1) }, { turn: 'x'.repeat(101) }, { seq: -1 }, { seq: 0.5 }, { seq: 1e9 }, { room: 'visit' }, { text: null }]) expect(TypedContent.safeParse({ ...content, ...other }).success).toBe(false);
});

test('only a device that says that it reads is told anything, until it keeps silent for 45 seconds of writing', () => {
  expect(isReading(STRANGER, 0)).toBe(false);
  expect(isReading({ ...STRANGER, reads: true }, 1e9)).toBe(true);
  expect([44_999, 45_000].map((now) => isReading({ ...STRANGER, reads: true, waiting: 0 }, now))).toEqual([true, false]);
});

test('a device that keeps silent, as another client’s does, is told three times that this page reads; one that has fallen silent is told again', () => {
  expect(isGreetedFirst(STRANGER, 0)).toBe(true);
  expect([1, 2, 3].map((greetings) => isGreetedFirst({ ...STRANGER, greeted: 0, greetings }, 10_000))).toEqual([true, true, false]);
  expect(isGreetedFirst({ ...STRANGER, greeted: 0, greetings: 1 }, 9_999)).toBe(false);
  expect([null, 0].map((waiting) => isGreetedFirst({ ...STRANGER, reads: true, greeted: 0, greetings: 9, waiting }, 60_000))).toEqual([false, true]);
});

test('an answer goes every ten seconds at most; to one that has not heard of us yet at once, though it was told just before it could hear', () => {
  const told = { ...STRANGER, greeted: 0 };
  expect([STRANGER, told].map((reader) => isGreetedBack(reader, false, 9_999))).toEqual([true, false]);
  expect(isGreetedBack(told, false, 10_000)).toBe(true);
  expect(isGreetedBack(told, true, 0)).toBe(true);
  expect([999, 1_000].map((now) => isGreetedBack({ ...told, answered: 0 }, true, now))).toEqual([false, true]);
});
