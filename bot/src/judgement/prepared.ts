/** What is true of a room that stands ready, once something was done about it. Pure. */
import type { EventId, UserId } from '@portineria/config/ids';
import type { Action, Done, Leaver } from './actions.ts';
import { put, type Situation } from './situation.ts';
import type { Prepared, Presence } from './visit.ts';

/** @throws Error when `done` does not fit the action, a fault in this program */
export function prepared(s: Situation, { ticket: { knock, visitor }, ready, place }: Extract<Action, { kind: 'prepare' }>, done: Done, now: number): Situation {
  if (done === null || !('room' in done || 'blocked' in done)) throw new Error('prepare must bring a room, or that nobody can be invited');
  const known = s.prepared.get(knock);
  // Asked for at another server, the invitation may come when the door is open, or nobody waits any more.
  if (ready !== null && known === undefined) return s;
  const presence = (user: UserId, membership: 'invite' | 'leave'): [UserId, Presence] => [user, { membership, at: now, by: s.porter }];
  const invited = 'blocked' in done ? [presence(visitor, 'leave')] : (done.invited ?? []).map((user) => presence(user, 'invite'));
  const room = 'room' in done ? done.room : known?.room;
  if (room === undefined) throw new Error('Nobody is invited to a room that is not made');
  return { ...s, prepared: put(s.prepared, knock, { ...known, room, knock, visitor, members: new Map([...invited, ...(known?.members ?? [])]), ...(place === undefined ? {} : { place }) }) };
}

/** Another place is said in a room, if it still stands ready. */
export function placed(s: Situation, knock: EventId, place: string): Situation {
  const known = s.prepared.get(knock);
  return known === undefined ? s : { ...s, prepared: put(s.prepared, knock, { ...known, place }) };
}

/** People were shown out of a room that stood ready. */
export function emptied(s: Situation, { knock }: Prepared, leavers: readonly Leaver[], now: number): Situation {
  const known = s.prepared.get(knock);
  if (known === undefined) return s;
  const members = new Map(known.members);
  for (const { user } of leavers) members.set(user, { membership: 'leave', at: now, by: s.porter });
  return { ...s, prepared: put(s.prepared, knock, { ...known, members }) };
}
