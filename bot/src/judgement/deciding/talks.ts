/** What to do about the calls of visits: who has to be put out, what has to be ended, when to look. Pure. */
import type { UserId } from '@portineria/config/ids';
import type { Action } from '../actions.ts';
import { put, waitedBy, type Situation } from '../situation.ts';
import { NOBODY_IN_CALL, type CallPresence, type Visit } from '../visit.ts';

/** The time between two lists of who is in a visit's call, in milliseconds. */
export const LIST_AGAIN_MS = 20_000;
/**
 * Milliseconds after which a call that was ended, or that somebody was put out of, is seen to once more: whoever was just about to
 * enter is in it by then.
 */
export const CALL_END_AGAIN_MS = 3000;
/** Milliseconds that somebody may take from being let in to being listed. */
export const LISTING_GRACE_MS = 15_000;

function talkOf(s: Situation, { knock }: Visit): CallPresence {
  return s.talks.get(knock) ?? NOBODY_IN_CALL;
}

/** The visits whose calls run over a server of ours. */
function spoken(s: Situation): Visit[] {
  return [...s.visits.values()].filter(({ transport }) => transport?.type === 'livekit');
}

/** Who is in a visit's call and not in the visit. */
function strays(s: Situation, visit: Visit): UserId[] {
  return [...talkOf(s, visit).inside].filter((user) => visit.members.get(user)?.membership !== 'join');
}

/** Whether the call of a visit that has ended is ended for good. */
function isSilenced(endedAt: number, { endedAt: silencedAt }: CallPresence, now: number): boolean {
  return silencedAt !== null && (silencedAt >= endedAt + CALL_END_AGAIN_MS || now < endedAt + CALL_END_AGAIN_MS);
}

/** Ends the calls of visits that are over, and puts out who has left a visit: nobody goes on talking behind the porter's back. */
export function hangUps(s: Situation, now: number): Action[] {
  return spoken(s).flatMap((visit): Action[] => {
    if (visit.endedAt !== null) return isSilenced(visit.endedAt, talkOf(s, visit), now) ? [] : [{ kind: 'end-call', visit }];
    const users = strays(s, visit);
    return users.length > 0 ? [{ kind: 'hang-up', visit, users }] : [];
  });
}

/** Looks who is in the calls of running visits: the participants' own word for it may be lost. */
export function looks(s: Situation, now: number): Action[] {
  const due = spoken(s).filter((visit) => visit.endedAt === null && now >= talkOf(s, visit).lookAt);
  return due.length > 0 ? [{ kind: 'look-at-calls', visits: due }] : [];
}

/** Since when the visitor of a running visit has been alone in the call for too long; null when it is not so. */
export function aloneTooLong(s: Situation, visit: Visit, now: number): number | null {
  const { aloneSince } = talkOf(s, visit);
  return visit.endedAt === null && aloneSince !== null && now >= waitedBy(s, aloneSince, s.limits.alone) ? aloneSince : null;
}

/** When something is to be done about a visit's call, though nothing happens until then. */
export function nextTalk(s: Situation): number[] {
  return spoken(s).flatMap((visit) => {
    const { lookAt, aloneSince } = talkOf(s, visit);
    if (visit.endedAt !== null) return [visit.endedAt + CALL_END_AGAIN_MS];
    return aloneSince === null ? [lookAt] : [lookAt, waitedBy(s, aloneSince, s.limits.alone)];
  });
}

/** The call after somebody was let into it. @param isHost of the staff: then nobody is alone there */
export function entered(talk: CallPresence, user: UserId, now: number, isHost = false): CallPresence {
  const then = { ...talk, inside: new Set(talk.inside).add(user), entered: put(talk.entered, user, now) };
  return isHost ? { ...then, hosted: true, aloneSince: null } : then;
}

/** The call after people were put out of it. */
export function putOut(talk: CallPresence, users: readonly UserId[], now: number): CallPresence {
  const gone = new Set(users);
  return {
    ...talk,
    inside: new Set([...talk.inside].filter((user) => !gone.has(user))),
    entered: new Map([...talk.entered].filter(([user]) => !gone.has(user))),
    lookAt: now + CALL_END_AGAIN_MS,
  };
}

/**
 * The call after a look. Whoever was let in just before is inside, too, though not seen: forgotten now, nobody would put him out.
 * @param seen who is there by the word of the calls' server; undefined when it could not be asked
 */
export function looked(talk: CallPresence, { visitor, hosts }: Visit, seen: ReadonlySet<UserId> | undefined, now: number): CallPresence {
  if (seen === undefined) return { ...talk, lookAt: now + LIST_AGAIN_MS };
  const fresh = new Map([...talk.entered].filter(([, at]) => now < at + LISTING_GRACE_MS));
  const inside = new Set([...seen, ...fresh.keys()]);
  const isHosted = [...inside].some((user) => hosts.has(user));
  const aloneSince = talk.hosted && !isHosted && seen.has(visitor) ? (talk.aloneSince ?? now) : null;
  return { ...talk, inside, entered: fresh, heard: seen.has(visitor) ? now : talk.heard, hosted: talk.hosted || isHosted, aloneSince, lookAt: now + LIST_AGAIN_MS };
}
