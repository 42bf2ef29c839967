/** Figures, and how they are printed: each with what it is measured against, since absolute times say little on a shared machine. */

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** The bound, and whether it holds; none for a figure that is only shown. */
  readonly goal?: string;
  readonly holds?: boolean;
}

/** The value below which a share of the figures lies: 0.5 is the median. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  for (const { what, figure, goal, holds } of rows) {
    const verdict = goal === undefined ? '' : `   ${holds === true ? 'holds' : 'MISSED'}: ${goal}`;
    console.log(`  ${what.padEnd(58)} ${figure.padStart(14)}${verdict}`);
  }
}

export const ms = (figure: number): string => `${figure.toFixed(figure < 10 ? 1 : 0)} ms`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} x`;
