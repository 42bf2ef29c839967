/** What to do about the calls of visits: who has to be put out, what has to be ended, when to look. Pure. */
import type { UserId } from '@portineria/config/ids';
import type { Action } from './actions.ts';
import { NO_TALK, put, type Situation, type Talk, type Visit } from './situation.ts';

/** Milliseconds between two looks at who is in a visit's call. */
export const LOOK_AGAIN = 60_000;
/**
 * Milliseconds after which a call that was ended, or that somebody was put out of, is seen to once more: whoever was just about to
 * enter is in it by then.
 */
export const ECHO = 3000;
/** Milliseconds that somebody may take from being let in to being listed. */
export const ENTERING = 15_000;

function talkOf(s: Situation, { knock }: Visit): Talk {
  return s.talks.get(knock) ?? NO_TALK;
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
function isSilenced(endedAt: number, { endedAt: silencedAt }: Talk, now: number): boolean {
  return silencedAt !== null && (silencedAt >= endedAt + ECHO || now < endedAt + ECHO);
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

/** When something is to be done about a visit's call, though nothing happens until then. */
export function nextTalk(s: Situation): number[] {
  return spoken(s).map((visit) => (visit.endedAt === null ? talkOf(s, visit).lookAt : visit.endedAt + ECHO));
}

/** The call after somebody was let into it. */
export function entered(talk: Talk, user: UserId, now: number): Talk {
  return { ...talk, inside: new Set(talk.inside).add(user), entered: put(talk.entered, user, now) };
}

/** The call after people were put out of it. */
export function putOut(talk: Talk, users: readonly UserId[], now: number): Talk {
  const gone = new Set(users);
  return {
    ...talk,
    inside: new Set([...talk.inside].filter((user) => !gone.has(user))),
    entered: new Map([...talk.entered].filter(([user]) => !gone.has(user))),
    lookAt: now + ECHO,
  };
}

/**
 * The call after a look. Whoever was let in just before is inside, too, though not seen: forgotten now, nobody would put him out.
 * @param seen who is there by the word of the calls' server; undefined when it could not be asked
 */
export function looked(talk: Talk, { visitor }: Visit, seen: ReadonlySet<UserId> | undefined, now: number): Talk {
  if (seen === undefined) return { ...talk, lookAt: now + LOOK_AGAIN };
  const fresh = new Map([...talk.entered].filter(([, at]) => now < at + ENTERING));
  return { ...talk, inside: new Set([...seen, ...fresh.keys()]), entered: fresh, heard: seen.has(visitor) ? now : talk.heard, lookAt: now + LOOK_AGAIN };
}
