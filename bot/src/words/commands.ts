/** What staff say in an office's room, understood. Pure. */
import type { EventId } from '@portineria/config/ids';
import { Message, Reaction } from '../ground/matrix.ts';

/** An answer by a reaction, on the card that it is put to. */
export interface Tap {
  readonly card: EventId;
  readonly kind: 'admit' | 'decline';
}

export const ADMIT = '✅';
export const DECLINE = '❌';
/** What the porter puts under a card, to be tapped. */
export const OFFERS = [ADMIT, DECLINE] as const;
const TAPS: ReadonlyMap<string, Tap['kind']> = new Map([[ADMIT, 'admit'], ['👍', 'admit'], [DECLINE, 'decline'], ['👎', 'decline']]);

/** Reads a reaction; null when it is no answer. Emoji pickers add the variation selector U+FE0F to some. */
export function readTap(content: unknown): Tap | null {
  const reaction = Reaction.safeParse(content);
  if (!reaction.success) return null;
  const { event_id, key } = reaction.data['m.relates_to'];
  const kind = TAPS.get(key.replaceAll('\uFE0F', ''));
  return kind === undefined ? null : { card: event_id, kind };
}

/** What ends a visit under the porter's first line in its room. */
export const END = '🚪';
const ENDS: ReadonlySet<string> = new Set([END, DECLINE]);

/** Reads a reaction in a visit's room: which event it is under, if it ends the visit; else null. */
export function readEnd(content: unknown): EventId | null {
  const reaction = Reaction.safeParse(content);
  if (!reaction.success) return null;
  const { event_id, key } = reaction.data['m.relates_to'];
  return ENDS.has(key.replaceAll('\uFE0F', '')) ? event_id : null;
}

export type Verb = 'admit' | 'decline' | 'end' | 'help';
const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['apri', 'admit'],
  ['open', 'admit'],
  ['rifiuta', 'decline'],
  ['decline', 'decline'],
  ['fine', 'end'],
  ['end', 'end'],
  ['aiuto', 'help'],
  ['help', 'help'],
]);

export interface Command {
  readonly verb: Verb | 'unknown';
  /** The ticket's number, where one is given. */
  readonly number: number | null;
  /** The card, or the call in reply to it, under which the command is said. */
  readonly card: EventId | null;
  /** What follows, for the visitor. */
  readonly reason: string | null;
}

/** Reads a message that begins with `!`; null when it is none. Italian and English words are understood everywhere. */
export function readCommand(content: unknown): Command | null {
  const message = Message.safeParse(content);
  if (!message.success || message.data.msgtype !== 'm.text') return null;
  const relation = message.data['m.relates_to'];
  if (relation?.rel_type === 'm.replace') return null;
  // In a thread each message replies to the one before; what the thread hangs at is the card.
  const card = (relation?.rel_type === 'm.thread' ? relation.event_id : relation?.['m.in_reply_to']?.event_id) ?? null;
  const match = COMMAND.exec(withoutFallback(message.data.body, card !== null));
  if (match === null) return null;
  const [, word = '', digits, rest = ''] = match;
  const reason = [...rest.trim()].slice(0, REASON).join('');
  const number = digits === undefined ? null : Number(digits);
  const verb = VERBS.get(word.toLowerCase()) ?? 'unknown';
  // "!apri tre" means somebody in particular, and not whoever is next.
  const isUnclear = (verb === 'admit' || verb === 'end') && number === null && reason !== '';
  return { verb: isUnclear ? 'unknown' : verb, number, card, reason: reason === '' ? null : reason };
}

/** A word; a number, with or without "n." before it, as cards write it; and what follows. */
const COMMAND = /^!(\p{L}+)\s*(?:(?:numero|nr\.?|n\s*[.°º]?|#)?\s*(\d{1,6})(?=[.,;:!]*(?:\s|$))[.,;:!]*)?\s*(.*)$/isu;
/** The longest reason, in code points. */
const REASON = 200;

/** A reply's body may begin with what it replies to: lines with `>` and an empty one. */
function withoutFallback(body: string, reply: boolean): string {
  return (reply ? body.replace(/^(?:>[^\n]*\n)+\n?/u, '') : body).trim();
}
