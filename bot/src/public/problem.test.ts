import { describe, expect, test } from 'vitest';
import { Problem } from '@portineria/config/api';
import { problemHeaders, problemOf, problemPage, HttpRefusal, refusalOf } from './problem.ts';

describe('a refusal', () => {
  test.each(Problem.shape.code.options)('%s has a status, a title and a sentence in every language', (code) => {
    const refusal = new HttpRefusal(code);
    for (const language of ['it', 'en', 'de', 'fr', 'sl']) {
      const problem = Problem.parse(problemOf(refusal, language));
      expect(problem).toMatchObject({ type: 'about:blank', code, status: refusal.status, title: expect.stringMatching(/\S/u), detail: expect.stringMatching(/\S/u) });
    }
    expect(refusal.status).toBeGreaterThanOrEqual(400);
  });

  test('carries the seconds to wait, whole and never none', () => {
    expect(problemHeaders(new HttpRefusal('too_many', { retryAfter: 0.2 }))).toMatchObject({ 'retry-after': '1' });
    expect(problemHeaders(new HttpRefusal('closed', { retryAfter: 59.5 }))).toMatchObject({ 'retry-after': '60' });
    expect(problemHeaders(new HttpRefusal('closed'))).not.toHaveProperty('retry-after');
  });

  test('keeps what caused it', () => {
    const cause = new Error('why');
    expect(new HttpRefusal('unavailable', { cause }).cause).toBe(cause);
    expect(refusalOf(cause)).toMatchObject({ code: 'unavailable', status: 500, cause });
    expect(refusalOf('words')).toMatchObject({ code: 'unavailable', status: 500 });
  });

  test('becomes a page in which nothing is markup', () => {
    const page = problemPage(problemOf(new HttpRefusal('closed', { sentence: '<script>"x"&\'' }), 'it'), '"><script>');
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;&quot;x&quot;&amp;&#39;');
  });
});
