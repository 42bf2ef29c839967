/** Properties of what is decided, and the steps in which they are looked at. */
import fc from '@portineria/config/cases';
import type { UserId } from '@portineria/config/ids';
import type { Action } from './actions.ts';
import type { Settled } from './situation.fixture.ts';
import type { Situation } from './situation.ts';
import { worlds, type World } from './worlds.fixture.ts';

export const RUNS = { numRuns: 500 };
/** Holds for situations of all kinds. */
export function always(holds: (world: World) => void, runs = RUNS): void {
  fc.assert(fc.property(worlds, holds), runs);
}

type Kind = Action['kind'];
export function stepsOf<K extends Kind>({ steps }: Settled, kind: K): { before: Situation; action: Extract<Action, { kind: K }> }[] {
  return steps.flatMap(({ before, action }) => (action.kind === kind ? [{ before, action: action as Extract<Action, { kind: K }> }] : []));
}
export const kinds = ({ steps }: Settled): Kind[] => steps.map(({ action }) => action.kind);
export const runningOf = (s: Situation, who: UserId): number => [...s.visits.values()].filter(({ visitor, endedAt }) => visitor === who && endedAt === null).length;
export const ascending = (numbers: readonly number[]): boolean => numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
