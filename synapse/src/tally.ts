/** The last line of a test run, for programs to read: `N passed, N failed`. */
import * as z from 'zod';

/** What counts in the report that vitest's JSON reporter writes. */
export const Report = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});
export type Report = z.infer<typeof Report>;

export interface Tally { passed: number; failed: number; skipped: number }

/** A run that broke before it could report counts as one failure, as does a file whose tests could not even be collected. */
export function tally(report: Report | undefined): Tally {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !report.success ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Checks of types and rules count as tests: each passes or fails. */
export function plus(sum: Tally, checks: readonly boolean[]): Tally {
  const passed = checks.filter(Boolean).length;
  return { passed: sum.passed + passed, failed: sum.failed + checks.length - passed, skipped: sum.skipped };
}

export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
