/** The word that somebody meant who wrote another one. */

/** The one of these that is nearest to a word which is none of them, capitals aside; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const small = word.toLowerCase();
  const near = known
    .map((one) => ({ one, far: distance(small, one.toLowerCase()) }))
    .filter(({ one, far }) => far <= Math.max(1, Math.floor(Math.max(one.length, small.length) / 3)))
    .sort((a, b) => a.far - b.far);
  return near[0]?.one ?? null;
}

/**
 * How many letters to change, leave out, add or swap with their neighbour (optimal string alignment). The packages that are well kept count
 * a swap, which is the commonest slip, as two.
 */
function distance(a: string, b: string): number {
  // Longer than any name of ours: not worth counting.
  if (a.length > 64) return a.length;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
