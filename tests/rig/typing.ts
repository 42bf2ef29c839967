/** Two pages of a visit: what is written on one, seen on the other as it is written. */
import { promisedNow } from '@portineria/config/pace';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { until } from './matrix.ts';

/** The field of a page. */
export const fieldOf = (page: Page): Locator => page.getByLabel('Il Suo messaggio');
/** What a page shows of the other's writing. */
export const liveOn = (page: Page): Locator => page.locator('.message-live');

/** A text with the moment at which it stood there, in milliseconds since 1970. */
type Moment = readonly [text: string, at: number];

/** From now on a page notes what is in its field, and what it shows of the other's writing. */
async function note(page: Page): Promise<void> {
  await page.evaluate(() => {
    const there = window as unknown as { typed: [string, number][]; seen: [string, number][] };
    [there.typed, there.seen] = [[], []];
    document.querySelector<HTMLTextAreaElement>('#words')?.addEventListener('input', ({ target }) => there.typed.push([(target as HTMLTextAreaElement).value, Date.now()]), { capture: true });
    new MutationObserver(() => there.seen.push([document.querySelector<HTMLElement>('.message-live .message-words')?.innerText ?? '', Date.now()]))
      .observe(document.querySelector('.log') ?? document.body, { subtree: true, childList: true, characterData: true });
  });
}

const noted = (page: Page, what: 'typed' | 'seen'): Promise<Moment[]> => page.evaluate((key) => (window as unknown as Record<string, [string, number][]>)[key] ?? [], what);

/**
 * Writes on one page, letter by letter, and looks at the other: each letter is seen there within 500 ms. The machine may stand still at
 * any one text, and at all of them only where it is the pages that wait.
 */
export async function seenAsTyped(writer: Page, reader: Page, ...texts: string[]): Promise<void> {
  await Promise.all([note(writer), note(reader)]);
  const slowest: number[] = [];
  for (const text of texts) {
    await fieldOf(writer).pressSequentially(text, { delay: 70 });
    await liveOn(reader).getByText(text, { exact: true }).waitFor();
    const [typed, seen] = [await noted(writer, 'typed'), await noted(reader, 'seen')];
    const delays = typed.filter(([words]) => words !== '' && text.startsWith(words)).map(([words, at]) => (seen.find(([shown, then]) => then >= at && shown.startsWith(words))?.[1] ?? Infinity) - at);
    slowest.push(Math.max(...delays));
    await fieldOf(writer).fill('');
    await until('an empty field shows nothing', async () => (await liveOn(reader).count()) === 0);
    if (Math.min(...slowest) <= await promisedNow(500)) return;
  }
  expect.unreachable(`The slowest letter of each text took ${slowest.join(', ')} ms`);
}
