/**
 * The desk by keyboard: letters press the buttons of the row that the keyboard stands in, arrows lead from row to row. They count inside a
 * row alone, so that nothing is pressed by who writes or dictates elsewhere (WCAG 2.2, 2.1.4).
 */

const ROW = '.board-row';

/** What is pressed by a letter says so itself, also to screen readers (WAI-ARIA 1.2, aria-keyshortcuts). */
function buttonFor(row: Element, key: string): HTMLElement | null {
  return key.length === 1 ? row.querySelector<HTMLElement>(`[aria-keyshortcuts="${CSS.escape(key.toUpperCase())}"]`) : null;
}

/** Takes a key that was pressed somewhere in a desk, if it is one of these. */
export function pressKey(event: KeyboardEvent, desk: HTMLElement): void {
  const { target, key } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || !(target instanceof HTMLElement) || target.closest('form') !== null) return;
  const row = target.closest(ROW);
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    const rows = [...desk.querySelectorAll(ROW)];
    const next = rows[row === null ? 0 : rows.indexOf(row) + (key === 'ArrowDown' ? 1 : -1)];
    if (next === undefined || (row === null && key === 'ArrowUp')) return;
    // Onto the same button, where that row has it.
    const same = target.getAttribute('aria-keyshortcuts');
    (buttonFor(next, same ?? '') ?? next.querySelector<HTMLElement>('button, a'))?.focus();
  } else {
    const button = row === null ? null : buttonFor(row, key);
    if (button === null) return;
    button.click();
  }
  event.preventDefault();
}
