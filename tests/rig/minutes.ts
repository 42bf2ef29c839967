/** A page's minutes, gone by in a moment: its clock is the test's (`page.clock.install()`). */
import { paced } from '@portineria/config/pace';
import type { Page } from 'playwright-core';
import { accountOf } from './browser.ts';
import type { Reception } from './reception.ts';
import { porterOf } from './scenes.ts';

/** Lets a waiting page's time go by. Its homeserver says something meanwhile, as it does in so long a time. */
export async function minutesGoBy(reception: Reception, page: Page, minutes: number): Promise<void> {
  const porter = porterOf(reception);
  const user = await accountOf(page);
  for (let n = 0; n < minutes; n++) {
    await page.clock.runFor(60_000);
    const answered = page.waitForResponse(/\/sync\?/u, { timeout: paced(20_000) });
    await porter.ask('PUT', `/sendToDevice/it.portineria.test/${user}${n}${Date.now()}`, { messages: { [user]: { '*': {} } } });
    await answered;
  }
}
