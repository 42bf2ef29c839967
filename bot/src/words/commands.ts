/** What staff say in an office's room, understood. Pure. */
import type { EventId } from '@portineria/config/ids';
import { nearest } from '@portineria/config/nearest';
import { isEnd, signOf, type Sign } from '@portineria/config/reactions';
import { Message, Reaction } from '../ground/matrix.ts';

/** An answer by a reaction, on the card that it is put to. */
export interface Tap {
  readonly card: EventId;
  readonly kind: Sign;
}

/** Reads a reaction; null when it is no answer. */
export function readTap(content: unknown): Tap | null {
  const reaction = Reaction.safeParse(content);
  if (!reaction.success) return null;
  const { event_id, key } = reaction.data['m.relates_to'];
  const kind = signOf(key);
  return kind === null ? null : { card: event_id, kind };
}

/** Reads a reaction in a visit's room: which event it is under, if it ends the visit; else null. */
export function readEnd(content: unknown): EventId | null {
  const reaction = Reaction.safeParse(content);
  if (!reaction.success) return null;
  const { event_id, key } = reaction.data['m.relates_to'];
  return isEnd(key) ? event_id : null;
}

/** The words of each command; the first in Italian, the second in English. */
const WORDS = {
  admit: ['apri', 'open'],
  soon: ['attendi', 'wait'],
  decline: ['rifiuta', 'decline'],
  end: ['fine', 'end'],
  back: ['rimetti', 'return'],
  invite: ['invita', 'invite'],
  pass: ['passa', 'pass'],
  write: ['scrivi', 'write'],
  queue: ['coda', 'queue'],
  hours: ['orario', 'hours'],
  pause: ['pausa', 'pause'],
  close: ['chiudi', 'close'],
  reopen: ['riapri', 'reopen'],
  prolong: ['prolunga', 'extend'],
  help: ['aiuto', 'help'],
} as const;

export type Verb = keyof typeof WORDS;
const VERBS: ReadonlyMap<string, Verb> = new Map((Object.keys(WORDS) as Verb[]).flatMap((verb) => WORDS[verb].map((word) => [word, verb])));
/** Those that are about somebody, whom a number or a card names. */
const OF_SOMEBODY: ReadonlySet<Verb> = new Set(['admit', 'soon', 'decline', 'end', 'back', 'invite', 'write']);
/** Of these nothing follows but the number: "!apri tre" means somebody in particular, and not whoever is next. */
const NUMBER_ALONE: ReadonlySet<Verb> = new Set(['admit', 'soon', 'end', 'back']);

/** How somebody is passed on to an office, as an example: `!passa anagrafe 3`. */
export function passExample(language: string, office: string, number = 3): string {
  return `!${WORDS.pass[language.startsWith('it') ? 0 : 1]} ${office} ${number}`;
}

/** A command as an example, in the words of a language: `!apri 3`. */
export function exampleOf(verb: Verb, language: string, number = 3): string {
  const word = `!${WORDS[verb][language.startsWith('it') ? 0 : 1]}`;
  if (verb === 'write') return language.startsWith('it') ? `${word} ${number} Arrivo subito` : `${word} ${number} I am coming`;
  if (verb === 'pass') return passExample(language, 'anagrafe', number);
  if (verb === 'invite') return `${word} @dora:comune.example ${number}`;
  if (verb === 'pause' || verb === 'prolong') return `${word} 15m`;
  return OF_SOMEBODY.has(verb) ? `${word} ${number}` : word;
}

export interface Command {
  readonly verb: Verb | 'unknown';
  /** Of one that is not understood, what may have been meant. */
  readonly near: Verb | null;
  /** The ticket's number, where one is given. */
  readonly number: number | null;
  /** The card, or the call in reply to it, under which the command is said. */
  readonly card: EventId | null;
  /** The thread in which it is said. */
  readonly thread: EventId | null;
  /** What follows: a reason, a message, or how long. */
  readonly words: string | null;
}

/** More in one message are not read. */
const MOST = 20;

/** Reads a message of commands, each on a line that begins with `!`; what other lines say belongs to the one before. Empty when it does not begin with one. Italian and English words are understood everywhere. */
export function readCommands(content: unknown): readonly Command[] {
  const message = Message.safeParse(content);
  if (!message.success || message.data.msgtype !== 'm.text') return [];
  const relation = message.data['m.relates_to'];
  if (relation?.rel_type === 'm.replace') return [];
  // In a thread each message replies to the one before; what the thread hangs at is the card.
  const thread = (relation?.rel_type === 'm.thread' ? relation.event_id : null) ?? null;
  const card = thread ?? relation?.['m.in_reply_to']?.event_id ?? null;
  const text = halfWidth(withoutFallback(message.data.body, card !== null));
  if (!text.startsWith('!')) return [];
  const commands = text.split(/\n\s*(?=!)/u).slice(0, MOST).map((line) => readLine(line, card, thread));
  // A line that is none is no command: then nothing in the message is.
  return commands.every((command) => command !== null) ? commands : [];
}

function readLine(line: string, card: EventId | null, thread: EventId | null): Command | null {
  const match = COMMAND.exec(line.trim());
  if (match === null) return null;
  const [, space = '', word = '', digits, rest = ''] = match;
  const small = word.toLowerCase();
  const known = VERBS.get(small);
  // "! attenzione" is said to people.
  if (known === undefined && space !== '') return null;
  const words = [...rest.trim()].slice(0, LONGEST).join('');
  // Of a command about nobody, a number is part of what follows: "!pausa 15 min".
  const isOfSomebody = known === undefined || OF_SOMEBODY.has(known);
  // "!invita @dora:comune.example 12": whom it is about comes last.
  const last = known === 'invite' && digits === undefined ? LAST.exec(words) : null;
  const given = digits ?? last?.[2];
  const number = given === undefined || !isOfSomebody ? null : Number(given);
  const isUnclear = known !== undefined && NUMBER_ALONE.has(known) && number === null && words !== '';
  const follows = isOfSomebody ? (last?.[1] ?? words) : [...line.trim().replace(/^!\s*\p{L}+\s*/u, '')].slice(0, LONGEST).join('');
  const verb = known === undefined || isUnclear ? 'unknown' : known;
  return { verb, near: verb === 'unknown' ? (known ?? VERBS.get(nearest(small, [...VERBS.keys()]) ?? '') ?? null) : null, number, card, thread, words: follows === '' ? null : follows };
}

/** A word; a number, with or without "n." before it, as cards write it; and what follows. */
const COMMAND = /^!(\s*)(\p{L}+)\s*(?:(?:numero|nr\.?|n\s*[.°º]?|#)?\s*(\d{1,6})(?=[.,;:!]*(?:\s|$))[.,;:!]*)?\s*(.*)$/isu;
/** Words that end with a number, as `COMMAND` has it. */
const LAST = /^(\S+)\s+(?:numero|nr\.?|n\s*[.°º]?|#)?\s*(\d{1,6})[.,;:!]*$/isu;
/** The longest words, in code points. */
const LONGEST = 500;

/** A reply's body may begin with what it replies to: lines with `>` and an empty one. */
function withoutFallback(body: string, reply: boolean): string {
  return (reply ? body.replace(/^(?:>[^\n]*\n)+\n?/u, '') : body).trim();
}

/** Signs and digits as some keyboards write them: U+FF01 to U+FF5E, and the wide space. */
function halfWidth(text: string): string {
  return text.replace(/[\uFF01-\uFF5E]/gu, (sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) - 0xfee0)).replaceAll('\u3000', ' ');
}
