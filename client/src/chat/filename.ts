/** Names of files as strangers give them, made safe to be shown and saved under. Pure. */
import { plainLine } from '@portineria/config/harmless';

/** The most code points of a name: what every system takes, with its ending. */
const LONGEST = 100;
/** What means something in a path or a shell on some system. */
const UNSAFE = /[\\/:*?"<>|%~]/gu;

/** A name without anything of a path, never empty, with its ending kept. @param fallback for a name that has nothing else */
export function safeName(name: string, fallback: string): string {
  // What is in front of the name is the sender's own folders. A dot in front hides a file.
  const bare = plainLine(name, Infinity).split(/[\\/]/u).at(-1)?.replace(UNSAFE, '_').replace(/^[.\s]+|[.\s]+$/gu, '') ?? '';
  const points = [...bare];
  if (points.length === 0) return fallback;
  if (points.length <= LONGEST) return bare;
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(bare)?.[0] ?? '';
  return `${points.slice(0, LONGEST - ending.length - 1).join('')}…${ending}`;
}

/** How large a file is, as people of a language write it. */
export function sizeText(bytes: number, language: string): string {
  const [unit, per, digits] = bytes < 1_000_000 ? (['kilobyte', 1_000, 0] as const) : (['megabyte', 1_000_000, 1] as const);
  const size = bytes / per;
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: digits }).format(unit === 'kilobyte' ? Math.max(1, size) : size);
}
