import { timetableOf } from '@portineria/config/testing';
import { intervals as openingsOf, type Timetable } from '@portineria/config/timetable';
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comune, NOW, reception, type Running, running } from './http.fixture.ts';
import { calendarSpan, officeCalendar } from './ics.ts';

const HOUR = 3_600_000;
const openings = [{ start: NOW, end: NOW + 2 * HOUR }, { start: NOW + 24 * HOUR, end: NOW + 26 * HOUR }];
const body = comune();
const calendar = (over: { intervals?: typeof openings; language?: string; now?: number; name?: string; description?: string } = {}) => {
  const office = body.offices[0];
  if (office === undefined) throw new Error('The fixture has offices.');
  const named = over.name === undefined ? office : { ...office, name: { it: over.name }, description: { it: over.description ?? '' } };
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
    expect(values(calendar({ intervals: [] }), 'SUMMARY')).toEqual([]);
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
    expect(values(calendar({ language: 'de' }), 'SUMMARY')[0]).toBe('Anagrafe: Schalter offen');
    expect(values(calendar({ language: 'fur' }), 'SUMMARY')[0]).toBe('Anagrafe: sportello aperto');
  });

  test('lets no name break out of its line, and folds at 75 octets', () => {
    const text = calendar({ name: 'A;B,C\\D\r\nATTENDEE:mailto:x@y è '.repeat(4) });
    expect(values(text, 'ATTENDEE')).toEqual([]);
    expect(text.split('\r\n').filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
  });
});

const MINUTE = 60_000;
const DAYS = 24 * HOUR;
/** An office's calendar as it is asked for at an instant. */
const fetched = (table: Timetable, now: number) => {
  const { from, to } = calendarSpan(now);
  return calendar({ intervals: openingsOf(table, from, to), now });
};
const entries = (text: string) => {
  const all = ['DTSTART', 'DTEND', 'DTSTAMP'].map((name) => values(text, name));
  return new Map(values(text, 'UID').map((uid, i) => [uid, all.map((list) => list[i])]));
};
const EVERY_DAY = (hours: string[]) => ({ hours: { mon: hours, tue: hours, wed: hours, thu: hours, fri: hours, sat: hours, sun: hours } });

describe.each([
  ['of mornings', EVERY_DAY(['09:00-12:00'])],
  ['of nights, which go over the day of UTC as well', EVERY_DAY(['22:00-04:00'])],
  ['that is open for thirty hours on end', { hours: { mon: ['09:00-24:00'], tue: ['00:00-15:00'] } }],
  ['that is always open', { always: true }],
])('the calendar of an office %s', (_what, office) => {
  const table = timetableOf(office);

  test('is the same text all day long, while it opens and closes, and while the far end moves', () => {
    const midnight = NOW - (NOW % DAYS);
    const first = fetched(table, midnight);
    for (let now = midnight; now < midnight + DAYS; now += 5 * HOUR - MINUTE) expect(fetched(table, now)).toBe(first);
  });

  test('keeps each entry as it is, from its first day in sight to its last', () => {
    const seen = new Map<string, unknown>();
    for (let now = NOW; now < NOW + 12 * DAYS; now += 31 * HOUR) {
      const found = entries(fetched(table, now));
      expect(found.size).toBeGreaterThan(7);
      for (const [uid, entry] of found) expect([uid, entry]).toEqual([uid, seen.get(uid) ?? entry]);
      for (const [uid, entry] of found) seen.set(uid, entry);
    }
  });

  test('tells the same open time as the timetable', () => {
    const { from, to } = calendarSpan(NOW);
    const parsed = new ICAL.Component(ICAL.parse(fetched(table, NOW)) as unknown[]).getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
    const spans = parsed.map(({ startDate, endDate }) => ({ start: startDate.toJSDate().getTime(), end: endDate.toJSDate().getTime() }));
    const [begin = 0, end = 0] = [spans[0]?.start, spans.at(-1)?.end];
    expect([begin > from, end < to]).toEqual([true, true]);
    const sum = (list: readonly { start: number; end: number }[]) => list.reduce((total, span) => total + span.end - span.start, 0);
    expect(sum(spans)).toBe(sum(openingsOf(table, begin, end)));
  });
});

/** What RFC 5545 asks of a calendar and its validator does not (icsvalid.test.ts): its faults, in words. */
function invalid(text: string): string[] {
  const faults: string[] = [];
  if (/[^\r]\n|\r[^\n]/u.test(text)) faults.push('a line that does not end in CRLF');
  if (!/^BEGIN:(?!VCALENDAR)/mu.test(text)) faults.push('no component');
  for (const line of lines(text)) if (/^(?:NAME|X-WR-CALNAME|X-WR-CALDESC|DESCRIPTION|SUMMARY|LOCATION|PRODID|UID)[:;]/u.test(line) && /(?<!\\)(?:\\\\)*[;,]|(?<!\\)(?:\\\\)*\\[^\\;,nN]/u.test(line.slice(line.indexOf(':')))) faults.push(`not escaped: ${line}`);
  return faults;
}

describe('what others read', () => {
  const hard = { name: 'A;B, C\\D "q": è\nf', description: 'Uno; due, tre\\: "sì"' };
  const name = 'A;B, C\\D "q": è f';

  test.each([['with openings', openings], ['without one', []]])('is valid, %s', (_what, intervals) => {
    expect(invalid(calendar({ ...hard, intervals }))).toEqual([]);
  });

  test('is what was said, by ical.js', () => {
    const component = new ICAL.Component(ICAL.parse(calendar(hard)) as unknown[]);
    const events = component.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
    expect(events.map(({ summary, startDate, endDate }) => [summary, startDate.toJSDate().getTime(), endDate.toJSDate().getTime()])).toEqual(openings.map(({ start, end }) => [`${name}: sportello aperto`, start, end]));
    expect(new ICAL.Component(ICAL.parse(calendar({ intervals: [] })) as unknown[]).getAllSubcomponents('vevent')).toEqual([]);
  });

  test('is what was said, by node-ical', () => {
    const read = nodeIcal.sync.parseICS(calendar(hard));
    const found = Object.values(read).filter((one) => one?.type === 'VEVENT');
    expect(read.vcalendar).toMatchObject({ 'WR-CALNAME': `${name}: orari dello sportello virtuale`, 'WR-CALDESC': hard.description });
    expect(found.map((one) => [one.summary, one.start.getTime(), one.end?.getTime()])).toEqual(openings.map(({ start, end }) => [`${name}: sportello aperto`, start, end]));
    expect(Object.values(nodeIcal.sync.parseICS(calendar({ intervals: [] }))).filter((one) => one?.type === 'VEVENT')).toEqual([]);
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
    expect(asked.slice(0, 2)).toEqual(Object.values(calendarSpan(NOW)));
    expect(values(answer.text, 'SUMMARY')).toEqual(['Registry: reception open', 'Registry: reception open']);
    expect((await server.ask('/o/anagrafe.ics?lang=en', { headers: { 'if-none-match': answer.headers.etag ?? '' } })).status).toBe(304);
  });

  test('of an office that is not there is 404', async () => {
    expect((await server.ask('/o/nobody.ics')).status).toBe(404);
    expect((await server.ask('/o/.ics')).status).toBe(404);
  });
});
