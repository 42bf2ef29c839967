/** Plural forms of texts, by the rules of the language (Unicode CLDR, "Language Plural Rules"): the citizens' pages count by them as well. */

/** Those of all our languages, in the order in which a text has those of its own: `one | other`. Before them may stand one for none. */
const FORMS: readonly Intl.LDMLPluralRule[] = ['one', 'two', 'few', 'other'];

/** Which of a text's forms a number takes. @param count how many forms the text has */
export function pluralForm(language: string, n: number, count: number): number {
  const rules = new Intl.PluralRules(language);
  const { pluralCategories } = rules.resolvedOptions();
  const forms = FORMS.filter((form) => pluralCategories.includes(form));
  const before = count - forms.length;
  if (n === 0 && before > 0) return 0;
  // French and Italian have one more for millions, which nobody counts here.
  const at = forms.indexOf(rules.select(n));
  return before + (at < 0 ? forms.length - 1 : at);
}
