/** What the pages say to machines that read them: offices in the words of schema.org, as JSON-LD. Pure. */
import type { ComuneBody, OfficeBody } from '@portineria/config/api';
import { WEEKDAYS, weekdayOf, writeDay } from '@portineria/config/days';
import { readSpans, writeSpan, type Span } from '@portineria/config/spans';
import { text } from '@portineria/config/text';
import type { DayOfWeek, GovernmentOffice, GovernmentOrganization, OpeningHoursSpecification, WithContext } from 'schema-dts';
import { daily } from './hours.ts';

/** How many days ahead are told whose hours are not those of the week, today being the first. */
const DAYS_AHEAD = 60;
const NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((name) => `https://schema.org/${name}` as DayOfWeek);

/** Days one after the other that have the same hours, and not those of the week; none is closed. */
interface SpecialDays {
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  hours: string[];
}

/** When an office is open, as schema.org tells it: a week, and days that are not as it says. Intervals are as the file has them. */
export interface StructuredHours {
  /** Seven days, Monday first. */
  week: string[][];
  special: SpecialDays[];
}

/** The hours of an office from today on: rules, exceptions, closures and holidays are days of their own. */
export const structuredHours = daily(({ calendar }, today, { hours, always }): StructuredHours => {
  const week = WEEKDAYS.map((day) => (always ? ['00:00-24:00'] : merged(readSpans(hours[day] ?? []))));
  const open = new Map(calendar.days(today, today + DAYS_AHEAD).map(({ day, spans }) => [day, merged(spans)]));
  const special: SpecialDays[] = [];
  for (let day = today; day < today + DAYS_AHEAD; day++) {
    const own = open.get(day) ?? [];
    if (own.join() === week[weekdayOf(day)]?.join()) continue;
    const last = special.at(-1);
    if (last?.to === writeDay(day - 1) && last.hours.join() === own.join()) last.to = writeDay(day);
    else special.push({ from: writeDay(day), to: writeDay(day), hours: own });
  }
  return { week, special };
});

/** Spans of a day as one says them: what overlaps or touches is one. */
function merged(spans: readonly Span[]): string[] {
  const found: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else found.push({ ...span });
  }
  return found.map(writeSpan);
}

/** From when to when. A day ends within itself here: what ended at 24:00 would begin the next (OpeningHoursSpecification, closes). */
function clock(hours: string): Pick<OpeningHoursSpecification, 'opens' | 'closes'> {
  const [opens = '', closes = ''] = hours.split('-');
  return { opens, closes: closes === '24:00' ? '23:59' : closes };
}

function weekly(week: readonly (readonly string[])[]): OpeningHoursSpecification[] {
  return [...new Set(week.flat())].map((hours) => ({
    '@type': 'OpeningHoursSpecification',
    dayOfWeek: NAMES.filter((_, day) => week[day]?.includes(hours)),
    ...clock(hours),
  }));
}

/** What has no `opens` is closed (OpeningHoursSpecification). */
function specially({ from, to, hours }: SpecialDays): OpeningHoursSpecification[] {
  const days = { '@type': 'OpeningHoursSpecification', validFrom: from, validThrough: to } as const;
  return hours.length === 0 ? [days] : hours.map((one) => ({ ...days, ...clock(one) }));
}

/** An office, for its own page. @param publicUrl where people reach the reception, without a path */
export function structuredOffice(office: OfficeBody, comune: ComuneBody, { week, special }: StructuredHours, language: string, publicUrl: string): WithContext<GovernmentOffice> {
  const languages = [language, ...comune.languages];
  const description = text(office.description, languages);
  const url = addressOf(publicUrl, `/o/${office.id}`);
  return {
    '@context': 'https://schema.org',
    '@type': 'GovernmentOffice',
    '@id': url,
    name: text(office.name, languages),
    ...(description === '' ? {} : { description }),
    url,
    ...(office.phone === null ? {} : { telephone: office.phone }),
    ...(office.address === undefined ? {} : { address: text(office.address, languages) }),
    openingHoursSpecification: weekly(week),
    specialOpeningHoursSpecification: special.flatMap(specially),
    parentOrganization: organization(comune, language, publicUrl),
  };
}

/** The comune with its offices, for the page of all. */
export function structuredComune(comune: ComuneBody, language: string, publicUrl: string): WithContext<GovernmentOrganization> {
  const languages = [language, ...comune.languages];
  return {
    '@context': 'https://schema.org',
    ...organization(comune, language, publicUrl),
    department: comune.offices.map(({ id, name }) => ({ '@type': 'GovernmentOffice', '@id': addressOf(publicUrl, `/o/${id}`), name: text(name, languages), url: addressOf(publicUrl, `/o/${id}`) })),
  };
}

function organization(comune: ComuneBody, language: string, publicUrl: string): Exclude<GovernmentOrganization, string> {
  const languages = [language, ...comune.languages];
  return {
    '@type': 'GovernmentOrganization',
    '@id': addressOf(publicUrl, '/'),
    name: text(comune.name, languages),
    url: addressOf(publicUrl, '/'),
    ...(comune.arms === undefined ? {} : { logo: addressOf(publicUrl, comune.arms) }),
    ...(comune.phone === null ? {} : { telephone: comune.phone }),
    ...(comune.address === undefined ? {} : { address: text(comune.address, languages) }),
  };
}

const addressOf = (publicUrl: string, path: string): string => new URL(path, publicUrl).href;
