/**
 * Reading a recurrence rule's text strictly: RFC 5545, section 3.3.10.
 *
 * rrule's own parser takes nearly anything and lets unknown parts pass. Only what speaks of days is allowed, since the
 * clock times of a rule stand in its `hours`. No TZID and no UNTIL in UTC: dates are those of the comune.
 */
import { dayOf } from './days.ts';

const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY'] as const;
/** The weekdays as rules have them, Monday first. */
export const RULE_DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const LISTS = { BYMONTH: 12, BYMONTHDAY: 31, BYYEARDAY: 366, BYWEEKNO: 53, BYSETPOS: 366 } as const;
const PARTS = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY', ...Object.keys(LISTS)];
/** Rules without a start count from here, in days since 1970. */
export const EPOCH = dayOf(2020, 1, 1) ?? 0;

export interface RuleParts {
  freq: (typeof FREQUENCIES)[number];
  interval: number;
  count: number | null;
  /** The last day that may still be given (days since 1970). */
  until: number | null;
  /** The first day that may be given. */
  start: number;
  wkst: (typeof RULE_DAYS)[number];
  /** `nth` 0 is every such day. */
  byday: { nth: number; day: (typeof RULE_DAYS)[number] }[] | null;
  bymonth: number[] | null;
  bymonthday: number[] | null;
  byyearday: number[] | null;
  byweekno: number[] | null;
  bysetpos: number[] | null;
}

/** What a rule's text should have been. */
export interface RuleFault {
  expected: string;
  hint?: string;
}

class Wrong extends Error {
  readonly hint: string | undefined;
  constructor(expected: string, hint?: string) {
    super(expected);
    this.hint = hint;
  }
}

/** Reads `FREQ=...`, with or without `RRULE:` before it and a line `DTSTART:YYYYMMDD` above it. Capitals or not (RFC 5545, 2). */
export function readRule(text: string): RuleParts | RuleFault {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { expected: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

function read(text: string): RuleParts {
  const lines = text.toUpperCase().split(/\r?\n/u).map((line) => line.trim()).filter((line) => line !== '');
  const rule = lines.pop() ?? '';
  const parts = partsOf(rule.replace(/^RRULE:/u, ''));
  const freq = oneOf(FREQUENCIES, 'FREQ', parts.get('FREQ'));
  const rest: RuleParts = {
    freq,
    interval: whole('INTERVAL', parts.get('INTERVAL'), 1000) ?? 1,
    count: whole('COUNT', parts.get('COUNT'), 1000),
    until: until(parts.get('UNTIL')),
    start: startOf(lines),
    wkst: parts.has('WKST') ? oneOf(RULE_DAYS, 'WKST', parts.get('WKST')) : 'MO',
    byday: byday(parts.get('BYDAY')),
    bymonth: list('BYMONTH', parts),
    bymonthday: list('BYMONTHDAY', parts),
    byyearday: list('BYYEARDAY', parts),
    byweekno: list('BYWEEKNO', parts),
    bysetpos: list('BYSETPOS', parts),
  };
  together(rest);
  return rest;
}

function partsOf(rule: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of rule.replace(/;$/u, '').split(';')) {
    const [key = '', value, ...more] = part.split('=');
    if (value === undefined || value === '' || more.length > 0) throw new Wrong('a recurrence rule such as "FREQ=MONTHLY;BYDAY=1SA"');
    if (/^BY(HOUR|MINUTE|SECOND)$/u.test(key)) throw new Wrong(`a rule without ${key}`, 'the clock times stand in hours');
    if (key === 'TZID' || key === 'DTSTART') throw new Wrong(`a rule without ${key}`, 'dates are those of the comune; a start is a line "DTSTART:20260105" above the rule');
    if (!PARTS.includes(key)) throw new Wrong(`a rule of the parts ${PARTS.join(', ')}`, `${key} is none of them`);
    if (parts.has(key)) throw new Wrong(`${key} once`);
    parts.set(key, value);
  }
  return parts;
}

function startOf(lines: readonly string[]): number {
  const [line, ...more] = lines;
  if (line === undefined) return EPOCH;
  const found = /^DTSTART(?:;VALUE=DATE)?:(\d{8})(?:T\d{6})?$/u.exec(line);
  const start = found === null || more.length > 0 ? null : dated(found[1] ?? '');
  if (start === null) throw new Wrong('one rule, and at most a line such as "DTSTART:20260105" above it', 'no time zone and no Z: dates are those of the comune');
  return start;
}

function until(value: string | undefined): number | null {
  if (value === undefined) return null;
  const found = /^(\d{8})(?:T\d{6})?$/u.exec(value);
  const day = found === null ? null : dated(found[1] ?? '');
  if (day === null) throw new Wrong('UNTIL as a date such as UNTIL=20261231', 'no Z: the date is the last one in the comune itself');
  return day;
}

function dated(digits: string): number | null {
  return dayOf(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)), Number(digits.slice(6, 8)));
}

