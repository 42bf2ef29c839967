/** Picking a language. No schema library here, since the pages use it too. */
import type { LocalText } from './events.ts';

/**
 * The text in the first language of `languages` that it has.
 * A language stands in for its regions and the other way round (`de-AT` finds `de`, RFC 4647 "lookup");
 * with none of them, what the text says in no language (`und`), then whatever it says first. '' for an empty text.
 */
export function text(t: LocalText, languages: readonly string[]): string {
  for (const language of languages) {
    const exact = own(t, language);
    if (exact !== undefined) return exact;
    const main = mainOf(language);
    const akin = own(t, main) ?? Object.entries(t).find(([tag]) => mainOf(tag) === main)?.[1];
    if (akin !== undefined) return akin;
  }
  return own(t, 'und') ?? Object.values(t)[0] ?? '';
}

function mainOf(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? tag;
}

function own(t: LocalText, tag: string): string | undefined {
  return Object.hasOwn(t, tag) ? t[tag] : undefined;
}
