import { expect, test } from 'vitest';
import type { Message, Talk } from '../chat/talk.ts';
import { openTalk } from './earlier.ts';

const message = (id: string, at: number, kind: Message['kind'] = 'text'): Message => ({ id, from: 'staff', name: 'Maria', at, text: 'Buongiorno', kind, sent: 'sent', encrypted: true });
const talk: Talk = { ready: true, people: ['Maria'], messages: [message('a', 1, 'unreadable'), message('b', 2), message('c', 5, 'unreadable')], files: null, live: [] };

test('what was written before and cannot be read is left out and said; what comes later and cannot be read stays in its place', () => {
  const { talk: shown, hidden } = openTalk(talk, 4, false);
  expect([shown.messages.map(({ id }) => id), hidden]).toEqual([['b', 'c'], true]);
});

test('where all can be read nothing is said, but to whoever came in later than the visit began', () => {
  const readable = { ...talk, messages: [message('b', 2)] };
  expect(openTalk(readable, 4, false)).toEqual({ talk: readable, hidden: false });
  expect(openTalk(readable, 4, true).hidden).toBe(true);
});
