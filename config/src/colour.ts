/**
 * The comune's colour, made dark enough to carry white text (WCAG 2.2, 1.4.3: 4.5:1, and a little more for rounding). A colour library
 * would take all that CSS calls a colour, where here only hex may come in, and darkens by another model: each comune's shade would shift.
 */

const LEAST = 4.6;
/** Bootstrap Italia's own blue. */
const USUAL = '#0066cc';

/** The colour as six-digit hex, darkened until white on it has a contrast of 4.6:1 or more; the usual blue for none or no colour. */
export function brandColour(wished: string | null): string {
  const hex = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/iu.test(wished ?? '') && wished !== null ? wished.slice(1) : USUAL.slice(1);
  const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  let channels = [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16));
  while (contrastWithWhite(channels) < LEAST) channels = channels.map((channel) => Math.floor(channel * 0.97));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** WCAG's contrast ratio of white text on a colour of six-digit hex. */
export function whiteOn(colour: string): number {
  return contrastWithWhite([1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
}

/** WCAG's contrast ratio of white text on a colour given as red, green and blue, 0 to 255. */
export function contrastWithWhite(channels: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
}
