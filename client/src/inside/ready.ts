/** Gets a call ready while its visitor still waits, so that the door's opening is not a download. */
import { watch } from 'vue';
import { coolFrame, lookIn, warmFrame } from '../call/frame.ts';
import { canCall } from '../call/obstacle.ts';
import { wantsVoice } from '../call/wish.ts';
import { visitShelf } from '../kept/shelf.ts';
import type { Reception } from '../reception/context.ts';
import type { State } from '../way/state.ts';

const WAITING: readonly State['at'][] = ['waiting', 'unanswered', 'joining'];

/** Whether a call may come of this state. */
function expectsCall(state: State, reception: Reception): boolean {
  if (!('office' in state) || !WAITING.includes(state.at)) return false;
  return reception.comune.value.offices.find(({ id }) => id === state.office)?.call === 'element-call';
}

/** Has Element Call loaded and running, and what its token is asked with at hand, as soon as one waits who wishes to speak. */
export function readyCalls(reception: Reception): void {
  watch(
    reception.state,
    (state) => {
      if (expectsCall(state, reception) && wantsVoice(visitShelf()) && canCall(globalThis)) {
        void warmFrame().then((frame) => frame !== null && reception.session()?.ready(frame, lookIn(reception.language)));
      } else if (state.at !== 'visit') coolFrame();
    },
    { immediate: true },
  );
}
