/** vue-i18n for one page: each request has its own, since languages differ between them. */
import { createI18n, type LocaleMessages, type VueMessageType } from 'petite-vue-i18n';
import type { Plugin } from 'vue';
import type { Language } from './languages.ts';

export type Messages = LocaleMessages<VueMessageType>[string];

/** The plugin with one language's texts. */
export function speak(language: Language, messages: Messages): Plugin<[]> {
  return createI18n<false>({ legacy: false, locale: language, messages: { [language]: messages }, missingWarn: false, fallbackWarn: false });
}
