/**
 * A call's way, as one pure state machine: `step` takes a state and what happened, and gives the next state and what is to be done.
 * An event that means nothing in a state changes nothing.
 */
import type { TokenAnswer } from './port.ts';

/** Why there is no call. Writing goes on in all of them. */
export type Trouble =
  /** This browser cannot. */
  | 'browser'
  /** The visit names no way for its call. */
  | 'none'
  | Exclude<TokenAnswer, 'granted'>
  /** It broke off, or never came about. */
  | 'fault'
  /** Others are there, but their voices cannot be decrypted, however often it is joined. */
  | 'keyless';

export type Call =
  | { is: 'idle'; left: boolean }
  /** The permission is asked for and the frame loads at the same time; rejoins counts the attempts that nobody asked for. */
  | { is: 'opening'; granted: boolean; joined: boolean; rejoins: number }
  | { is: 'on'; rejoins: number }
  | { is: 'trouble'; why: Trouble }
  | { is: 'over' };

type Running = Extract<Call, { rejoins: number }>;

export type CallEvent =
  /** The visitor wants to speak; `obstacle` is what is known to be in the way. */
  | { type: 'begin'; obstacle: Trouble | null }
  | { type: 'answered'; answer: TokenAnswer }
  | { type: 'joined' }
  /** It was not joined in the time that it may take. */
  | { type: 'late' }
  | { type: 'fault' }
  /** Sound comes from others, and no keys for it. */
  | { type: 'keyless' }
  /** The line to the calls' server has been away for so long that Element Call has given up. */
  | { type: 'unlinked' }
  /** Somebody is heard. */
  | { type: 'heard' }
  /** The call's own button for leaving. */
  | { type: 'hung_up' }
  /** Our button for leaving. */
  | { type: 'hang_up' }
  /** The visit is over, or its page goes. */
  | { type: 'over' };

export type CallCommand =
  /** Ask for the permission; `answered` follows. */
  | 'ask'
  /** Open the call in its frame, after what was dropped is gone; `joined` follows, or `late`. */
  | 'open'
  /** Leave with a goodbye, then take the frame away. */
  | 'leave'
  /** Take the frame away; others are told that we left. */
  | 'drop'
  /** Ask now and then whether the call can be had again, which nobody wanted to leave: `begin` follows once it can. */
  | 'seek';

export interface CallStep {
  state: Call;
  commands: CallCommand[];
}

/** How often a call is joined again for want of keys, before that is called a trouble. */
export const REJOINS = 2;
/** How often because it broke off or never came about: on a slow line or device the second attempt has all that the first one had to load. */
export const RETRIES = 1;

/** Before anything happened. */
export const AT_REST: Call = { is: 'idle', left: false };

/** One step. Never throws. */
export function step(state: Call, event: CallEvent): CallStep {
  switch (state.is) {
    case 'idle':
    case 'trouble':
      return resting(state, event);
    case 'opening':
      return opening(state, event);
    case 'on':
      return on(state, event);
    case 'over':
      return to(state);
  }
}

function resting(state: Call, event: CallEvent): CallStep {
  if (event.type === 'over') return to({ is: 'over' });
  if (event.type !== 'begin') return to(state);
  if (event.obstacle !== null) return to({ is: 'trouble', why: event.obstacle });
  return open(0);
}

function opening(state: Extract<Call, { is: 'opening' }>, event: CallEvent): CallStep {
  switch (event.type) {
    case 'answered':
      if (event.answer !== 'granted') return to({ is: 'trouble', why: event.answer }, 'drop', ...(state.rejoins > 0 && event.answer !== 'refused' ? ['seek' as const] : []));
      return settled({ ...state, granted: true });
    case 'joined':
      return settled({ ...state, joined: true });
    case 'late':
      return failed(state);
    default:
      return running(state, event);
  }
}

function on(state: Extract<Call, { is: 'on' }>, event: CallEvent): CallStep {
  switch (event.type) {
    case 'keyless':
      if (state.rejoins >= REJOINS) return to({ is: 'trouble', why: 'keyless' }, 'drop');
      return open(state.rejoins + 1, 'drop');
    case 'heard':
      return state.rejoins === 0 ? to(state) : to({ is: 'on', rejoins: 0 });
    default:
      return running(state, event);
  }
}

/** What ends a call, whether it was joined yet or not. */
function running(state: Running, event: CallEvent): CallStep {
  switch (event.type) {
    case 'fault':
      return failed(state);
    case 'unlinked':
      return to({ is: 'trouble', why: 'unavailable' }, 'drop', 'seek');
    case 'hung_up':
      return to({ is: 'idle', left: true }, 'drop');
    case 'hang_up':
      return to({ is: 'idle', left: true }, 'leave');
    case 'over':
      return to({ is: 'over' }, 'drop');
    default:
      return to(state);
  }
}

/** It broke off, or never came about. */
function failed({ rejoins }: Running): CallStep {
  return rejoins < RETRIES ? open(rejoins + 1, 'drop') : to({ is: 'trouble', why: 'fault' }, 'drop');
}

function open(rejoins: number, ...before: CallCommand[]): CallStep {
  return to({ is: 'opening', granted: false, joined: false, rejoins }, ...before, 'ask', 'open');
}

function settled(state: Extract<Call, { is: 'opening' }>): CallStep {
  return to(state.granted && state.joined ? { is: 'on', rejoins: state.rejoins } : state);
}

function to(state: Call, ...commands: CallCommand[]): CallStep {
  return { state, commands };
}
