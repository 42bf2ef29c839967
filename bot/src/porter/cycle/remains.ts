/**
 * What should be gone and is not yet, since the homeserver does not do it. That somebody can be received and that somebody should look are
 * two things: what remains holds no visit up, is tried again and again, and is said where operators look.
 */
import type { Action } from '../../judgement/actions.ts';

export type Remains = 'room' | 'account' | 'redaction';
export type RemainsCount = Readonly<Record<Remains, number>>;
export const NOTHING_REMAINS: RemainsCount = { room: 0, account: 0, redaction: 0 };

/** What is not gone while an action fails; null where it erases nothing. */
export function remainsOf({ kind }: Pick<Action, 'kind'>): Remains | null {
  switch (kind) {
    case 'purge':
    case 'discard':
    case 'remove-door':
      return 'room';
    case 'erase':
      return 'account';
    case 'forget':
    case 'clear-words':
      return 'redaction';
    default:
      return null;
  }
}

/** All together. */
export function sumOf(counts: Iterable<RemainsCount>): RemainsCount {
  let sum = NOTHING_REMAINS;
  for (const { room, account, redaction } of counts) sum = { room: sum.room + room, account: sum.account + account, redaction: sum.redaction + redaction };
  return sum;
}

/** For operators; null when nothing remains. */
export function remainsSentence({ room, account, redaction }: RemainsCount): string | null {
  const parts = [...(room > 0 ? [`${room} rooms`] : []), ...(account > 0 ? [`${account} accounts`] : []), ...(redaction > 0 ? [`what named ${redaction} visitors`] : [])];
  if (parts.length === 0) return null;
  return `The homeserver has not erased all that it should: ${parts.join(', ')}. It is tried again, with the administrator's token as it is written down then; the log says why it fails.`;
}
