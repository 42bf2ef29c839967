/** What both kinds of a visit's call share: the machine of `machine.ts` as it runs, and what a panel shows of it. */
import { computed, onMounted, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
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
