/** What is pressed at a desk: the same signs and commands that people send, and what has come of each. Pure. */
import { OFFERS } from '@portineria/config/reactions';
import { plainLine, plainText } from '@portineria/config/harmless';
import type { OfficeView } from './model.ts';
import type { DeskPowers, OfficeFacts, RoomEvent } from './port.ts';

/** What can be pressed. */
export type Wish =
  | { readonly kind: 'open' | 'soon'; readonly number: number }
  | { readonly kind: 'decline'; readonly number: number; readonly reason: string }
  | { readonly kind: 'write'; readonly number: number; readonly words: string }
  | { readonly kind: 'pass'; readonly number: number; readonly office: string; readonly note: string }
  | { readonly kind: 'end' | 'back' | 'link'; readonly number: number }
  | { readonly kind: 'pause' | 'prolong' | 'close' | 'reopen' };

/** A wish that was pressed. */
export interface Act {
  readonly id: number;
  readonly wish: Wish;
  readonly at: number;
  /** The event that carries it, once the homeserver has it. */
  readonly event: string | null;
  /** The homeserver did not take it. */
  readonly failed: boolean;
  /** It was seen to be done: what the room says later, as when the same visitor is back in the queue, does not begin it anew. */
  readonly settled: boolean;
  /** What the room's state said of the door when it was pressed. */
  readonly hand: unknown;
}

/** How a wish is said in the office: a sign under the card where there is one, else a command. */
export type Saying = { readonly card: string; readonly key: string } | { readonly text: string };

/** What the porter reads of a reason or of words, on one line: a line that begins with `!` would be a command of its own. */
const LONGEST = 480;
const [ADMIT, SOON, DECLINE] = OFFERS;

/** Whether a wish can be said at all: answers by a sign or a command, all else by commands. */
export function canSay(kind: Wish['kind'], { react, say }: DeskPowers): boolean {
  return say || (react && (kind === 'open' || kind === 'soon' || kind === 'decline'));
}

/** How a wish is said. @param card the card of whom it is about; null also where no signs can be put under it */
export function sayingOf(wish: Wish, card: string | null): Saying {
  switch (wish.kind) {
    case 'open': return card === null ? { text: `!apri ${wish.number}` } : { card, key: ADMIT };
    case 'soon': return card === null ? { text: `!attendi ${wish.number}` } : { card, key: SOON };
    case 'decline': {
      const reason = plainLine(wish.reason, LONGEST);
      return reason === '' && card !== null ? { card, key: DECLINE } : { text: `!rifiuta ${wish.number} ${reason}`.trim() };
    }
    case 'write': return { text: `!scrivi ${wish.number} ${plainLine(wish.words, LONGEST)}` };
    case 'pass': return { text: `!passa ${wish.office} ${wish.number} ${plainLine(wish.note, LONGEST)}`.trim() };
    case 'end': return { text: `!fine ${wish.number}` };
    case 'back': return { text: `!rimetti ${wish.number}` };
    case 'link': return { text: `!invita link ${wish.number}` };
    case 'pause': return { text: '!pausa 15m' };
    case 'prolong': return { text: '!prolunga 30m' };
    case 'close': return { text: '!chiudi' };
    case 'reopen': return { text: '!riapri' };
  }
}

/** After how long nothing that came of it is no longer waited for, in milliseconds. */
const OUTCOME_TIMEOUT_MS = 20_000;

/** Where an act stands: under way until the porter's own word shows that it is done; `silent` when that does not come. */
export type Standing = 'under_way' | 'done' | 'failed' | 'silent';

/** Where an act stands by what the room says now. */
export function standingOf(act: Act, facts: OfficeFacts, view: OfficeView, now: number): Standing {
  if (act.failed) return 'failed';
  if (act.settled || isDone(act, facts, view)) return 'done';
  return now - act.at > OUTCOME_TIMEOUT_MS ? 'silent' : 'under_way';
}

function isDone(act: Act, facts: OfficeFacts, view: OfficeView): boolean {
  // A command that cannot be obeyed is answered as well.
  if (replyTo(act, facts) !== null) return true;
  const { wish } = act;
  switch (wish.kind) {
    case 'open':
    case 'decline': return !view.waiting.some(({ number }) => number === wish.number);
    case 'soon': return view.waiting.every(({ number, soon }) => number !== wish.number || soon !== null);
    case 'end':
    case 'back': return !view.visits.some(({ number }) => number === wish.number);
    case 'pass': return ![...view.waiting, ...view.visits].some(({ number }) => number === wish.number);
    case 'write':
    case 'link': return false;
    case 'pause':
    case 'prolong':
    case 'close':
    case 'reopen': return JSON.stringify(facts.hand?.content) !== JSON.stringify(act.hand);
  }
}

/** What the porter answered to an act, in its words; null while it has not. */
export function replyTo({ event }: Act, { timeline, porter }: OfficeFacts): string | null {
  return event === null ? null : (repliesIn(timeline, porter).get(event) ?? null);
}

/** What was answered to what, in timelines that were looked through: once for all acts, as a day has thousands of events. */
const looked = new WeakMap<readonly RoomEvent[], ReadonlyMap<string, string>>();

function repliesIn(timeline: readonly RoomEvent[], porter: string): ReadonlyMap<string, string> {
  const known = looked.get(timeline);
  if (known !== undefined) return known;
  const replies = new Map<string, string>();
  for (const { sender, type, content } of timeline) {
    if (sender !== porter || type !== 'm.room.message') continue;
    const { body, 'm.relates_to': relation } = (content ?? {}) as { body?: unknown; 'm.relates_to'?: { 'm.in_reply_to'?: { event_id?: unknown } } };
    const to = relation?.['m.in_reply_to']?.event_id;
    if (typeof to === 'string' && typeof body === 'string') replies.set(to, plainText(body, 500));
  }
  looked.set(timeline, replies);
  return replies;
}

/** The link in what the porter answered; null where there is none. It leads to our own page, with its secret behind the `#`. */
export function linkIn(answer: string | null): string | null {
  return /https?:\/\/[^\s#]+#[\w-]+/u.exec(answer ?? '')?.[0] ?? null;
}

/** The wish of an act, told in a word that is the same for the same buttons. */
export function buttonOf(wish: Wish): string {
  return 'number' in wish ? `${wish.kind} ${wish.number}` : wish.kind;
}
