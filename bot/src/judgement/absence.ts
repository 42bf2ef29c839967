/**
 * Time in which nobody could be heard: the machine slept, the process was stopped, the clock was put forward, or the homeserver was away.
 * It counts for none of the waits that end something of a visitor's. Pure; instants are in milliseconds since 1970.
 */

/** From the last moment at which we were there until the first at which we were there again. */
export interface Absence {
  readonly from: number;
  readonly to: number;
}

/** How many are told apart. The oldest become one, together with the time between them: a wait may get longer by that, and none shorter. */
const REMEMBERED = 32;

/** The absences with one more; those that touch it become one with it. Ascending and disjoint, as they were. */
export function noted(absences: readonly Absence[], { from, to }: Absence): readonly Absence[] {
  if (to <= from) return absences;
  const apart = absences.filter((one) => one.to < from || one.from > to);
  const touching = absences.filter((one) => !apart.includes(one));
  const whole = { from: Math.min(from, ...touching.map((one) => one.from)), to: Math.max(to, ...touching.map((one) => one.to)) };
  const all = [...apart, whole].sort((a, b) => a.from - b.from);
  const [first, second, ...rest] = all;
  return all.length > REMEMBERED && first !== undefined && second !== undefined ? [{ from: first.from, to: second.to }, ...rest] : all;
}

/** The absences as they can be told once the clock was put back: nothing of them lies ahead. */
export function untilNow(absences: readonly Absence[], now: number): readonly Absence[] {
  return absences.filter(({ from }) => from < now).map(({ from, to }) => ({ from, to: Math.min(to, now) }));
}

/** How many milliseconds we were there between two instants. */
export function timeThere(absences: readonly Absence[], from: number, to: number): number {
  const away = absences.reduce((sum, one) => sum + Math.max(0, Math.min(one.to, to) - Math.max(one.from, from)), 0);
  return Math.max(0, to - from - away);
}

/** When we have been there for so many milliseconds since an instant, if no further absence comes. */
export function dueAt(absences: readonly Absence[], since: number, wait: number): number {
  return absences.reduce((due, one) => (one.to > since && one.from < due ? due + one.to - Math.max(one.from, since) : due), since + wait);
}
