/** vue-i18n for one page: each request has its own, since languages differ between them. */
import { createI18n } from 'petite-vue-i18n';
import type { App } from 'vue';
import { pluralForm } from '@portineria/widget/plural';
import type { Language } from './languages.ts';

/** A language file: sentences by key. Keys are whole names with dots in them, not nested: the smaller vue-i18n looks up no paths. */
export type Messages = Record<string, string>;

/** An application's words. */
export interface Speech {
  install(app: App): void;
  /** Adds texts that come later than the first ones. */
  add: (messages: Messages) => void;
}

/** The plugin with one language's texts. */
export function speak(language: Language, messages: Messages): Speech {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Until vue-i18n 12 it says which of two interfaces is meant.
  const i18n = createI18n<false>({ legacy: false, locale: language, messages: { [language]: messages }, pluralRules: { [language]: (n, count) => pluralForm(language, n, count) }, missingWarn: false, fallbackWarn: false });
  return { install: (app) => void app.use(i18n), add: (more) => i18n.global.mergeLocaleMessage(language, more) };
}
