/** What Node says of an error that nothing caught: the file and line where it stands, the error with its stack, and at last its own version. */

const VERSION = /^Node\.js v\d/u;
const ERROR = /^(?:[A-Z]\w*)?Error\b/u;
const PLACE = /^(?:file:\/\/)?\/\S+:\d+$/u;
/** So many lines above the error at most stands its place: the line of code, a mark under it, and some that are empty. */
const ABOVE = 5;

/** The error that an output ends with, after the place that it names; null where it ends with something else. Pure. */
export function crashIn(output: string): string | null {
  const lines = output.trimEnd().split('\n').map((line) => line.trim());
  if (!VERSION.test(lines.at(-1) ?? '')) return null;
  const at = lines.findLastIndex((line) => ERROR.test(line));
  if (at < 0) return null;
  const place = lines.slice(Math.max(0, at - ABOVE), at).findLast((line) => PLACE.test(line))?.replace(/^file:\/\//u, '');
  return [...(place === undefined ? [] : [place]), lines[at]].join(': ');
}
