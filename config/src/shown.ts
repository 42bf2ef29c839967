/** Whether a visitor's words can be shown to anybody. No schema library here, since the pages use it too. */

/**
 * What has the category of letters, signs or symbols and yet no ink: the default-ignorable (zero-width characters, direction marks,
 * the Hangul fillers, tags, selectors), the blank Braille pattern, the object replacement, the null notehead, the blank hieroglyphs.
 */
const BLANK = '\\p{Default_Ignorable_Code_Point}\\u2800\\uFFFC\\u{1D159}\\u{13441}\\u{13442}';
/** A letter, a number, a punctuation mark or a symbol that leaves ink. Marks alone sit on nothing. */
const INK = new RegExp(`(?![${BLANK}])[\\p{L}\\p{N}\\p{P}\\p{S}]`, 'u');

/** Why words are not taken: half of a character (a lone surrogate), nothing to be seen, too many code points. */
export type WordsFault = 'broken' | 'unseen' | 'long';

/** How long a text is, in code points: an emoji is one, or some, where UTF-16 counts twice as many. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** What is wrong with words that are not empty; null for nothing. @param most in code points */
export function wordsFault(text: string, most: number): WordsFault | null {
  if (!text.isWellFormed()) return 'broken';
  // First by the cheaper measure: nothing of a great length is looked at.
  if (text.length > 2 * most || codePoints(text) > most) return 'long';
  return INK.test(text) ? null : 'unseen';
}
