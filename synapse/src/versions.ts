/** What we stand on, and how far it is behind. Pure. */

/** Something that we pin. */
export interface Pinned {
  name: string;
  /** The version that we have. */
  have: string;
}

export interface Behind extends Pinned {
  newest: string;
}

const numbersOf = (version: string): number[] => version.split(/[^\d]+/u).filter((part) => part !== '').map(Number);

/** Whether one version is older than another, by its numbers. */
export function isOlder(one: string, other: string): boolean {
  const [ours, theirs] = [numbersOf(one), numbersOf(other)];
  for (let place = 0; place < Math.max(ours.length, theirs.length); place++) {
    const [here, there] = [ours[place] ?? 0, theirs[place] ?? 0];
    if (here !== there) return here < there;
  }
  return false;
}

/** Whether the step may break what stands on it (Semantic Versioning 2.0.0, 4 and 8): another first number, or another second behind a zero. */
export function isMajor({ have, newest }: Behind): boolean {
  const [ours, theirs] = [numbersOf(have), numbersOf(newest)];
  return ours[0] !== theirs[0] || (ours[0] === 0 && ours[1] !== theirs[1]);
}

/** The versions that a requirements file pins: `name==1.2.3`, a line each. */
export function pinnedIn(requirements: string): Pinned[] {
  return [...requirements.matchAll(/^([\w.-]+)==([\w.]+)\s*(?:;.*)?$/gmu)].map(([, name = '', have = '']) => ({ name, have }));
}

/** A plain table, a line each. */
export function table(rows: readonly Behind[]): string[] {
  const lines = [['package', 'have', 'newest', 'major'], ...rows.map((row) => [row.name, row.have, row.newest, isMajor(row) ? 'yes' : ''])];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}
