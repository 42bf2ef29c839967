/** Two comuni, one of which is away while a citizen of the other knocks, waits and talks at its office: what the citizen sees, and that both end clean. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { accountOf, knockBy, openBrowser, visitorWith, type Visitor } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { ALTROVE, isDeactivated, startNeighbours, without, type Neighbours } from '../rig/neighbours.ts';
import { cardsIn, type Card, type Reception } from '../rig/reception.ts';
import { minutesGoBy } from '../rig/minutes.ts';
import { settled, visitsOf, waitingIn } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let both: Neighbours;
let browser: Browser;
let citizen: Visitor;
let page: Page;
stage(async () => {
  [both, browser] = await Promise.all([startNeighbours(), openBrowser()]);
  citizen = await visitorWith(browser, both.home.url);
  ({ page } = citizen);
  // Its time goes on by itself, and faster where a test says so.
  await page.clock.install();
  await page.goto(`${both.home.url}/n/${ALTROVE}/o/anagrafe`);
}, async () => {
  await browser?.close();
  await both?.stop();
});
afterEach(({ expect: now }) => now(citizen.complaints).toEqual([]));

/** The other comune's homeserver is out of the citizen's reach. */
async function beyondReach(work: () => Promise<void>): Promise<void> {
  await both.links.host.cut();
  await work();
  await both.links.host.mend();
}
const declared = new Map<Reception, string>();
/** How long either waits for the other, in minutes. */
async function waitFor(one: Reception, minutes: number | null): Promise<void> {
  const before = declared.get(one) ?? readFileSync(one.configFile, 'utf8');
  declared.set(one, before);
  const times = (): number => one.log().split('the changed configuration is in force').length;
  const told = times();
  writeFileSync(one.configFile, minutes === null ? before : before.replace('limits: {', `limits: { elsewhere: ${minutes},`));
  await until('the configuration is in force', () => times() > told);
}

const phone = (): Promise<void> => page.locator('main a[href="tel:+390990000000"]').first().waitFor();
const shows = (words: RegExp): Promise<void> => page.locator('main').getByText(words).first().waitFor();
const isGone = (words: RegExp): Promise<void> => page.locator('main').getByText(words).first().waitFor({ state: 'detached' });

/** Awaits that the homeserver says that a knock did not get through. */
const refusedKnock = (): Promise<unknown> => page.waitForResponse((answer) => answer.url().includes('/knock/') && answer.status() >= 500, { timeout: paced(60_000) });

/** Goes to the form again, and knocks. */
async function knockAgain(name: string): Promise<void> {
  await page.getByRole('button', { name: /^(?:Riprova|Bussa di nuovo)$/u }).click();
  await knockBy(page, name, 'residenza altrove');
}
/** The same, from wherever the page is. */
async function knockAnew(name: string): Promise<void> {
  await page.goto(`${both.home.url}/n/${ALTROVE}/o/anagrafe`);
  await knockBy(page, name, 'residenza altrove');
}
/** The page's knock is on its way to its homeserver, and kept there while `work` is done. */
async function held(send: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  await page.route('**/_matrix/client/v3/knock/**', async (route) => {
    asked.resolve();
    await free.promise;
    await route.continue().catch(() => undefined);
  });
  await send();
  await asked.promise;
  await work();
  free.resolve();
  await page.unroute('**/_matrix/client/v3/knock/**', undefined);
}
async function cardOf(name: string): Promise<Card> {
  const { anna, rooms } = both.host;
  return anna.until(`a card for ${name}`, () => cardsIn(anna, rooms.anagrafe).find(({ body, over }) => body.includes(name) && !over));
}
const talks = (): Promise<void> => page.getByRole('heading', { name: 'A colloquio con Anagrafe' }).waitFor({ timeout: paced(60_000) });
const numberShown = async (): Promise<string | null> => {
  await shows(/Il Suo numero è/u);
  return page.getByText(/Il Suo numero è/u).textContent();
};

test('who knocks while the other comune is away is told so, with its telephone; and one whose knock does not get there any more is told that, and the account goes', async () => {
  await without(both.host, async () => {
    await knockBy(page, 'Ada Prima', 'residenza altrove');
    await shows(/Lo sportello dell’altro comune non risponde in questo momento/u);
    await phone();
  });
  let user = '';
  await beyondReach(async () => {
    await held(() => knockAgain('Ada Durante'), async () => {
      user = await accountOf(page);
      await both.host.killBot();
    });
    await shows(/Sto avvisando l’ufficio/u);
    // Asked again and again, the homeserver says that it cannot get through.
    for (const ms of [16_000, 16_000, 60_000]) {
      const refused = refusedKnock();
      await page.clock.runFor(ms);
      await refused;
    }
    await shows(/la Sua richiesta non è arrivata/u);
    await phone();
  });
  await both.host.startBot();
  await until('the account is erased at home', () => isDeactivated(both.home, user), 90_000);
  await settled(both.host);
}, paced(60_000));

