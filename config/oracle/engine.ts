/** The engine's answers to the oracle's questions, in a process of its own so that the host's zone can be set. */
import { text } from 'node:stream/consumers';
import { readComune } from '../src/comune.ts';
import { isOpen, nextOpening, openUntil, timetable } from '../src/timetable.ts';

/** One configuration, as JSON, and the instants to ask about. */
export interface Case {
  file: unknown;
  instants: number[];
}
/** For an office and an instant: whether it is open, when it closes, when it opens next. */
export type Reply = [boolean, number | null, number | null];

/** The replies for each case and each of its offices. */
function replies(cases: readonly Case[]): Reply[][][] {
  return cases.map(({ file, instants }) => {
    const result = readComune(JSON.stringify(file));
    if ('faults' in result) throw new Error(JSON.stringify(result.faults));
    return result.comune.offices.map((office) => {
      const t = timetable(result.comune, office);
      return instants.map((at): Reply => [isOpen(t, at), openUntil(t, at), nextOpening(t, at)?.start ?? null]);
    });
  });
}

if (import.meta.main) {
  const { cases } = JSON.parse(await text(process.stdin)) as { cases: Case[] };
  process.stdout.write(JSON.stringify(replies(cases)));
}
