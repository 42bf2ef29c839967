/** How a way goes on that was begun before: after a reload, in another tab, or at another device. */
import type { Command, Event, Step } from './machine.ts';
import type { Kept, State } from './state.ts';

/** Somebody types a code, and goes on here with what another device had. */
export function coded(state: Extract<State, { at: 'code' }>, event: Event): Step {
  switch (event.type) {
    case 'code':
      return to({ at: 'code', busy: true }, { do: 'redeem', code: event.code });
    case 'handed': {
      const { state: live, commands } = resumed(event.kept);
      return to(live, { do: 'keep', kept: event.kept }, ...commands);
    }
    case 'unfit':
      return to({ at: 'code', fault: event.message });
    default:
      return to(state);
  }
}

/** A way that was kept goes on. */
export function resumed({ office, account, stage, queue }: Kept): Step {
  const live = { office, account, link: 'up' } as const;
  const start = { do: 'start', account, stage } as const;
  if (stage === 'admitted' || stage === 'inside') return to({ at: 'joining', ...live, entered: stage === 'inside', message: null }, start);
  if (queue === null) return to({ at: 'knocking', ...live }, start);
  return to({ at: 'waiting', ...live, queue, kept: false, message: null }, start);
}

function to(state: State, ...commands: Command[]): Step {
  return { state, commands };
}