function oneOf<const T extends readonly string[]>(names: T, key: string, value: string | undefined): T[number] {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new Wrong(`${key} as one of ${names.join(', ')}`);
  return found;
}

function whole(key: string, value: string | undefined, most: number): number | null {
  if (value === undefined) return null;
  const found = /^\d{1,4}$/u.test(value) ? Number(value) : 0;
  if (found < 1 || found > most) throw new Wrong(`${key} from 1 to ${most}`);
  return found;
}

function list(key: keyof typeof LISTS, parts: Map<string, string>): number[] | null {
  const value = parts.get(key);
  if (value === undefined) return null;
  const most = LISTS[key];
  return value.split(',').map((item) => {
    const found = /^[+-]?\d{1,3}$/u.test(item) ? Number(item) : 0;
    const negative = found < 0 && key === 'BYMONTH';
    if (found === 0 || Math.abs(found) > most || negative) throw new Wrong(`${key} as numbers from 1 to ${most}${key === 'BYMONTH' ? '' : ', or from the end with a minus'}`);
    return found;
  });
}

function byday(value: string | undefined): RuleParts['byday'] {
  if (value === undefined) return null;
  return value.split(',').map((item) => {
    const found = /^([+-]?\d{1,2})?([A-Z]{2})$/u.exec(item);
    const day = RULE_DAYS.find((name) => name === found?.[2]);
    const nth = found?.[1] === undefined ? 0 : Number(found[1]);
    if (day === undefined || (found?.[1] !== undefined && nth === 0) || Math.abs(nth) > 53) throw new Wrong('BYDAY as days such as MO or 1SA (the first Saturday) or -1FR (the last Friday)');
    return { nth, day };
  });
}

/** What the RFC forbids side by side, and what would leave a day to guess. */
function together(rule: RuleParts): void {
  const { freq } = rule;
  const nths = rule.byday?.some(({ nth }) => nth !== 0) === true;
  if (rule.count !== null && rule.until !== null) throw new Wrong('COUNT or UNTIL, not both');
  if (rule.until !== null && rule.until < rule.start) throw new Wrong('an UNTIL that is not before the start', 'without a line DTSTART a rule starts on 2020-01-01');
  if (rule.byweekno !== null && (freq !== 'YEARLY' || rule.byday === null)) throw new Wrong('BYWEEKNO only with FREQ=YEARLY and BYDAY');
  if (rule.byyearday !== null && freq !== 'YEARLY') throw new Wrong('BYYEARDAY only with FREQ=YEARLY');
  if (rule.bymonthday !== null && freq === 'WEEKLY') throw new Wrong('BYMONTHDAY not with FREQ=WEEKLY');
  if (nths && (rule.byweekno !== null || (freq !== 'YEARLY' && freq !== 'MONTHLY'))) throw new Wrong('a number before a day of BYDAY only with FREQ=MONTHLY or YEARLY');
  const inMonth = freq === 'MONTHLY' || rule.bymonth !== null;
  if (inMonth && rule.byday?.some(({ nth }) => Math.abs(nth) > 5) === true) throw new Wrong('a number from 1 to 5 before a day of BYDAY', 'a month has at most five of each');
  if (rule.bysetpos !== null) setpos(rule);
}

/** BYSETPOS picks from the days of one period, of which there must be more than one. */
function setpos(rule: RuleParts): void {
  const most = { YEARLY: 366, MONTHLY: 31, WEEKLY: rule.byday?.length ?? 1, DAILY: 0 }[rule.freq];
  const other = rule.byday ?? rule.bymonth ?? rule.bymonthday ?? rule.byyearday;
  if (other === null || most === 0) throw new Wrong('BYSETPOS only beside another BY part, and not with FREQ=DAILY');
  if (rule.bysetpos?.some((pos) => Math.abs(pos) > most) === true) throw new Wrong(`BYSETPOS up to ${most} here, as many days as there are to pick from`);
}
