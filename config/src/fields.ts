/** The single values of a configuration, each with what is expected of it in words: the start of every fault's sentence. */
import * as z from 'zod';
import { isMonthDay, readDay } from './days.ts';
import { nearest } from './faults.ts';
import { occurs } from './recurrence.ts';
import { readRule } from './ruletext.ts';
import { readSpan, SPAN } from './spans.ts';
import { isZone } from './zone.ts';

/** What a judge has to object; null where all is well. */
type Objection = { expected: string; hint?: string } | null;

/** A text that a function judges. */
export function judged(expected: string, judge: (text: string) => Objection) {
  return z.string({ error: expected }).check((context) => {
    const objection = judge(context.value);
    if (objection === null) return;
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: objection.expected,
      ...(objection.hint === undefined ? {} : { params: { hint: objection.hint } }),
    });
  });
}

/** A text of a given shape, which editors check as well. */
export function shaped(expected: string, shape: RegExp) {
  return z.string({ error: expected }).regex(shape, expected);
}

/** An object of these keys and no others; a key too many is told with the nearest right one. */
export function strict<T extends z.core.$ZodShape>(shape: T, expected: string) {
  const names = Object.keys(shape).join(', ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? names : expected) });
}

export function list<T extends z.core.SomeType>(item: T, expected: string) {
  return z.array(item, { error: expected });
}

export const Language = shaped('a language tag such as it or de-AT', /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/u);

const words = (most: number) =>
  z
    .string({ error: 'a text in quotes' })
    .min(1, 'a text that is not empty')
    .max(most, `a text of at most ${most} characters`)
    .regex(/\S/u, 'a text that is not empty');

/** A string, or an object with a string for each language. */
export function textOf(most: number) {
  const byLanguage = z
    .record(Language, words(most), { error: 'a text, or an object with a text for each language' })
    .refine((t) => Object.keys(t).length > 0, 'a text in one language at least');
  return z.union([words(most), byLanguage], { error: 'a text, or an object with a text for each language such as { it: Anagrafe, en: Registry }' });
}

export const Interval = judged('an interval such as "09:00-12:00"', (text) => {
  const span = readSpan(text);
  return 'start' in span ? null : span;
}).meta({ pattern: SPAN.source, description: 'From-to, 24 hours. The end is not part of it; 24:00 is midnight; 22:00-02:00 goes over midnight.' });

/** More intervals than any day needs. */
export const MOST_SPANS = 48;
export const Spans = list(Interval, 'a list of intervals such as ["09:00-12:00"]').max(MOST_SPANS, `at most ${MOST_SPANS} intervals`);

export const Day = judged('a date such as 2026-12-24', (text) => {
  if (readDay(text) !== null) return null;
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) ? { expected: 'a date that exists' } : { expected: 'a date such as 2026-12-24' };
}).meta({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

export const MonthDay = judged('a day of the year such as "06-24"', (text) =>
  isMonthDay(text) ? null : { expected: 'a day of the year such as "06-24"', hint: 'first the month, then the day' },
).meta({ pattern: '^\\d{2}-\\d{2}$' });

/** A date, or a day of every year. */
export const AnyDay = judged('a date such as 2026-12-24, or a day of every year such as "12-24"', (text) =>
  readDay(text) !== null || isMonthDay(text) ? null : { expected: 'a date that exists such as 2026-12-24, or a day of every year such as "12-24"' },
).meta({ pattern: '^(\\d{4}-)?\\d{2}-\\d{2}$' });

export const ZoneName = judged('a time zone such as Europe/Rome', (text) => {
  if (isZone(text)) return null;
  const near = nearest(text, ['UTC', ...Intl.supportedValuesOf('timeZone')]);
  return { expected: 'a time zone such as Europe/Rome', ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
});

export const Rule = judged('a recurrence rule such as "FREQ=MONTHLY;BYDAY=1SA"', (text) => {
  const rule = readRule(text);
  if ('expected' in rule) return rule;
  return occurs(rule) ? null : { expected: 'a recurrence rule that gives a day now and then' };
}).meta({ description: 'RFC 5545, of whole days: FREQ, INTERVAL, COUNT, UNTIL (a date), BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYSETPOS, WKST. It starts on 2020-01-01, or by a line DTSTART:20260105 above it.' });

export const Url = z.url({ protocol: /^https?$/u, error: 'an address such as https://comune.example/privacy' });

export const Phone = shaped('a telephone number in quotes such as "+39 099 000 0000"', /^\+?[\d][\d ()/.-]{2,30}$/u);

export const Colour = shaped('a colour such as "#0066cc"', /^#[0-9a-fA-F]{6}$/u);

/** Matrix specification, appendices, "Server name". */
export const ServerName = shaped('the name of a homeserver such as comune.example', /^([a-zA-Z0-9.-]{1,230}|\[[0-9a-fA-F:.]{2,45}\])(:\d{1,5})?$/u);

export const Flag = z.boolean({ error: 'true or false' });

/** More than nothing, at most a year. */
export const Minutes = z.number({ error: 'a number of minutes' }).gt(0, 'a number of minutes above 0').max(525_600, 'a number of minutes, at most a year (525600)');

/** How many of something: at least one, and no more than that many. */
export const upTo = (most: number) => z.int({ error: 'a whole number' }).min(1, 'a whole number above 0').max(most, `a whole number, at most ${most}`);
export const Count = upTo(1_000_000);
