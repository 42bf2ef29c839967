import { expect, test, vi } from 'vitest';
import { OutsideError } from '../../servers/outside.ts';
import { event, knock, MINUTE, NOON, settle, situation, STEPS, ticket, user } from '../../judgement/situation.fixture.ts';
import { Crowd } from './crowd.ts';
import { hands, pass, useCycles, working } from './cycle.fixture.ts';

useCycles();

const LUCA = user('luca:altrove.example');
/** Somebody waits for six minutes, and mail is due. */
const unanswered = settle(situation({
  escalation: STEPS.filter(({ way }) => way === 'mail'),
  limits: { ...situation().limits, recall: [] },
  knocks: new Map([[LUCA, knock(LUCA, 'k', NOON - 6 * MINUTE)]]),
  book: { day: '2026-11-24', last: 1, tickets: [ticket(1, LUCA, 'k', NOON - 6 * MINUTE, { edits: [event('words')] })], heard: [] },
}), NOON - MINUTE).situation;

test('mail that the server does not take is tried again after growing pauses, eight times, and then given up', async () => {
  const times: number[] = [];
  vi.spyOn(hands.outside, 'mail').mockImplementation(async () => {
    times.push(Date.now());
    // It takes a while, and the office looks about meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    throw new OutsideError('The mail server did not answer in time');
  });
  const { porter, said } = working(unanswered, new Crowd());
  porter.wake();
  for (let second = 0; second < 600; second++) {
    await pass(1_000);
    porter.wake();
  }
  const pauses = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 1_000));
  expect(pauses).toEqual([3, 5, 9, 17, 33, 61, 61]);
  expect(said.filter((one) => one.startsWith('send-word OutsideError'))).toHaveLength(8);
  expect(porter.situation.book.tickets[0]?.escalated).toEqual([{ step: 'mail' }]);
  expect([porter.isHeldUp, said.includes('read')]).toEqual([false, false]);
});

test('mail on its way is stopped once its knock waits no more, and nothing has failed', async () => {
  const signals: AbortSignal[] = [];
  vi.spyOn(hands.outside, 'mail').mockImplementation((_server, _mail, signal) => {
    if (signal !== undefined) signals.push(signal);
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))));
  });
  const { porter, said } = working(unanswered, new Crowd());
  porter.wake();
  await pass();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  porter.change((s) => ({ ...s, knocks: new Map() }));
  await pass(1_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(said.filter((one) => one.startsWith('send-word'))).toEqual([]);
});
