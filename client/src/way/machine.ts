/**
 * The citizen's way through the reception: one pure state machine.
 * `step` takes a state and what happened and gives the next state and what is to be done.
 * An event that means nothing in a state changes nothing.
 */
import type { VisitorBody } from '@portineria/config/api';
import type { TicketContent } from '@portineria/config/events';
import type { OfficeId, RoomId } from '@portineria/config/ids';
import { coded, resumed } from './resumed.ts';
import { isLive, type Draft, type Kept, type Live, type LiveState, type Place, type Refusal, type Stage, type State } from './state.ts';

/** What the visitor does. */
export type Act =
  | { type: 'submit'; draft: Draft }
  | { type: 'again' }
  | { type: 'keep' }
  | { type: 'leave' }
  | { type: 'take_over' }
  | { type: 'code'; code: string };

/** What the session with the homeserver tells. */
export type Told =
  | { type: 'knocked' }
  | { type: 'ticket'; ticket: TicketContent }
  /** This browser has lost the keys of the device, and nobody could write to it. */
  | { type: 'keys_lost' }
  | { type: 'barred' }
  /** The knock did not get to the office's homeserver. */
  | { type: 'unreached' }
  | { type: 'invited' }
  | { type: 'joined'; room: RoomId }
  | { type: 'visit_over' }
  | { type: 'vanished' }
  | { type: 'expired' }
  | { type: 'lost' }
  | { type: 'returned' }
  /** The homeserver is there, and the porter has said nothing for minutes. */
  | { type: 'silent' };

export type Event =
  | Act
  | Told
  | { type: 'account'; account: VisitorBody }
  | { type: 'too_many'; until: number; message: string | null }
  | { type: 'shut'; message: string | null }
  | { type: 'failed'; why: Refusal; message: string | null }
  | { type: 'resume'; kept: Kept }
  | { type: 'renewed'; account: VisitorBody }
  /** The code was good: this device has what another one had. */
  | { type: 'handed'; kept: Kept }
  | { type: 'unfit'; message: string | null }
  /** Another device has what this one had. */
  | { type: 'moved' }
  | { type: 'elsewhere' }
  | { type: 'free' }
  | { type: 'left' };

/** What is to be done outside, in order. */
export type Command =
  /** Ask the porter for an account. */
  | { do: 'ask'; office: OfficeId; draft: Draft }
  /** Have a code's knock or visit handed to this device. */
  | { do: 'redeem'; code: string }
  /** Keep this for a reload. */
  | { do: 'keep'; kept: Kept }
  /** Knock, or go on with the knock that stands. */
  | { do: 'start'; account: VisitorBody; stage: Stage }
  /** Have the account given another device, the session stopped before; `renewed` follows. */
  | { do: 'renew'; account: VisitorBody }
  /** Catch the visitor's ear. */
  | { do: 'ring' }
  /** Take the knock or the visit back and have the account erased; `left` follows. */
  | { do: 'leave'; account: VisitorBody }
  /** Stop the session and forget all that this browser holds of it. */
  | { do: 'wipe' }
  /** Stop the session, but keep what is stored: another tab has it. */
  | { do: 'stop' }
  /** Load the list anew: this page may still hold on to keys of the visit that another tab has ended. */
  | { do: 'afresh' }
  /** Take the session from the other tab; `resume` follows. */
  | { do: 'take_over' };

/** A next state with what is to be done. */
export interface Step {
  state: State;
  commands: Command[];
}

/** One step of the way. Never throws. */
export function step(state: State, event: Event): Step {
  if (isLive(state)) return state.at === 'leaving' ? leaving(state, event) : live(state, event);
  if (event.type === 'resume') return resumed(event.kept);
  if (event.type === 'elsewhere') return to({ at: 'elsewhere' });
  switch (state.at) {
    case 'asking':
      return asking(state, event);
    case 'code':
      return coded(state, event);
    case 'elsewhere':
      if (event.type === 'take_over') return to(state, { do: 'take_over' });
      return event.type === 'free' ? to({ at: 'list' }, { do: 'afresh' }) : to(state);
    case 'too_many':
    case 'refused':
      if (event.type === 'again') return to({ at: 'office', office: state.office, draft: state.draft });
      return browsing(state, event);
    default:
      return browsing(state, event);
  }
}

