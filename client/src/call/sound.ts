/** What the line under the call says: whether sound comes in and goes out, out of measured levels. Pure. */
import { AUDIBLE, type Levels } from './levels.ts';

/** What is known of the sound. Times in milliseconds since 1970. */
export interface Sound {
  incoming: 'alone' | 'held' | 'heard' | 'quiet' | 'nothing';
  /** `sent`: sound goes out, and nobody knows how loud. */
  outgoing: 'off' | 'gone' | 'sent' | 'heard' | 'quiet' | 'nothing';
  /** Since when it is as it is. */
  since: { incoming: number; outgoing: number };
  /** When something was heard last. */
  last: { incoming: number; outgoing: number };
  /** Since when voices arrive that have no keys; null when they have. */
  keyless: number | null;
}

/** What the page itself knows. */
export interface Scene {
  /** How many others are in the call. */
  others: number;
  /** Devices of others whose keys came. */
  keys: number;
  /** The microphone is on. */
  microphone: boolean;
  /** It was on, and is not there any more. */
  gone: boolean;
  /** The browser holds back what comes. */
  held: boolean;
}

/** How long a pause in speech may be, in milliseconds, before it is called quiet. */
const PAUSE = 3_000;
/** How long it may be quiet before it is worth a word of advice. */
export const LONG = 12_000;
/** How long keys may take. */
export const KEYS = 6_000;

/** Before anything was measured. */
export function unheard(now: number): Sound {
  return { incoming: 'alone', outgoing: 'quiet', since: { incoming: now, outgoing: now }, last: { incoming: 0, outgoing: 0 }, keyless: null };
}

/** What is known after the levels of a moment. */
export function listen(before: Sound, levels: Levels, scene: Scene, now: number): Sound {
  const last = {
    incoming: (levels.heard ?? 0) >= AUDIBLE ? now : before.last.incoming,
    outgoing: (levels.spoken ?? 0) >= AUDIBLE ? now : before.last.outgoing,
  };
  const incoming = scene.others === 0 ? 'alone' : scene.held ? 'held' : state(last.incoming, levels.heard, now);
  const outgoing = scene.gone ? 'gone' : scene.microphone ? spoken(last.outgoing, levels, now) : 'off';
  return {
    incoming,
    outgoing,
    since: {
      incoming: incoming === before.incoming ? before.since.incoming : now,
      outgoing: outgoing === before.outgoing ? before.since.outgoing : now,
    },
    last,
    keyless: levels.arriving > scene.keys ? (before.keyless ?? now) : null,
  };
}

/** Whether what arrives has gone without keys for too long. */
export function isKeyless(sound: Sound, now: number): boolean {
  return sound.keyless !== null && now - sound.keyless >= KEYS;
}

/** Whether a direction has been without sound for so long that a word of advice helps. */
export function needsAdvice(sound: Sound, direction: 'incoming' | 'outgoing', now: number): boolean {
  const is = sound[direction];
  return (is === 'quiet' || is === 'nothing') && now - sound.since[direction] >= LONG;
}

function spoken(last: number, levels: Levels, now: number): Sound['outgoing'] {
  return levels.spoken === null && levels.sending ? 'sent' : state(last, levels.spoken, now);
}

function state(last: number, level: number | null, now: number): 'heard' | 'quiet' | 'nothing' {
  if (now - last < PAUSE) return 'heard';
  return level === null ? 'nothing' : 'quiet';
}
