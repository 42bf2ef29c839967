/** The single values of a configuration, each with what is expected of it in words: the start of every fault's sentence. */
import * as z from 'zod';
import { brandColour, whiteOn } from './colour.ts';
import { dayMeant, idMeant, spansMeant, withoutCurlyQuotes } from './cures.ts';
import { isMonthDay, readDay } from './days.ts';
import { nearestName } from './faults.ts';
import { occurs } from './recurrence.ts';
import { readRule } from './ruletext.ts';
import { readSpan, SPAN } from './spans.ts';
import { isZone } from './zone.ts';

/** What a judge has to object; null where all is well. */
type Objection = { expected: string; hint?: string } | null;

/** Whether a URL's host is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/u.test(hostname);
}

/** A text that a function judges. */
function judged(expected: string, judge: (text: string) => Objection) {
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

const COLOUR = /^#[0-9a-fA-F]{6}$/u;
const ID = /^[a-z][a-z0-9-]{0,62}$/u;

export const Language = shaped('a language tag such as it or de-AT', /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/u);

const words = (most: number) =>
  z
    .string({ error: 'a text in quotes' })
    .min(1, 'a text that is not empty')
    .max(most, `a text of at most ${most} characters`)
    .regex(/\S/u, 'a text that is not empty')
    .check(({ value, issues }) => {
      const inside = withoutCurlyQuotes(value);
      if (inside !== null) issues.push({ code: 'custom', input: value, message: 'a text in straight quotes, or in none', params: { hint: `write ${JSON.stringify(inside)}` } });
    });

/** What an office or a comune is called in addresses. */
export const Id = judged('small letters, digits and hyphens, a letter first', (text) => {
  if (ID.test(text)) return null;
  const meant = idMeant(text);
  return { expected: 'small letters, digits and hyphens, a letter first', ...(meant === null ? {} : { hint: `write ${meant}` }) };
}).meta({ pattern: ID.source });

/** A string, or an object with a string for each language. */
export function textOf(most: number) {
  const byLanguage = z
    .record(Language, words(most), { error: 'a text, or an object with a text for each language' })
    .refine((t) => Object.keys(t).length > 0, 'a text in one language at least');
  return z.union([words(most), byLanguage], { error: 'a text, or an object with a text for each language such as { it: Anagrafe, en: Registry }' });
}

const Interval = judged('an interval such as "09:00-12:00"', (text) => {
  const span = readSpan(text);
  if ('start' in span) return null;
  const [first, ...more] = spansMeant(withoutCurlyQuotes(text) ?? text);
  if (span.hint !== undefined || first === undefined) return span;
  return { ...span, hint: more.length === 0 ? `write "${first}"` : `write each for itself: ${[first, ...more].map((one) => JSON.stringify(one)).join(', ')}` };
}).meta({ pattern: SPAN.source, description: 'From-to, 24 hours. The end is not part of it; 24:00 is midnight; 22:00-02:00 goes over midnight.' });

/** More intervals than any day needs. */
export const MOST_SPANS = 48;
export const Spans = list(Interval, 'a list of intervals such as ["09:00-12:00"]').max(MOST_SPANS, `at most ${MOST_SPANS} intervals`);

/** What an office suggests as topics: as many as a telephone shows without pushing the rest of the form away, each in a few words. */
export const [MOST_TOPICS, TOPIC_LENGTH] = [8, 60] as const;

export const Day = judged('a date such as 2026-12-24', (text) => {
  if (readDay(text) !== null) return null;
  const meant = dayMeant(text);
  if (meant !== null && !isMonthDay(meant)) return { expected: 'a date such as 2026-12-24', hint: `write ${meant}` };
  return { expected: /^\d{4}-\d{2}-\d{2}$/u.test(text) ? 'a date that exists' : 'a date such as 2026-12-24' };
}).meta({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

/** How to write a day of the year. @param meant the day that was meant, where that is plain */
const monthFirst = (meant: string | null): string => `first the month, then the day${meant === null ? '' : `: "${meant.slice(-5)}"`}`;

export const MonthDay = judged('a day of the year such as "06-24"', (text) =>
  isMonthDay(text) ? null : { expected: 'a day of the year such as "06-24"', hint: monthFirst(dayMeant(text)) },
).meta({ pattern: '^\\d{2}-\\d{2}$' });

/** A date, or a day of every year. */
export const AnyDay = judged('a date such as 2026-12-24, or a day of every year such as "12-24"', (text) => {
  if (readDay(text) !== null || isMonthDay(text)) return null;
  const meant = dayMeant(text);
  const hint = meant === null ? {} : { hint: isMonthDay(meant) ? monthFirst(meant) : `write ${meant}` };
  return { expected: 'a date that exists such as 2026-12-24, or a day of every year such as "12-24"', ...hint };
},
).meta({ pattern: '^(\\d{4}-)?\\d{2}-\\d{2}$' });

export const ZoneName = judged('a time zone such as Europe/Rome', (text) => {
  if (isZone(text)) return null;
  const near = nearestName(text, ['UTC', ...Intl.supportedValuesOf('timeZone')]);
  return { expected: 'a time zone such as Europe/Rome', ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
});

export const Rule = judged('a recurrence rule such as "FREQ=MONTHLY;BYDAY=1SA"', (text) => {
  const rule = readRule(text);
  if ('expected' in rule) return rule;
  return occurs(rule) ? null : { expected: 'a recurrence rule that gives a day now and then' };
}).meta({ description: 'RFC 5545, of whole days: FREQ, INTERVAL, COUNT, UNTIL (a date), BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYSETPOS, WKST. It starts on 2020-01-01, or by a line DTSTART:20260105 above it.' });

export const Url = z.url({ protocol: /^https?$/u, error: 'an address such as https://comune.example/privacy' });

export const MailAddress = shaped('an e-mail address such as urp@comune.example', /^[^\s@<>(),;:"\\]{1,64}@[a-zA-Z0-9.-]{1,253}$/u);

/** Without a name and a password: whoever reads a log of addresses would read them as well. */
export const Hook = shaped('an address such as https://comune.example/avvisi', /^https?:\/\/[^\s\/?#@]{1,260}([\/?#]\S{0,1500})?$/u);

/** A page that people are sent to. */
export const SecureUrl = z.url({ protocol: /^https$/u, error: 'an https address such as https://comune.example/prenota' }).max(1000, 'at most 1000 characters');

/** Digits of the longest number there is (ITU-T E.164). */
const LONGEST_NUMBER = 15;
const PHONE = /^\+?[\d][\d ()/.-]{2,30}$/u;

/** One that can be dialled. */
export const Phone = judged('a telephone number such as "+39 099 000 0000"', (text) => {
  if (PHONE.test(text) && text.replace(/\D/gu, '').length <= LONGEST_NUMBER) return null;
  const [, first] = /^\s*(\+?\d[\d ().-]{3,28}\d)\s*(?:[/,;]|e\s|int|est|ext|interno)/iu.exec(text) ?? [];
  return { expected: 'a telephone number such as "+39 099 000 0000"', ...(first === undefined ? {} : { hint: `write "${first.trim()}" alone; another number or an extension can stand in the description` }) };
}).meta({ pattern: PHONE.source });

/** Where another comune's reception is: scheme and host alone. Without TLS only on this machine, for trying. */
export const ReceptionUrl = judged('the address of a reception such as https://reception.altro.example', (text) => {
  const expected = 'the address of a reception such as https://reception.altro.example';
  if (text.length > 300 || !URL.canParse(text)) return { expected };
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  if (`${username}${password}${search}${hash}` !== '' || pathname !== '/') return { expected: 'the address of a reception, without anything behind its host' };
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return null;
  return { expected: 'an address of https' };
}).meta({ description: 'Where its reception is, without a path.' });

/** What text needs to be read (WCAG 2.2, 1.4.3). */
const LEAST_CONTRAST = 4.5;

/** A comune's own: white is written on it, and it is written in on white. */
export const BrandColour = judged('a colour such as "#0066cc"', (text) => {
  if (!COLOUR.test(text)) return { expected: 'a colour such as "#0066cc"' };
  const contrast = whiteOn(text);
  if (contrast >= LEAST_CONTRAST) return null;
  return { expected: 'a colour that white can be read on', hint: `its contrast is ${contrast.toFixed(1)}:1, and ${LEAST_CONTRAST}:1 is needed; a darker shade of it is "${brandColour(text)}"` };
}).meta({ pattern: COLOUR.source });

export const Colour = shaped('a colour such as "#0066cc"', COLOUR);

/** Matrix specification, appendices, "Server name". */
export const ServerName = shaped('the name of a homeserver such as comune.example', /^([a-zA-Z0-9.-]{1,230}|\[[0-9a-fA-F:.]{2,45}\])(:\d{1,5})?$/u);

/** Matrix specification, `m.room.server_acl`: `*` stands for any characters, `?` for one. */
export const ServerGlob = shaped('the name of a homeserver, in which * stands for anything, such as *.spam.example', /^[a-zA-Z0-9.*?:[\]-]{1,255}$/u);

export const Flag = z.boolean({ error: 'true or false' });

/** More than nothing, at most a year. */
export const Minutes = z.number({ error: 'a number of minutes' }).gt(0, 'a number of minutes above 0').max(525_600, 'a number of minutes, at most a year (525600)');

/** How many of something: at least one, and no more than that many. */
export const upTo = (most: number) => z.int({ error: 'a whole number' }).min(1, 'a whole number above 0').max(most, `a whole number, at most ${most}`);
export const Count = upTo(1_000_000);
