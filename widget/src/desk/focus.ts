/** Keeps the keyboard where it is. */
import { nextTick, watch, type ShallowRef } from 'vue';

/** Where a button goes by its own press, as "in a moment" does once it was said, the keyboard goes on at the first button of the same part. @param buttons what decides which ones there are */
export function holdFocus(part: Readonly<ShallowRef<HTMLElement | null>>, buttons: () => unknown): void {
  const isInside = (): boolean => part.value?.contains(document.activeElement) === true;
  watch(buttons, async () => {
    if (!isInside()) return;
    await nextTick();
    if (!isInside()) part.value?.querySelector<HTMLElement>('button, a')?.focus();
  });
}
