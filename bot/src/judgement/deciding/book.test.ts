import { describe, expect, test } from 'vitest';
import { writeBeforeActing } from './book.ts';
import { DOOR_ROOM, FORMER_DOOR, NOON, situation } from '../situation.fixture.ts';
import { bookContent, type Situation } from '../situation.ts';

describe('what the book tells of the door', () => {
  const asKept: Situation = situation({ door: { room: DOOR_ROOM, madeAt: NOON, seen: 0, print: 'print' } });
  const s: Situation = { ...asKept, written: { ...asKept.written, book: { ...bookContent(asKept), at: NOON } } };

  test('is taken back before anything else once it is not known to be so', () => {
    const { print: _print, ...door } = s.door;
    const [action, ...others] = writeBeforeActing({ ...s, door }, NOON);
    expect(action).toMatchObject({ kind: 'write-book', urgent: true, book: { door: DOOR_ROOM } });
    expect(action?.kind === 'write-book' && action.book.door_print).toBe(undefined);
    expect(others).toEqual([]);
  });

  test('stands while it is so, and of another door it tells nothing', () => {
    expect(writeBeforeActing(s, NOON)).toEqual([]);
    expect(writeBeforeActing({ ...s, door: { room: FORMER_DOOR, madeAt: NOON, seen: 0 } }, NOON)).toEqual([]);
  });
});
