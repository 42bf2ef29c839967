/** What to write in place of what people write by habit: hours, dates, names and quotes as they stand on a comune's page. */
import { isMonthDay, readDay } from './days.ts';
import { SPAN } from './spans.ts';

/** A time as people write it: `8`, `8.30`, `08:30`, `8h30`. */
const CLOCK = String.raw`(\d{1,2})(?:[.:,h](\d{2}))?`;
/** From one time to another: `8.30-12`, `dalle 8.30 alle 12`, `9 to 12`. */
const FROM_TO = new RegExp(String.raw`${CLOCK}\s*(?:-|–|—|alle|ore|a|to|till?|until|fino|ad|al|le|bis|\s)+\s*${CLOCK}(?![\d.:]|\s*[-–—])`, 'giu');
/** Words between and around intervals: whatever else stands there, it was not hours that were meant. */
const AROUND = /\b(?:dalle|dal|ore|from|von|h|e|ed|and|und|poi|anche)\b|[,;/+&.\s]/giu;
const CLOSED = /^\s*(?:chius[oaie]|closed|geschlossen|ferm[ée]e?|zaprto|no|none|-|–|—|\/)?\s*$/iu;

/** Whether somebody wrote that it is closed. */
export function meansClosed(text: string): boolean {
  return CLOSED.test(text);
}

/** The intervals that a text means, as the file has them; none where it is not plain which. */
export function spansMeant(text: string): string[] {
  const found = [...text.matchAll(FROM_TO)];
  if (found.length === 0 || text.replace(FROM_TO, ' ').replace(AROUND, '') !== '') return [];
  const spans = found.map(([, fromHour = '', fromMinute = '00', toHour = '', toMinute = '00']) => `${fromHour.padStart(2, '0')}:${fromMinute}-${toHour.padStart(2, '0')}:${toMinute}`);
  return spans.every((span) => SPAN.test(span)) ? spans : [];
}

/** A list as the file has it. */
export function listed(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
}

/** The day that somebody means who writes it as one does in Italy, in the file's form; null where it is none. */
export function dayMeant(text: string): string | null {
  const [, date = '', month = '', year] = /^\s*(\d{1,2})\s*[-/. ]\s*(\d{1,2})(?:\s*[-/. ]\s*(\d{4}))?\s*$/u.exec(text) ?? [];
  const short = `${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  if (year === undefined) return isMonthDay(short) ? short : null;
  return readDay(`${year}-${short}`) === null ? null : `${year}-${short}`;
}

/** An id made of what somebody wrote for one; null where nothing is left of it. */
export function idMeant(text: string): string | null {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/gu, '-').replace(/^-+|-+$/gu, '');
  const [, digits = '', rest = ''] = /^((?:\d+-?)*)(.*)$/u.exec(plain) ?? [];
  const id = [rest, digits.replace(/-$/u, '')].filter((part) => part !== '').join('-').slice(0, 63);
  return /^[a-z]/u.test(id) ? id : null;
}

/** What stands between quotes that YAML does not know, as text processors make them; null where there are none. */
export function withoutCurlyQuotes(text: string): string | null {
  const [, inside] = /^\s*[“”„«‘’](.*)[“”»’‘]\s*$/su.exec(text) ?? [];
  return inside === undefined || inside.trim() === '' ? null : inside.trim();
}