/** States in which nothing runs: links lead anywhere, and the door may be knocked at. */
function browsing(state: Exclude<State, LiveState | { at: 'asking' | 'code' | 'elsewhere' }>, event: Event): Step {
  if (!('office' in state)) return to(state);
  if (event.type === 'again') return to({ at: 'office', office: state.office, draft: null });
  if (event.type === 'submit' && state.at === 'office') {
    const { office } = state;
    return to({ at: 'asking', office, draft: event.draft }, { do: 'ask', office, draft: event.draft });
  }
  return to(state);
}

function asking(state: Extract<State, { at: 'asking' }>, event: Event): Step {
  const { office, draft } = state;
  switch (event.type) {
    case 'account': {
      const { account } = event;
      return to(
        { at: 'knocking', office, account, link: 'up' },
        { do: 'keep', kept: { office, account, stage: 'made', queue: null } },
        { do: 'start', account, stage: 'made' },
      );
    }
    case 'too_many':
      return to({ at: 'too_many', office, draft, until: event.until, message: event.message });
    case 'shut':
      return to({ at: 'closed', office, message: event.message });
    case 'failed':
      return to({ at: 'refused', office, draft, why: event.why, message: event.message });
    default:
      return to(state);
  }
}

/** The same state at the office that a ticket tells of: another one may have passed the visitor on to it, at any moment and while this page was away. */
function followed<T extends Live>(state: T, event: Event): T {
  const isThere = event.type === 'ticket' && event.ticket.office !== state.office && event.ticket.from !== undefined;
  return isThere ? { ...state, office: event.ticket.office } : state;
}

/** The same state once the porter is heard again. */
function heard<T extends Live>(state: T, event: Event): T {
  const isWord = event.type === 'ticket' || event.type === 'invited' || event.type === 'joined';
  return isWord && state.link === 'silent' ? { ...state, link: 'up' } : state;
}

function live(here: Exclude<LiveState, { at: 'leaving' }>, event: Event): Step {
  const state = heard(followed(here, event), event);
  const { office, account, link } = state;
  const admitted = state.at === 'joining' || state.at === 'visit';
  switch (event.type) {
    case 'lost':
    case 'returned':
      return to(linked(state, event.type === 'lost' ? 'down' : 'up'));
    case 'silent':
      // In a visit the porter has nothing to say.
      return to(admitted ? state : linked(state, 'silent'));
    case 'elsewhere':
      return to({ at: 'elsewhere' }, { do: 'stop' });
    case 'moved':
      return over({ at: 'moved', office });
    case 'keys_lost':
      return to(state, { do: 'renew', account });
    case 'renewed': {
      const kept: Kept = { office, account: event.account, stage: admitted ? 'admitted' : state.at === 'knocking' ? 'made' : 'knocked', queue: 'queue' in state ? state.queue : null };
      return to({ ...state, account: event.account }, { do: 'keep', kept }, { do: 'start', account: event.account, stage: kept.stage });
    }
    case 'leave': {
      const end = admitted ? 'left' : 'withdrawn';
      return to({ at: 'leaving', office, account, end, link }, { do: 'leave', account });
    }
    case 'joined':
      if (state.at === 'visit') return to(state);
      return to(
        { at: 'visit', office, account, link, room: event.room, message: state.at === 'joining' ? state.message : null },
        ...(admitted ? [] : [{ do: 'ring' } as const]),
        { do: 'keep', kept: { office, account, stage: 'inside', queue: null } },
      );
    case 'barred':
      return to({ at: 'leaving', office, account, end: 'barred', link }, { do: 'leave', account });
    case 'expired':
    case 'visit_over':
      // Without an account there is neither a knock nor a visit.
      if (admitted) return finished(state);
      return event.type === 'expired' ? over({ at: 'gone', office, why: link === 'silent' ? 'silent' : 'lost' }) : to(state);
    case 'vanished':
      return finished(state);
    default:
      if (state.office !== here.office && event.type === 'ticket') return ticketed(state, event.ticket);
      return admitted ? awaited(state, event) : queued(state, event);
  }
}

