/** Gets a call ready while its visitor still waits, so that the door's opening is not a download. */
import { watch } from 'vue';
import type { Reception } from '../reception/context.ts';
import type { State } from '../reception/state.ts';
import { shelfOf } from '../shelf.ts';
import { coolFrame, lookIn, warmFrame } from './frame.ts';
import { canCall } from './obstacle.ts';
import { wantsVoice } from './wish.ts';

const WAITING: readonly State['at'][] = ['waiting', 'unanswered', 'joining'];

/** Whether a call may come of this state. */
export function expectsCall(state: State, reception: Reception): boolean {
  if (!('office' in state) || !WAITING.includes(state.at)) return false;
  return reception.comune.value.offices.find(({ id }) => id === state.office)?.call === 'element-call';
}

/** Has Element Call loaded and running, and what its token is asked with at hand, as soon as one waits who wishes to speak. */
export function readyCalls(reception: Reception): void {
  watch(
    reception.state,
    (state) => {
      if (expectsCall(state, reception) && wantsVoice(shelfOf('localStorage')) && canCall(globalThis)) {
        void warmFrame().then((frame) => frame !== null && reception.session()?.ready(frame, lookIn(reception.language)));
      } else if (state.at !== 'visit') coolFrame();
    },
    { immediate: true },
  );
}
