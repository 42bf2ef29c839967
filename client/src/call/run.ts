/** What both kinds of a visit's call share: the machine of `machine.ts` as it runs, and what a panel shows of it. */
import { computed, onMounted, onScopeDispose, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import type { TokenAnswer } from './port.ts';
import { useI18n } from 'petite-vue-i18n';
import { AT_REST, step, type Call, type CallCommand, type CallEvent } from './machine.ts';

/** A call's machine, at rest. Each command is carried out by `perform`, one after the other, as the event comes that brings it. */
export function runCall(perform: (command: CallCommand) => void): { call: ShallowRef<Call>; send: (event: CallEvent) => void } {
  const call = shallowRef<Call>(AT_REST);
  return {
    call,
    send: (event) => {
      const next = step(call.value, event);
      call.value = next.state;
      for (const command of next.commands) perform(command);
    },
  };
}

/** How long after a call is lost, and after each question that was in vain, it is asked for again, in milliseconds. */
const SEEK = 10_000;
/** How often: after some minutes nobody is put on the air who may have turned to something else. */
const SEEKS = 30;

/** Asks now and then whether somebody may speak again whose call was lost, until it begins or they may not any more. It ends with the scope it was made in. */
export function useSeeking(ask: () => Promise<TokenAnswer>, begin: () => void): { seek: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;
  const seek = (left = SEEKS): void => {
    const mine = ++turn;
    timer = setTimeout(() => void ask().then((answer) => {
      if (mine !== turn) return;
      if (answer === 'granted') begin();
      else if (answer !== 'refused' && left > 1) seek(left - 1);
    }), SEEK);
  };
  const stop = (): void => {
    turn += 1;
    clearTimeout(timer);
  };
  onScopeDispose(stop);
  return { seek: () => seek(), stop };
}

/** What a panel says of its call: the machine's state, and the sentence that is read aloud when it comes and goes. A call that is `wanted` begins by itself. */
export function useCallPanel(call: ShallowRef<Call>, wanted: boolean, begin: () => void): { state: ComputedRef<Call['is']>; said: ComputedRef<string> } {
  const { t } = useI18n();
  const state = computed(() => call.value.is);
  const said = computed(() => ({ idle: '', opening: t('call.opening'), on: t('call.on'), trouble: '', over: '' })[state.value]);
  onMounted(() => {
    if (wanted) begin();
  });
  return { state, said };
}
