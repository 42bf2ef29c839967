/** vue-i18n for one page: each request has its own, since languages differ between them. */
import { createI18n } from 'petite-vue-i18n';
import type { Plugin } from 'vue';
import type { Language } from './languages.ts';

/** A language file: sentences by key. Keys are whole names with dots in them, not nested: the smaller vue-i18n looks up no paths. */
export type Messages = Record<string, string>;

/** The plugin with one language's texts. */
export function speak(language: Language, messages: Messages): Plugin<[]> {
  return createI18n<false>({ legacy: false, locale: language, messages: { [language]: messages }, missingWarn: false, fallbackWarn: false });
}