test('a knock that could not get through for a while gets its place; while the other comune is away the page says so, and when it is back all is as it was', async () => {
  await beyondReach(async () => {
    const refused = refusedKnock();
    await knockAnew('Ada Dopo');
    await refused;
    await shows(/Sto avvisando l’ufficio/u);
  });
  await page.clock.runFor(16_000);
  const number = await numberShown();
  await without(both.host, async () => {
    await minutesGoBy(both.home, page, 4);
    await shows(/Da qualche minuto lo sportello non dà notizie/u);
    await phone();
  });
  await isGone(/non dà notizie/u);
  expect(await numberShown()).toBe(number);
}, paced(60_000));

test('where the other comune never comes back, the page says so and offers the ways on, and the account is erased; there the knock is let go of as well', async () => {
  const user = await accountOf(page);
  await both.host.killBot();
  await minutesGoBy(both.home, page, 4);
  await shows(/Da qualche minuto lo sportello non dà notizie/u);
  await waitFor(both.home, 0.1);
  await shows(/non ha più dato notizie per troppo tempo/u);
  await phone();
  await until('the account is erased at home', () => isDeactivated(both.home, user));
  await waitFor(both.home, null);
  await both.host.startBot();
  const card = await cardOf('Ada Dopo');
  await waitFor(both.host, 0.1);
  await both.host.anna.until('the card is over', () => cardsIn(both.host.anna, both.host.rooms.anagrafe).find(({ event_id: event }) => event === card.event_id)?.over);
  await settled(both.host);
  await waitFor(both.host, null);
}, paced(60_000));

test('while the citizen’s own comune is away the place is kept, and so is the visit; the page says that it tries again, and goes on', async () => {
  await knockAnew('Ada Aspetta');
  const number = await numberShown();
  const card = await cardOf('Ada Aspetta');
  await without(both.home, () => shows(/Connessione interrotta.*Il Suo posto in coda resta/u));
  await isGone(/Connessione interrotta/u);
  expect(await numberShown()).toBe(number);
  expect(await waitingIn(both.host, both.host.rooms.anagrafe)).toMatchObject([{ number: card.number }]);

  await both.host.anna.react(both.host.rooms.anagrafe, card.event_id, '✅');
  await talks();
  const [visit] = await visitsOf(both.host);
  await both.host.anna.join(visit?.room ?? '');
  await both.home.killBot();
  await shows(/Connessione interrotta.*Il colloquio resta aperto/u);
  await both.home.startBot();
  await isGone(/Connessione interrotta/u);
  expect((await visitsOf(both.host)).map(({ visit: { ended_at: ended } }) => ended)).toEqual([undefined]);
}, paced(60_000));

test('where the citizen’s own comune does not come back, the visit ends; once it does, the page says that it is over, and the account is erased', async () => {
  const user = await accountOf(page);
  await without(both.home, async () => {
    await waitFor(both.host, 0.1);
    await settled(both.host, 90_000);
    await waitFor(both.host, null);
  });
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor({ timeout: paced(60_000) });
  await until('the account is erased at home', () => isDeactivated(both.home, user), 90_000);
}, paced(60_000));

test('over a slow way that loses much and breaks off again and again, one knocks, is let in, and leaves', async () => {
  for (const link of [both.links.host, both.links.home]) {
    await link.cut();
    await link.mend();
    link.worsen({ delay: 300, lostOf: 5, cutOf: 3 });
  }
  await knockAnew('Ada Lenta');
  await shows(/Il Suo numero è/u);
  const user = await accountOf(page);
  const card = await cardOf('Ada Lenta');
  await both.host.anna.react(both.host.rooms.anagrafe, card.event_id, '✅');
  await talks();
  await page.getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Chiudi il colloquio' }).click();
  await page.getByRole('heading', { name: 'Colloquio concluso' }).waitFor();
  await until('the account is erased at home', () => isDeactivated(both.home, user), 60_000);
  await settled(both.host, 60_000);
}, paced(60_000));
