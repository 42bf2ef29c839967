/**
 * The porter's judgement: what to do about what is true. Pure; `now` is in milliseconds since 1970.
 * Carrying out everything it names leaves nothing to name: `decide(after(actions))` is empty.
 */
import { doorAt, type Door } from '@portineria/config/door';
import { accounts, nextAccounts } from './deciding/accounts.ts';
import type { Action } from './actions.ts';
import { nextWriting, writeBeforeActing, writeBeforeTelling, writeDown } from './deciding/book.ts';
import { cards, describe, nextCards } from './deciding/cards.ts';
import { doors, nextDoors, noteDoor, reportDoor, setDoor } from './deciding/doors.ts';
import { answered, atDoor, clearKnocks, clearWords, nextKnocks } from './deciding/knocks.ts';
import { nextPlaces, publish, showAnswers, tell } from './deciding/places.ts';
import { adopt, bring, passOn } from './deciding/passing.ts';
import { closeElsewhere, escalate, nextEscalation } from './deciding/escalation.ts';
import { nextWords, showPlaces } from './deciding/ownclients.ts';
import { discard, nextReady, prepare } from './deciding/ready.ts';
import type { Situation } from './situation.ts';
import { giveLinks } from './deciding/links.ts';
import { hangUps, looks, nextTalk } from './deciding/talks.ts';
import { empower, nextVisits, visits } from './deciding/visits.ts';
import { MINUTE } from './waits.ts';

/** The longest time between two looks, in milliseconds. */
export const LONGEST_PAUSE_MS = 5 * MINUTE;

export interface Decision {
  /** In the order of urgency. The porter does the first, then asks again. */
  readonly actions: readonly Action[];
  /** When to look again, though nothing should happen until then. */
  readonly next: number;
}

export function decide(situation: Situation, now: number): Decision {
  const door = doorAt(situation.timetable, situation.hand, now);
  const actions = [
    ...writeBeforeActing(situation, now),
    ...setDoor(situation),
    ...hangUps(situation, now),
    ...bring(situation),
    ...adopt(situation),
    ...passOn(situation),
    ...atDoor(situation, door, now),
    ...answered(situation, door),
    ...visits(situation, now),
    ...showAnswers(situation, now),
    ...describe(situation),
    ...putOut(situation),
    ...accounts(situation, now),
    ...looks(situation, now),
    ...writeBeforeTelling(situation, now),
    ...tell(situation, now),
    ...empower(situation),
    ...clearKnocks(situation),
    ...clearWords(situation),
    ...closeElsewhere(situation),
    ...cards(situation, now),
    ...escalate(situation, now),
    ...situation.remarks.map((remark): Action => ({ kind: 'reply', remark })),
    ...giveLinks(situation, now),
    ...reportDoor(situation),
    ...noteDoor(situation, door),
    ...writeDown(situation, now),
    ...publish(situation, now),
    ...discard(situation, now),
    ...prepare(situation, door),
    ...showPlaces(situation, door, now),
    ...doors(situation, now),
  ];
  return { actions, next: nextLook(situation, door, now) };
}

/** Whoever is not of the staff does not belong into the office. */
function putOut(s: Situation): Action[] {
  return [...s.strangers].map((user) => ({ kind: 'put-out', user }));
}

function nextLook(s: Situation, door: Door, now: number): number {
  const moments = [now + LONGEST_PAUSE_MS, door.until, door.next, s.hand?.until, nextWriting(s), ...nextPlaces(s), ...nextCards(s), ...nextEscalation(s), ...nextVisits(s), ...nextReady(s), ...nextWords(s), ...nextTalk(s), ...nextDoors(s, now), ...nextAccounts(s), ...nextKnocks(s)];
  return Math.min(...moments.filter((moment): moment is number => typeof moment === 'number' && moment > now));
}
