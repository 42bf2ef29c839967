/** One visitor for each language of the pages. All of them go the same way, and at each state all that they are shown is looked at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@portineria/synapse/paths';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { NARROW, visitorWith, type Visitor } from './browser.ts';
import { faultsOf } from './looking.ts';

export const LANGUAGES = ['it', 'en', 'de', 'fr', 'sl'] as const;
type Language = (typeof LANGUAGES)[number];

export interface Reader extends Visitor {
  readonly language: Language;
}

/** Where the texts are that our pages show; the bot's are those of the page for whoever has no network. */
const FOLDERS = ['bot/texts', 'widget/texts/desk', ...['.', 'form', 'inside', 'guest', 'desk'].map((folder) => join('client/texts', folder))];

/** All texts in one language, by key. */
function textsIn(language: Language): Map<string, string> {
  return new Map(FOLDERS.flatMap((folder) => Object.entries(JSON.parse(readFileSync(join(ROOT, folder, `${language}.json`), 'utf8')) as Record<string, string>)));
}
const TEXTS = new Map(LANGUAGES.map((language) => [language, textsIn(language)]));
const KEYS: ReadonlySet<string> = new Set([...TEXTS.values()].flatMap((texts) => [...texts.keys()]));

/** What a text looks like on a page, whatever stands in its gaps. */
export function words(language: Language, key: string): RegExp {
  const text = TEXTS.get(language)?.get(key);
  if (text === undefined) throw new Error(`Expected a text in ${language}: ${key}`);
  return new RegExp(text.replaceAll(/[.*+?^$()[\]\\]/gu, '\\$&').replaceAll(/\{\w+\}/gu, '.+').replaceAll(' | ', '|'), 'u');
}

/** Where a page says it. */
export function said({ page, language }: Reader, key: string): Locator {
  return page.locator('body').getByText(words(language, key)).first();
}

/** A visitor for each language, with their pages empty. */
export function readers(browser: Browser, origin: string): Promise<Reader[]> {
  return Promise.all(LANGUAGES.map(async (language) => ({ ...(await visitorWith(browser, origin, NARROW, language)), language })));
}

/** For a reception's configuration: all of them come from one address. */
export const FROM_ONE_ADDRESS = 'traffic: { visitors_per_minute: 600, visitors_per_hour: 6000, api_per_minute: 6000, pages_per_minute: 6000 }\n';

/** What all of them do, each on their own page. */
export async function all(people: readonly Reader[], act: (page: Page, reader: Reader) => Promise<unknown>): Promise<void> {
  await Promise.all(people.map((reader) => act(reader.page, reader)));
}

/** Awaits that all of them read a text, and looks at their pages: all that is wrong is told at once. @param state its name where it fails */
export async function look(people: readonly Reader[], state: string, key: string): Promise<void> {
  await all(people, (_page, reader) => said(reader, key).waitFor());
  const faults = await Promise.all(people.map(async ({ page, language, complaints }) => [...await faultsOf(page, language, KEYS), ...complaints.splice(0)].map((fault) => `${state}, ${language}, ${fault}`)));
  // The states after it are looked at all the same.
  expect.soft(faults.flat()).toEqual([]);
}

/** Fills in the form that is shown, to write alone, and sends it. @param byVoice it is offered, and is wished */
export async function fillIn(page: Page, name: string, byVoice = false): Promise<void> {
  const voice = page.locator('#voice');
  if (byVoice || (await voice.count()) > 0) await voice.setChecked(byVoice);
  await page.locator('#name').fill(name);
  await page.locator('#consent').check();
  await submit(page);
}

/** Knocks, to write alone. */
export const knockOn = (page: Page): Promise<void> => fillIn(page, 'Maria Bianchi');
/** Awaits a place in the queue. */
export const waits = (page: Page): Promise<void> => page.locator('.place-number').waitFor();

/** Sends it as it is. */
export const submit = (page: Page): Promise<void> => page.locator('form.knock [type=submit]').click();
