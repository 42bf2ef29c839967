import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comune, NOW, reception, type Running, running } from './http.fixture.ts';
import { CALENDAR_SPAN, officeCalendar } from './ics.ts';

const HOUR = 3_600_000;
const openings = [{ start: NOW, end: NOW + 2 * HOUR }, { start: NOW + 24 * HOUR, end: NOW + 26 * HOUR }];
const body = comune();
const calendar = (over: { intervals?: typeof openings; language?: string; now?: number; name?: string } = {}) => {
  const office = body.offices[0];
  if (office === undefined) throw new Error('The fixture has offices.');
  const named = over.name === undefined ? office : { ...office, name: { it: over.name } };
  return officeCalendar(named, body, over.intervals ?? openings, over.language ?? 'it', 'https://sportello.example', over.now ?? NOW);
};
/** Content lines, unfolded (RFC 5545, 3.1). */
const lines = (text: string) => text.replace(/\r\n[ \t]/gu, '').split('\r\n');
const values = (text: string, name: string) => lines(text).filter((line) => line.split(/[:;]/u)[0] === name).map((line) => line.slice(line.indexOf(':') + 1));

describe('an office\'s calendar', () => {
  test('has an event for each opening, in UTC', () => {
    expect(values(calendar(), 'DTSTART')).toEqual(['20260310T100000Z', '20260311T100000Z']);
    expect(values(calendar(), 'DTEND')).toEqual(['20260310T120000Z', '20260311T120000Z']);
    expect(values(calendar(), 'TRANSP')).toEqual(['TRANSPARENT', 'TRANSPARENT']);
    expect(values(calendar({ intervals: [] }), 'DTSTART')).toEqual([]);
  });

  test('keeps the UID of an opening whenever it is asked for', () => {
    const later = calendar({ now: NOW + 30 * HOUR, intervals: openings.slice(1) });
    expect(values(later, 'UID')).toEqual(values(calendar(), 'UID').slice(1));
    expect(new Set(values(calendar(), 'UID')).size).toBe(2);
  });

  test('reads the same all day long', () => {
    expect(calendar({ now: NOW + HOUR })).toBe(calendar());
  });

  test('speaks the reader\'s language', () => {
    expect(values(calendar({ language: 'it' }), 'SUMMARY')[0]).toBe('Anagrafe: sportello aperto');
    expect(values(calendar({ language: 'en' }), 'SUMMARY')[0]).toBe('Registry: reception open');
    expect(values(calendar({ language: 'de' }), 'SUMMARY')[0]).toBe('Anagrafe: sportello aperto');
  });

  test('lets no name break out of its line, and folds at 75 octets', () => {
    const text = calendar({ name: 'A;B,C\\D\r\nATTENDEE:mailto:x@y è '.repeat(4) });
    expect(values(text, 'ATTENDEE')).toEqual([]);
    expect(text.split('\r\n').filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
  });
});

describe('the feed', () => {
  let server: Running;
  const asked: number[] = [];
  beforeAll(async () => { server = await running({ reception: reception({ intervals: (_office, from, to) => { asked.push(from, to); return openings; } }) }); });
  afterAll(async () => { await server[Symbol.asyncDispose](); });

  test('is served for sixty days, with a language and an ETag', async () => {
    const answer = await server.ask('/o/anagrafe.ics?lang=en');
    expect([answer.status, answer.headers['content-type'], answer.headers['content-language']]).toEqual([200, 'text/calendar; charset=utf-8', 'en']);
    expect(asked.slice(0, 2)).toEqual([NOW, NOW + CALENDAR_SPAN]);
    expect(values(answer.text, 'SUMMARY')).toEqual(['Registry: reception open', 'Registry: reception open']);
    expect((await server.ask('/o/anagrafe.ics?lang=en', { headers: { 'if-none-match': answer.headers.etag ?? '' } })).status).toBe(304);
  });

  test('of an office that is not there is 404', async () => {
    expect((await server.ask('/o/nobody.ics')).status).toBe(404);
    expect((await server.ask('/o/.ics')).status).toBe(404);
  });
});
