import { expect, test } from 'vitest';
import { closingLine, plus, tally } from './tally.ts';
import type { Report } from './tally.ts';

const report: Report = { success: true, numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test('a run without a report is a failure', () => {
  expect(closingLine(tally(undefined))).toBe('0 passed, 1 failed');
});

test('a file that could not be collected is a failure', () => {
  expect(tally({ ...report, success: false, testResults: [{ status: 'failed', assertionResults: [] }] }).failed).toBe(1);
});

test('a run that did not succeed is never told as one', () => {
  expect(tally({ ...report, success: false }).failed).toBe(1);
});

test('type checks count, skipped tests are named', () => {
  expect(closingLine(plus(tally(report), [true, false]))).toBe('4 passed, 1 failed');
  expect(closingLine(tally({ ...report, numPendingTests: 2 }))).toBe('3 passed, 0 failed, 2 skipped');
});
