/**
 * Italian public holidays: law 260/1949 as amended, last by law 151/2025, which brings 4 October back from 2026 on.
 * Sundays are holidays by the same law; whether an office opens on Sundays is left to its hours, but for Easter: who opens
 * on certain Sundays is shut then. Our own dozen lines: date-holidays says the same of 2025 to 2027, but takes 45 MB for it.
 */
import german from '../languages/de.json' with { type: 'json' };
import english from '../languages/en.json' with { type: 'json' };
import french from '../languages/fr.json' with { type: 'json' };
import italian from '../languages/it.json' with { type: 'json' };
import slovene from '../languages/sl.json' with { type: 'json' };
import { dayOf } from './days.ts';
import type { LocalText } from './events.ts';

type Name = keyof typeof italian.holidays;

const LANGUAGES = { it: italian, en: english, de: german, fr: french, sl: slovene };

const FIXED: readonly { name: Name; month: number; date: number; since?: number }[] = [
  { name: 'new-year', month: 1, date: 1 },
  { name: 'epiphany', month: 1, date: 6 },
  { name: 'liberation', month: 4, date: 25 },
  { name: 'labour', month: 5, date: 1 },
  { name: 'republic', month: 6, date: 2 },
  { name: 'assumption', month: 8, date: 15 },
  { name: 'francis', month: 10, date: 4, since: 2026 },
  { name: 'all-saints', month: 11, date: 1 },
  { name: 'immaculate', month: 12, date: 8 },
  { name: 'christmas', month: 12, date: 25 },
  { name: 'stephen', month: 12, date: 26 },
];

/** Which holidays a comune keeps: the country's, and its patron's day as `MM-DD`. */
export interface Holidays {
  country: 'IT';
  patron: string | null;
}

/** The holidays of a year by day (days since 1970), each with its name. A patron of 29 February has leap years only. */
export function holidaysOf(kept: Holidays | null, year: number): Map<number, LocalText> {
  const found = new Map<number, LocalText>();
  if (kept === null) return found;
  if (kept.patron !== null) {
    const [month, date] = kept.patron.split('-').map(Number);
    put(found, dayOf(year, month ?? 0, date ?? 0), 'patron');
  }
  for (const { name, month, date, since } of FIXED) {
    if (since === undefined || year >= since) put(found, dayOf(year, month, date), name);
  }
  put(found, easter(year), 'easter');
  put(found, easter(year) + 1, 'easter-monday');
  return found;
}

/** Easter Sunday of the Gregorian calendar, in days since 1970 (Meeus, Astronomical Algorithms, chapter 8). */
export function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - d + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const sum = h + l - 7 * m + 114;
  return dayOf(year, Math.floor(sum / 31), (sum % 31) + 1) ?? Number.NaN;
}

function put(into: Map<number, LocalText>, day: number | null, name: Name): void {
  if (day !== null) into.set(day, Object.fromEntries(Object.entries(LANGUAGES).map(([language, { holidays }]) => [language, holidays[name]])));
}
