/**
 * The sentences that the bot says: one file for each language in bot/texts, messages in ICU syntax.
 * A new language is a new file; texts.test.ts holds all of them to the same keys.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { IntlMessageFormat } from 'intl-messageformat';
import * as z from 'zod';
import type reference from '../../texts/it.json';

/** The name of a sentence. */
export type TextKey = keyof typeof reference;
/** What is put into a sentence's places. Instants are formatted by the caller, who knows the time zone. */
export type TextValues = Readonly<Record<string, string | number>>;

/** The language whose file has every key, and in which is said what no other file fits. */
export const FIRST_LANGUAGE = 'it';

const FOLDER = new URL('../../texts/', import.meta.url);
const Texts = z.record(z.string(), z.string());

const texts = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file.slice(0, -'.json'.length), Texts.parse(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')))]),
);
const compiled = new Map<string, IntlMessageFormat>();

/** Whether a language has a file, its region aside. */
export function isSpoken(tag: string): boolean {
  return texts.has(tag.toLowerCase().split('-')[0] ?? '');
}

/** The best of the languages asked for that has a file: the tag itself, else its language alone (`it` for `it-CH`). */
export function spoken(asked: string | readonly string[]): string {
  for (const tag of typeof asked === 'string' ? [asked] : asked) {
    const plain = tag.toLowerCase();
    const found = [plain, plain.split('-')[0] ?? plain].find((candidate) => texts.has(candidate));
    if (found !== undefined) return found;
  }
  return FIRST_LANGUAGE;
}

/**
 * A sentence in the first of the languages that the bot speaks.
 * @param language a BCP 47 tag, or several, the preferred first; Italian where none of them is spoken
 * @throws when the sentence has a place for which no value is given
 */
export function say(language: string | readonly string[], key: TextKey, values: TextValues = {}): string {
  const tag = spoken(language);
  const name = `${tag} ${key}`;
  let message = compiled.get(name);
  if (message === undefined) {
    const source = texts.get(tag)?.[key] ?? texts.get(FIRST_LANGUAGE)?.[key];
    if (source === undefined) throw new Error(`There is no text "${key}" in bot/texts/${FIRST_LANGUAGE}.json.`);
    // Tags in a text are text: whoever builds HTML from it escapes it.
    message = new IntlMessageFormat(source, tag, undefined, { ignoreTag: true });
    compiled.set(name, message);
  }
  return String(message.format({ ...values }));
}
