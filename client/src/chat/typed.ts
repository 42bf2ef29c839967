/** What is being written in a visit, seen by the others as it is written (real-time text: EN 301 549, 6.2). Pure. */
import { TYPED_LENGTH, type TypedContent } from '@portineria/config/events';

/** How long a turn is shown of which nothing is heard, in milliseconds: its page has gone. */
export const TURN_LIFE_MS = 30_000;
/** How far apart the words that tell that one reads are at least, to one device, in milliseconds; and the answers to one that does not know it yet. */
const [READS_EVERY_MS, ANSWER_EVERY_MS] = [10_000, 1_000];
/** How often a device that keeps silent is told it. The first time it may not have been ready to hear, or not have seen us enter. */
const MOST_GREETINGS = 3;
/** How long a device is told what is being written without a word of it, in milliseconds. */
const UNHEARD_MS = 45_000;

/** A turn of somebody else's. */
interface Turn {
  readonly turn: string;
  readonly seq: number;
  readonly text: string;
  /** When it was heard. */
  readonly at: number;
}

/** The last turn of each, by user id. */
export type Turns = ReadonlyMap<string, Turn>;

/** The turns after a word of somebody's; what comes late counts no more. */
export function hearTurn(turns: Turns, user: string, { turn, seq, text }: Omit<TypedContent, 'room'>, now: number): Turns {
  const before = turns.get(user);
  return before?.turn === turn && before.seq >= seq ? turns : new Map(turns).set(user, { turn, seq, text, at: now });
}

/** A turn as a message names it. */
export const turnKey = (user: string, turn: string): string => `${user} ${turn}`;

/**
 * What is being written now, by whom.
 * @param sent the turns that have become messages, by `turnKey`
 * @param isHere whether somebody is in the visit
 */
export function shownTurns(turns: Turns, sent: ReadonlySet<string>, isHere: (user: string) => boolean, now: number): [user: string, text: string][] {
  return [...turns]
    .filter(([user, { turn, text, at }]) => text.trim() !== '' && now - at < TURN_LIFE_MS && isHere(user) && !sent.has(turnKey(user, turn)))
    .map(([user, { text }]) => [user, text]);
}

/** What of the field goes to the others: its end, without half a character. */
export function toldOf(words: string): string {
  return words.slice(-TYPED_LENGTH).replace(/^[\uDC00-\uDFFF]/u, '');
}

/** Another device in the visit. */
export interface Reader {
  /** It has said that it shows what is being written. */
  readonly reads: boolean;
  /** When it was told last that we do; null for never. */
  readonly greeted: number | null;
  /** How often it was told so. */
  readonly greetings: number;
  /** When it was told last in answer; null for never. */
  readonly answered: number | null;
  /** Since when it was told something without a word of its own; null for not since it was heard. */
  readonly waiting: number | null;
}

export const STRANGER: Reader = { reads: false, greeted: null, greetings: 0, answered: null, waiting: null };

/** Whether a device is told what is being written. */
export function isReading({ reads, waiting }: Reader, now: number): boolean {
  return reads && (waiting === null || now - waiting < UNHEARD_MS);
}

/** Whether a device that was heard is to be told that we read. @param isAsking it has not heard of us yet: only what comes in a flood is left without an answer */
export function isGreetedBack({ greeted, answered }: Pick<Reader, 'greeted' | 'answered'>, isAsking: boolean, now: number): boolean {
  const [last, apart] = isAsking ? [answered, ANSWER_EVERY_MS] : [greeted, READS_EVERY_MS];
  return last === null || now - last >= apart;
}

/** Whether a device is told it unasked: one that has kept silent, as another client's does, a few times at most. */
export function isGreetedFirst(reader: Reader, now: number): boolean {
  if (reader.greeted === null) return true;
  return !isReading(reader, now) && isGreetedBack(reader, false, now) && (reader.reads || reader.greetings < MOST_GREETINGS);
}