/** A visit is over. Nobody has been in it where this page, asleep or without a connection, never came in. */
function finished(state: Exclude<LiveState, { at: 'leaving' }>): Step {
  const hasBeenInside = state.at === 'visit' || (state.at === 'joining' && state.entered);
  return over(hasBeenInside ? ended(state, 'ended') : { at: 'gone', office: state.office, why: 'missed' });
}

/** The door was opened. The queue means nothing then, unless nobody comes who had opened: the knock is back at its place. */
function awaited(state: Extract<LiveState, { at: 'joining' | 'visit' }>, event: Event): Step {
  if (event.type !== 'ticket' || event.ticket.office !== state.office) return to(state);
  const { state: says, message = null } = event.ticket;
  if (says === 'waiting' || says === 'unanswered') return ticketed(state, event.ticket);
  return to(says === 'opened' && message !== state.message ? { ...state, message } : state);
}

function queued(state: Extract<LiveState, { at: 'knocking' | 'waiting' | 'unanswered' }>, event: Event): Step {
  const { office, account, link } = state;
  switch (event.type) {
    case 'ticket':
      return event.ticket.office === office ? ticketed(state, event.ticket) : to(state);
    case 'knocked':
      if (state.at !== 'knocking') return to(state);
      return to(state, { do: 'keep', kept: { office, account, stage: 'knocked', queue: null } });
    case 'invited':
      return opened(state);
    case 'unreached':
      // A word of the porter's has come: the knock stands there, whatever its sender was answered.
      if (state.at !== 'knocking') return to(state);
      return to({ at: 'leaving', office, account, end: 'unreached', link }, { do: 'leave', account });
    case 'keep':
      if (state.at !== 'unanswered') return to(state);
      return to({ at: 'waiting', office, account, link, queue: state.queue, kept: true, message: state.message });
    default:
      return to(state);
  }
}

function ticketed(state: Exclude<LiveState, { at: 'leaving' }>, ticket: TicketContent): Step {
  const { office, account, link } = state;
  const queue: Place = { number: ticket.number, place: ticket.place, wait: ticket.wait };
  const keep = { do: 'keep', kept: { office, account, stage: 'knocked', queue } } as const;
  const message = ticket.message ?? null;
  switch (ticket.state) {
    case 'waiting':
      return to({ at: 'waiting', office, account, link, queue, kept: false, message }, keep);
    case 'unanswered':
      // Who chose to wait on is not asked again at every ticket.
      if (state.at === 'waiting' && state.kept) return to({ ...state, queue, message }, keep);
      return to({ at: 'unanswered', office, account, link, queue, message }, keep);
    case 'opened':
      return opened(state, message);
    case 'declined':
      return over({ at: 'declined', office, message });
    case 'closed':
      return over({ at: 'closed', office, message });
    case 'gone':
      return over({ at: 'gone', office, why: 'lost' });
  }
}

/** The door opens: the visit's room comes next. */
function opened({ office, account, link }: Live, message: string | null = null): Step {
  const keep = { do: 'keep', kept: { office, account, stage: 'admitted', queue: null } } as const;
  return to({ at: 'joining', office, account, link, entered: false, message }, { do: 'ring' }, keep);
}

function leaving(state: Extract<State, { at: 'leaving' }>, event: Event): Step {
  switch (event.type) {
    case 'left':
    case 'expired':
      if (state.end === 'unreached' || state.end === 'barred') return over({ at: 'refused', office: state.office, draft: null, why: state.end === 'barred' ? 'failed' : 'away', message: null });
      return over(ended(state, state.end));
    case 'lost':
    case 'returned':
      return to(linked(state, event.type === 'lost' ? 'down' : 'up'));
    default:
      return to(state);
  }
}

/** The same state with the connection as it is; the very same when nothing changed. That the homeserver answers does not say that the porter was heard. */
function linked<T extends LiveState>(state: T, link: Live['link']): T {
  return state.link === link || (state.link === 'silent' && link === 'up') ? state : { ...state, link };
}

/** Whoever was received may say how easy it was, once nothing else of the visit is left. */
function ended({ office, account: { feedback } }: Live, end: Extract<State, { at: 'ended' }>['end']): State {
  return { at: 'ended', office, end, ...(end === 'withdrawn' ? {} : { feedback }) };
}

function over(state: State): Step {
  return to(state, { do: 'wipe' });
}

function to(state: State, ...commands: Command[]): Step {
  return { state, commands };
}
