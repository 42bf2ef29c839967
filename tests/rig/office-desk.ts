/** An office's desk as the widget that the porter has set, shown in a client of a clerk's. */
import { writeFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { CARD, QUEUE, WIDGET, type WidgetContent } from '@portineria/config/events';
import type { Browser, BrowserContextOptions, Frame, FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';
import { DESK, visitorWith, type Visitor } from './browser.ts';
import { until, type Person } from './matrix.ts';
import type { Reception } from './reception.ts';
import { porterOf } from './scenes.ts';
import type { Showing } from './widget-host/page.ts';
import type { Manners } from './widget-host/room.ts';
import type { WidgetHost } from './widget-host.ts';

export interface OfficeDesk extends Visitor {
  readonly frame: FrameLocator;
  /** The desk of the office, and the row of somebody in it. */
  readonly desk: Locator;
  readonly row: (name: string | RegExp) => Locator;
  /** Shows it anew, as a client that behaves so. */
  readonly show: (how?: Partial<Omit<Manners, 'homeserver' | 'token'>> & Pick<Partial<Showing>, 'language' | 'theme'>) => Promise<void>;
}

interface Seat {
  readonly reception: Reception;
  readonly browser: Browser;
  readonly client: WidgetHost;
  readonly person?: Person;
  readonly viewport?: NonNullable<BrowserContextOptions['viewport']>;
}

/** Opens a client whose user is in the office's room. What is asked of the pages' own origin and of the client's is no stray. */
export async function deskInClient({ reception, browser, client, person = reception.anna, viewport = DESK }: Seat): Promise<OfficeDesk> {
  const room = reception.rooms.anagrafe;
  const widget = await until('the porter has set the desk', () => person.state<WidgetContent>(room, WIDGET, 'it.portineria.desk').catch(() => undefined));
  const visitor = await visitorWith(browser, client.url, viewport);
  const { page } = visitor;
  await page.goto(client.url);
  const frame = page.frameLocator('iframe');
  const desk = frame.locator('.board');
  return {
    ...visitor,
    frame,
    desk,
    row: (name) => desk.getByRole('listitem').filter({ has: frame.getByRole('heading', { name }) }),
    async show({ refused = [], old = false, behind = false, language = 'it', theme = 'light' } = {}) {
      const manners: Manners = { homeserver: reception.url, token: person.token, refused, old, behind };
      await page.evaluate((what) => window.show(what), { widget, room, user: person.user, name: 'Anna', language, theme, manners });
    },
  };
}

/** Looks at what is shown, and leaves a picture of it in the folder that PICTURES names, where it does. */
export async function look(shown: OfficeDesk, name: string): Promise<void> {
  const folder = process.env['PICTURES'];
  if (folder !== undefined) writeFileSync(`${folder}/${name}.png`, await shown.page.screenshot());
  const { violations } = await new AxeBuilder({ page: shown.page }).include(['iframe', 'main']).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** The frame that the desk is in. */
export function frameOf({ page }: OfficeDesk): Frame {
  const inner = page.frames().find((frame) => frame.url().includes('/widget/desk.html'));
  if (inner === undefined) throw new Error('Expected the desk in a frame');
  return inner;
}

/** What the porter would write of a queue: cards with who knocks, and the queue itself. */
export function crowd(reception: Reception, from: number, to: number) {
  const sender = porterOf(reception).user;
  const numbers = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const base = { sender, origin_server_ts: Date.now(), room_id: '', unsigned: {} };
  const record = (number: number) => ({ knock: `$knock-${number}`, number, since: base.origin_server_ts, visit: `#visita-${number}:localhost` });
  const cards = numbers.flatMap((number) => [
    { ...base, event_id: `$card-${number}`, type: 'm.room.message', content: { msgtype: 'm.text', body: `N. ${number}`, [CARD]: record(number) } },
    { ...base, event_id: `$who-${number}`, type: 'm.room.message', content: { msgtype: 'm.text', body: '*', 'm.new_content': { msgtype: 'm.text', body: '', [CARD]: { ...record(number), visitor: `@ospite-${number}:localhost`, name: `Persona ${number}`, topic: 'Un certificato', language: 'it', voice: true } }, 'm.relates_to': { rel_type: 'm.replace', event_id: `$card-${number}` } } },
  ]);
  const waiting = Array.from({ length: to }, (_, at) => ({ number: at + 1, since: base.origin_server_ts, card: `$card-${at + 1}` }));
  return [...cards, { ...base, event_id: `$queue-${to}`, type: QUEUE, state_key: '', content: { waiting, visits: [] } }];
}

/** From now on the page notes when these words are to be seen. */
export async function timed(shown: OfficeDesk, words: string): Promise<void> {
  await frameOf(shown).evaluate((wanted) => {
    const there = window as unknown as { seen: number | undefined };
    there.seen = undefined;
    new MutationObserver((_, watch) => {
      if (!document.body.innerText.includes(wanted)) return;
      there.seen = performance.timeOrigin + performance.now();
      watch.disconnect();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, words);
}
