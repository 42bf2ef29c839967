/**
 * Words that strangers wrote, made harmless to be shown: as text, and inside of HTML. No schema library here, since the pages use it too.
 */

/**
 * Cc controls but for tab and line feed, Cf formats (direction overrides, tags, zero widths) but for the two joiners that scripts and emoji
 * need, Cs lone surrogates, Co private use (Unicode TR 36, TR 9).
 */
const UNSEEN = /(?![\t\n\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;
/** More marks on one letter than any language has only serve to paint over other lines. */
const PILED = /(\p{M}{4})\p{M}+/gu;

/** A text of several lines: nothing in it that is not seen, at most `length` code points kept. */
export function plainText(text: string, length = 20_000): string {
  const clean = text.replace(/\r\n?|[\u2028\u2029]/gu, '\n').replace(UNSEEN, '').replace(PILED, '$1');
  if (clean.length <= length) return clean;
  const points = [...clean];
  return points.length <= length ? clean : `${points.slice(0, length - 1).join('')}…`;
}

/** A text of one line, as a name is. */
export function plainLine(text: string, length = 80): string {
  return plainText(plainText(text, Infinity).replace(/\s+/gu, ' ').trim(), length);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text as it stands in HTML, between tags or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (mark) => ENTITIES[mark] ?? mark);
}
