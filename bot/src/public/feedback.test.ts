import type { OfficeId, UserId } from '@portineria/config/ids';
import { describe, expect, test, vi } from 'vitest';
import { metrics } from '../ground/metrics.ts';
import { settingsOf } from '../ground/settings.fixture.ts';
import { situation } from '../judgement/situation.fixture.ts';
import { Feedback } from './feedback.ts';
import { reception, running } from './http.fixture.ts';

const OFFICE = 'anagrafe' as OfficeId;
const [USER, OTHER] = ['@ospite_abc:comune.example' as UserId, '@ospite_def:comune.example' as UserId];

function asked(send: () => Promise<string> = async () => '$event') {
  const sent = vi.fn(send);
  const feedback = new Feedback({ settings: settingsOf(), homeserver: { send: sent } as never, porter: { cycle: (id: OfficeId) => (id === OFFICE ? { situation: situation({ office: OFFICE }) } : undefined) } as never });
  return { feedback, sent };
}
const counted = async (counter: { get(): Promise<{ values: { value: number; labels: object }[] }> }, labels: object): Promise<number> =>
  (await counter.get()).values.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value ?? 0;

describe('how easy it was', () => {
  test('is counted once for each visit, and no label or ticket says whose it was', async () => {
    const { feedback, sent } = asked();
    const figures = async () => [await counted(metrics.feedback_stars_total, { stars: 2 }), await counted(metrics.feedback_choices_total, { was: 'hard', choice: 'sure' })];
    const [stars = 0, choices = 0] = await figures();
    const ticket = feedback.ticketOf(USER);
    for (let n = 0; n < 3; n++) await feedback.take({ ticket, stars: 2, choice: 'sure' });
    await feedback.take({ ticket: feedback.ticketOf(OTHER), stars: 2 });
    expect(await figures()).toEqual([stars + 2, choices + 1]);
    expect([sent.mock.calls.length, feedback.ticketOf(USER) === ticket, ticket.includes('abc')]).toEqual([0, true, false]);
  });

  test('is told the office in words that ring nobody, and is not counted while the office cannot be told', async () => {
    let isAway = true;
    const { feedback, sent } = asked(async () => { if (isAway) throw new Error('away'); return '$event'; });
    const request = { ticket: feedback.ticketOf(USER), stars: 5, choice: 'other' as const, words: { office: OFFICE, text: 'Grazie\n@room \u202E!' } };
    const before = await counted(metrics.feedback_stars_total, { stars: 5 });
    await expect(feedback.take(request)).rejects.toThrow('away');
    expect(await counted(metrics.feedback_stars_total, { stars: 5 })).toBe(before);
    isAway = false;
    await feedback.take(request);
    expect(await counted(metrics.feedback_stars_total, { stars: 5 })).toBe(before + 1);
    const [first, second] = sent.mock.calls as unknown as [unknown[], unknown[]];
    expect(second).toEqual(first);
    expect(second[2]).toEqual({ msgtype: 'm.notice', body: 'Alla fine di un colloquio, senza nome: «Grazie @\u2060room !»', 'm.mentions': {} });
  });

  test('is taken from nobody who had no visit, and for no office that is not there', async () => {
    const { feedback } = asked();
    await expect(feedback.take({ ticket: `${feedback.ticketOf(USER).slice(0, 17)}${feedback.ticketOf(OTHER).slice(17)}`, stars: 1 })).rejects.toMatchObject({ code: 'not_yours' });
    await expect(feedback.take({ ticket: feedback.ticketOf(USER), stars: 1, words: { office: 'altro' as OfficeId, text: 'x' } })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is read by a schema: stars from one to five, a fixed choice, words of a length, and what is said stands in no log', async () => {
    const ticket = `${'a'.repeat(16)}.${'b'.repeat(16)}`;
    const takeFeedback = vi.fn(async () => undefined);
    await using server = await running({ reception: reception({ takeFeedback }) });
    const status = async (body: object): Promise<number> => (await server.ask('/api/feedback', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ticket, ...body }) })).status;
    expect(await Promise.all([{ stars: 5 }, { stars: 3, choice: 'other', words: { office: OFFICE, text: 'Parole mie' } }].map(status))).toEqual([204, 204]);
    expect(await Promise.all([{ stars: 0 }, { stars: 6 }, { stars: 2.5 }, { stars: 3, choice: 'bad' }, { stars: 3, name: 'Maria' }, { stars: 3, words: { office: OFFICE, text: '' } }, { stars: 3, words: { office: OFFICE, text: 'x'.repeat(201) } }, { stars: 3, ticket: 'x' }].map(status))).toEqual(Array(8).fill(400));
    expect(takeFeedback).toHaveBeenCalledTimes(2);
    expect(server.logged.join('\n')).not.toMatch(/Parole mie|aaaa/u);
  });
});
