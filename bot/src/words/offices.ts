/** Which office staff mean by its id or its name, in whatever they write behind `!passa`. Pure. */
import { nearest } from '@portineria/config/nearest';

/** An office, and all that it may be called: its id, and its names in all languages. */
export interface Callable<Id extends string = string> {
  readonly id: Id;
  readonly names: readonly string[];
}

/** To where, whom, and with which words for the colleagues there. */
export interface PassWords<Id extends string = string> {
  /** Null where no office is called so. */
  readonly office: Id | null;
  /** What was written in its place, and the id of the office that is called nearly so. */
  readonly asked: string;
  readonly near: Id | null;
  /** The ticket's number, where one is given. */
  readonly number: number | null;
  readonly note: string | null;
}

/** More words than any office's name has. */
const MOST_WORDS = 10;
const NUMBER = String.raw`(?:(?:numero|nr\.?|n\s*[.°º]?|#)\s*)?(\d{1,6})(?=[.,;:!]*(?:\s|$))[.,;:!]*`;
const LEADING = new RegExp(`^${NUMBER}\\s*(.*)$`, 'isu');
const WITHIN = new RegExp(`\\s${NUMBER}(?:\\s|$)`, 'iu');

/** Reads `anagrafe 12 note`, `12 anagrafe note`, and under a card `anagrafe note`. A name may be of several words. */
export function readPass<Id extends string>(words: string, offices: readonly Callable<Id>[]): PassWords<Id> {
  const before = LEADING.exec(words.trim());
  const from = before?.[2] ?? words.trim();
  const parts = from === '' ? [] : from.split(/\s+/u);
  const ids = new Map(offices.flatMap(({ id, names }) => [id, ...names].map((name): [string, Id] => [spelling(name), id])).toReversed());
  for (let count = Math.min(parts.length, MOST_WORDS); count > 0; count--) {
    const office = ids.get(spelling(parts.slice(0, count).join(' ')));
    if (office !== undefined) return { office, asked: '', near: null, ...rest(parts.slice(count).join(' '), before?.[1]) };
  }
  const number = WITHIN.exec(` ${from}`);
  const asked = number === null ? (parts[0] ?? '') : ` ${from}`.slice(0, number.index).trim() || (parts[0] ?? '');
  const near = ids.get(nearest(spelling(asked), [...ids.keys()]) ?? '') ?? null;
  const given = before?.[1] ?? number?.[1];
  return { office: null, asked, near, number: given === undefined ? null : Number(given), note: null };
}

function rest(text: string, leading: string | undefined): Pick<PassWords, 'number' | 'note'> {
  const after = leading === undefined ? LEADING.exec(text) : null;
  const given = leading ?? after?.[1];
  const note = (after?.[2] ?? text).trim();
  return { number: given === undefined ? null : Number(given), note: note === '' ? null : note };
}

/** A name as it is compared: small, without accents, apostrophes straight, nothing at its end. */
function spelling(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase().replace(/\s+/gu, ' ').replace(/[.,;:!]+$/u, '').trim();
}
