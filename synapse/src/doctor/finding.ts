/** What the doctor finds, and how it is said. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type reference from '../../texts/doctor/it.json';

type TextKey = keyof typeof reference;
/** A fault has a second sentence, its cure. */
type FaultKey = Extract<TextKey, `${string}.cure`> extends `${infer Key}.cure` ? Key & TextKey : never;
type Values = Readonly<Record<string, string | number>>;

export type Finding =
  | { readonly state: 'ok' | 'unseen'; readonly text: TextKey; readonly values: Values }
  | { readonly state: 'fault'; readonly text: FaultKey; readonly values: Values };

export const well = (text: TextKey, values: Values = {}): Finding => ({ state: 'ok', text, values });
/** What could not be looked at from here, and why. */
export const unseen = (text: TextKey, values: Values = {}): Finding => ({ state: 'unseen', text, values });
export const fault = (text: FaultKey, values: Values = {}): Finding => ({ state: 'fault', text, values });

/** The languages that it speaks. */
export const LANGUAGES = ['it', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const texts = new Map(LANGUAGES.map((language) => [language, z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(new URL(`../../texts/doctor/${language}.json`, import.meta.url), 'utf8')))]));

/** A sentence. @throws Error where a text, or a value for one of its places, is missing */
export function say(language: Language, key: string, values: Values = {}): string {
  const text = texts.get(language)?.[key];
  if (text === undefined) throw new Error(`There is no text "${key}" in synapse/texts/doctor/${language}.json.`);
  return text.replace(/\{(\w+)\}/gu, (place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The text "${key}" has no value for ${place}.`);
    return String(value);
  });
}

/** A finding as it stands on the terminal: what is so, and under a fault what to do. */
export function linesOf(language: Language, { state, text, values }: Finding): string[] {
  return [`${say(language, `state.${state}`)}  ${say(language, text, values)}`, ...(state === 'fault' ? [`    -> ${say(language, `${text}.cure`, values)}`] : [])];
}
