/**
 * Words that strangers wrote, made fit to be shown as text.
 * Markup is no concern here, as they are only ever put into text nodes.
 */

/** Control characters but for tab and line feed, and the characters that override or embed a direction (Unicode TR 36, TR 9). */
const UNSEEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\u061C\uFEFF\u{E0000}-\u{E007F}]/gu;
/** More marks on one letter than any language has. */
const PILED = /(\p{M}{4})\p{M}+/gu;

/** A text of several lines: control and direction characters removed, at most `length` code points kept. */
export function plainText(text: string, length = 20_000): string {
  const clean = text.replace(/\r\n?|[\u2028\u2029]/gu, '\n').replace(UNSEEN, '').replace(PILED, '$1');
  if (clean.length <= length) return clean;
  const points = [...clean];
  return points.length <= length ? clean : `${points.slice(0, length).join('')}…`;
}

/** A text of one line, as a name is. */
export function plainLine(text: string, length = 80): string {
  return plainText(text.replace(/\s+/gu, ' '), length).trim();
}
