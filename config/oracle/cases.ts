/** Configurations and instants at random, from a fixed seed, for the engine and the oracle. */
import fc from '../src/cases.ts';
import { DAY } from '../src/days.ts';
import { occurs } from '../src/recurrence.ts';
import { readRule } from '../src/ruletext.ts';
import { readComune } from '../src/comune.ts';
import { intervals, timetable } from '../src/timetable.ts';
import type { Case } from './engine.ts';

/** Zones with clock changes north and south, of half an hour, none at all, and beyond the date line. */
const ZONES = ['Europe/Rome', 'Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Apia', 'UTC'];
const FROM = Date.UTC(2024, 0, 1);
const TO = Date.UTC(2030, 0, 1);
/** Where clocks change, where years begin, where days are rare: in each year. */
const EDGES = [
  '01-01T00:00Z', '01-01T05:00Z', '02-28T23:00Z', '03-01T00:00Z', '03-29T01:00Z', '03-30T01:00Z', '04-06T08:00Z', '10-04T08:00Z', '10-25T00:30Z',
  '10-25T01:00Z', '11-01T06:00Z', '12-24T10:00Z', '12-31T13:00Z', '12-31T23:00Z',
];

const clock = (quarter: number): string => `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;

/** Up to three intervals of a day that do not overlap, the last perhaps over midnight. */
const spans = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 95 }), { minLength: 2, maxLength: 6 }), fc.boolean(), fc.integer({ min: 1, max: 24 }))
  .map(([marks, night, length]) => {
    const sorted = marks.toSorted((a, b) => a - b);
    const found: string[] = [];
    for (let i = 0; i + 1 < sorted.length; i += 2) found.push(`${clock(sorted[i] ?? 0)}-${clock(sorted[i + 1] ?? 96)}`);
    const last = sorted.at(-1) ?? 0;
    if (night && last >= 72) found.push(`${clock(last)}-${clock((last + length) % 96)}`);
    if (night && last < 72) found.push(`${clock(92)}-24:00`);
    return found;
  })
  .filter((list) => list.every((span) => span.slice(0, 5) !== span.slice(6)));

const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
const some = <T>(item: fc.Arbitrary<T>, most: number) => fc.uniqueArray(item, { minLength: 1, maxLength: most }).map((list) => list.join(','));
const nth = fc.tuple(fc.constantFrom('1', '2', '3', '4', '5', '-1', '-2', ''), weekday).map((pair) => pair.join(''));
const monthday = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: -31, max: -1 }));
const months = fc.option(some(fc.integer({ min: 1, max: 12 }), 4).map((list) => `BYMONTH=${list}`), { nil: '' });
const part = (key: string, value: fc.Arbitrary<string>) => value.map((v) => `${key}=${v}`);

const body = fc.oneof(
  fc.tuple(fc.constant('FREQ=DAILY'), months, fc.option(part('BYDAY', some(weekday, 3)), { nil: '' }), fc.option(part('BYMONTHDAY', some(monthday, 5)), { nil: '' })),
  fc.tuple(fc.constant('FREQ=WEEKLY'), months, fc.option(part('BYDAY', some(weekday, 3)), { nil: '' }), fc.option(part('WKST', weekday), { nil: '' })),
  fc.tuple(fc.constant('FREQ=MONTHLY'), months, fc.oneof(part('BYDAY', some(nth, 3)), part('BYMONTHDAY', some(monthday, 3)), fc.constant(''))),
  fc.tuple(fc.constant('FREQ=MONTHLY'), part('BYDAY', some(weekday, 5)), part('BYSETPOS', some(fc.constantFrom(1, 2, -1, -2), 2))),
  fc.tuple(fc.constant('FREQ=YEARLY'), months, fc.oneof(part('BYDAY', some(nth, 2)), part('BYMONTHDAY', some(monthday, 3)), fc.constant(''))),
  fc.tuple(fc.constant('FREQ=YEARLY'), part('BYYEARDAY', some(fc.oneof(fc.integer({ min: 1, max: 366 }), fc.integer({ min: -366, max: -1 })), 4))),
  fc.tuple(fc.constant('FREQ=YEARLY'), part('BYWEEKNO', some(fc.oneof(fc.integer({ min: 1, max: 53 }), fc.integer({ min: -53, max: -1 }), fc.constantFrom(1, 52, 53, -1, -53)), 4)), part('BYDAY', some(weekday, 2))),
);
const end = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, part('COUNT', fc.integer({ min: 1, max: 400 }).map(String)), part('UNTIL', fc.constantFrom('20241231', '20260630', '20280229')));
const start = fc.constantFrom('', '', '', 'DTSTART:20240229', 'DTSTART:20250113');

/** Rules that give some day; those that never do are the schema's to refuse. */
const rule = fc
  .tuple(start, body, fc.integer({ min: 1, max: 4 }), end)
  .map(([line, parts, interval, limit]) => `${line === '' ? '' : `${line}\n`}${[...parts, interval === 1 ? '' : `INTERVAL=${interval}`, limit].filter((p) => p !== '').join(';')}`)
  .filter((text) => {
    const read = readRule(text);
    return 'freq' in read && occurs(read);
  });

const date = fc.integer({ min: FROM, max: TO }).map((ms) => new Date(ms).toISOString().slice(0, 10));
const closure = fc.oneof(
  fc.tuple(date, fc.integer({ min: 0, max: 20 })).map(([from, days]) => ({ from, to: new Date(Date.parse(from) + days * DAY).toISOString().slice(0, 10) })),
  fc.tuple(date, date).map(([from, to]) => ({ from: from.slice(5), to: to.slice(5) })).filter(({ from, to }) => Math.abs(Date.parse(`2024-${from}`) - Date.parse(`2024-${to}`)) > 330 * DAY || from === to),
  fc.constant({ from: '12-24', to: '01-06' }),
);
const week = fc.record(
  { mon: spans, tue: spans, wed: spans, thu: spans, fri: spans, sat: spans, sun: spans },
  { requiredKeys: [] },
);
const office = fc.record({
  hours: fc.oneof({ weight: 6, arbitrary: week }, { weight: 1, arbitrary: fc.constant({}) }),
  rules: fc.array(fc.record({ rrule: rule, hours: spans }), { maxLength: 2 }),
  exceptions: fc.uniqueArray(fc.record({ date: fc.oneof(date, fc.constantFrom('2026-12-25', '2026-10-04', '2026-10-25', '2026-03-29', '2028-02-29')), hours: fc.oneof(fc.constant<string[]>([]), spans) }), { maxLength: 6, selector: ({ date: day }) => day }),
});
const file = fc.record({
  zone: fc.constantFrom(...ZONES),
  holidays: fc.option(fc.constantFrom({ country: 'IT' }, { country: 'IT', patron: '07-13' }, { country: 'IT', patron: '02-29' })),
  closures: fc.array(closure, { maxLength: 3 }),
  office,
});

/** The same cases for the same seed: `count` timetables with some 50 instants of one year each. */
export function cases(count: number, seed: number): Case[] {
  const year = fc.integer({ min: 2024, max: 2029 });
  const moments = fc.array(fc.integer({ min: 0, max: 366 * DAY }), { minLength: 20, maxLength: 20 });
  return fc.sample(fc.tuple(file, year, moments), { numRuns: count, seed }).map(([{ zone, holidays, closures, office: one }, number, random]) => {
    const config = {
      comune: { id: 'c', name: 'C', zone },
      ...(holidays === null ? {} : { holidays }),
      closures,
      offices: [{ id: 'o', name: 'O', ...one }],
    };
    const first = Date.UTC(number, 0, 1);
    const [somewhere = 0] = random;
    return {
      file: config,
      instants: [...random.map((ms) => first + ms), ...EDGES.map((edge) => Date.parse(`${number}-${edge}`)), ...edgesOf(config, first + somewhere)],
    };
  });
}

/** Instants at and beside the ends of intervals. */
function edgesOf(config: unknown, around: number): number[] {
  const result = readComune(JSON.stringify(config));
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  const [one] = result.comune.offices;
  if (one === undefined) return [];
  return intervals(timetable(result.comune, one), around, around + 30 * DAY)
    .slice(1, 5)
    .flatMap(({ start, end: close }) => [start - 1, start, close - 1, close]);
}
