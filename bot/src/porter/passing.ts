/** How an office gives a visitor to another one: never while it holds up its own work, or two that give to each other would wait for ever. */
import { doorAt } from '@portineria/config/door';
import * as z from 'zod/mini';
import type { Passing } from '../hands/means.ts';
import { isFull } from '../judgement/deciding/accounts.ts';
import type { UserId } from '@portineria/config/ids';
import { isAwaited } from '../judgement/passing.ts';
import { put } from '../judgement/situation.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { askingReceptions } from '../servers/receptions.ts';
import { doorText } from '../words/doors.ts';
import type { Cycle } from './cycle/cycle.ts';
import type { Served } from './served.ts';
import { writeFirst } from './writebook.ts';

/** Has a neighbour ask about a visitor of its own. Never throws. */
export type Nudge = (origin: string, user: UserId) => void;

/**
 * Nudges neighbours. One that does not hear it asks by itself, with its visitor's next sign of life.
 * @param near hosts that may be inside the network
 */
export function nudging(near: readonly string[], failed: (error: unknown) => void): Nudge {
  const ask = askingReceptions(near);
  return (origin, user) => void ask(origin, '/api/visitors/nudges', { user_id: user }, z.unknown(), 'en').catch(failed);
}

/**
 * @param tried resolves once each office that is to be opened was tried once: at a start they open one after another
 * @param nudge has a neighbour ask about a visitor of its own: it knocks for them
 */
export function passingBetween(served: Served, homeserver: Homeserver, tried: () => Promise<void>, nudge: Nudge, now: () => number): Passing {
  const call = ({ situation: s }: Cycle, user: UserId): void => {
    const visitor = s.visitors.get(user);
    if (visitor?.home !== undefined && isAwaited(s, visitor)) nudge(visitor.home, user);
  };
  return {
    take: async (office, visitor, guests) => {
      if (served.cycle(office) === undefined) await tried();
      const cycle = served.cycle(office);
      if (cycle === undefined || cycle.isStuck) return { why: 'unserved', stands: '' };
      return cycle.run(async () => {
        const { situation: s, hands } = cycle;
        const at = now();
        const known = visitor === null ? undefined : s.visitors.get(visitor.user_id);
        if (known !== undefined && known.passed?.at === visitor?.passed?.at) return null;
        // They were passed on from there a moment ago, and it has still to let go of them: asked again, it has.
        if (known !== undefined) throw new Error(`The office ${office} has still to let go of a visitor who is passed back to it`);
        const door = doorAt(s.timetable, s.hand, at);
        if (door.state !== 'open') return { why: 'shut', stands: doorText(s.languages[0] ?? 'it', s.zone, door, at) };
        if (isFull(s, at)) return { why: 'full', stands: '' };
        if (visitor?.passed === undefined) return null;
        const here = { ...visitor, passed: { ...visitor.passed, first: hands.office.passed === 'head' } };
        await writeFirst(homeserver, cycle, (one) => ({ ...one, visitors: [here, ...guests].reduce((all, who) => put(all, who.user_id, who), one.visitors) }), at);
        call(cycle, visitor.user_id);
        return null;
      });
    },
    give: (office, room) => {
      const cycle = served.cycle(office);
      if (cycle === undefined) throw new Error(`The office ${office}, to which a visit is handed over, is not served`);
      cycle.change((s) => ({ ...s, prepared: put(s.prepared, room.knock, room) }));
      served.know(cycle.situation);
      call(cycle, room.visitor);
    },
  };
}
