/** Lists that are shown in parts: no more rows are drawn than somebody has asked for. */
import { computed, nextTick, ref, type ComputedRef } from 'vue';

export interface Shown<T> {
  readonly rows: ComputedRef<readonly T[]>;
  /** How many there are beside those. */
  readonly rest: ComputedRef<number>;
  /** Shows the next ones, and puts the keyboard onto the first of them: the button may be gone. @param list where the rows are drawn */
  more(list: HTMLElement | null): Promise<void>;
}

/** Shows some of a list at first. @param step how many with each press */
export function shownOf<T>(list: () => readonly T[], first: number, step: number): Shown<T> {
  const most = ref(first);
  const rows = computed(() => list().slice(0, most.value));
  return {
    rows,
    rest: computed(() => list().length - rows.value.length),
    async more(drawn) {
      const before = rows.value.length;
      most.value = before + step;
      await nextTick();
      const next = drawn?.children[before];
      if (!(next instanceof HTMLElement)) return;
      next.tabIndex = -1;
      next.focus();
    },
  };
}
