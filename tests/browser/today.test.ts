/** What a desk says of the day: by the porter's own numbers, and by lines that no client has loaded. */
import { paced } from '@portineria/config/pace';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { deskInClient, look } from '../rig/office-desk.ts';
import { arrive, startReception, type Reception } from '../rig/reception.ts';
import { cardOf, seeOff } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';
import { startWidgetHost, type WidgetHost } from '../rig/widget-host.ts';

let reception: Reception;
let browser: Browser;
let client: WidgetHost;
stage(async () => {
  [reception, browser, client] = await Promise.all([startReception(), openBrowser(), startWidgetHost()]);
}, async () => {
  await browser?.close();
  await Promise.all([client?.stop(), reception?.stop()]);
});

test('a client that has loaded none of the day’s lines shows how many there were, how it ended, and each line; and so after the bot was killed', async () => {
  const { anna, bruno, rooms: { anagrafe } } = reception;
  const guests = [];
  for (const name of ['Rosa Blu', 'Teo Gialli', 'Ida Rossi']) {
    const guest = await arrive(reception, 'anagrafe', { name });
    guests.push(guest);
    const { number } = await cardOf(reception, anagrafe, guest.person.user);
    if (name !== 'Ida Rossi') await anna.say(anagrafe, `!rifiuta ${number}`);
  }
  await seeOff(reception, ...guests);
  for (let line = 0; line < 25; line++) await bruno.say(anagrafe, `parole ${line}`);
  await reception.killBot();
  await reception.startBot();

  const shown = await deskInClient({ reception, browser, client });
  await shown.show();
  const says = (words: string): Promise<void> => shown.desk.getByText(words, { exact: true }).waitFor();
  await shown.desk.getByRole('heading', { name: 'Oggi: 3 persone' }).waitFor();
  await says('rifiutate: 2');
  await says('andate via: 1');
  await until('every line is there', async () => (await shown.desk.locator('.board-past li').count()) === 3);
  await shown.desk.getByText(/si è ritirato/u).waitFor();
  await look(shown, 'today-counted');
  expect(shown.complaints).toEqual([]);
  await shown.context.close();
}, paced(180_000));
