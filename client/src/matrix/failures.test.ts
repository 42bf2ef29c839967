import { ConnectionError, MatrixError } from 'matrix-js-sdk';
import { expect, test } from 'vitest';
import { isExpired, waitFor } from './failures.ts';

test('a lost connection and a server in trouble are tried again, a refusal is not', () => {
  expect(waitFor(new ConnectionError('fetch failed'), 1_000)).toBe(1_000);
  expect(waitFor(new TypeError('Failed to fetch'), 1_000)).toBe(1_000);
  expect(waitFor(new MatrixError({ errcode: 'M_UNKNOWN' }, 502), 1_000)).toBe(1_000);
  expect(waitFor(new MatrixError({ errcode: 'M_FORBIDDEN' }, 403), 1_000)).toBeNull();
  expect(waitFor(new Error('a fault of ours'), 1_000)).toBeNull();
});

test('a limit is waited for as long as the homeserver asks', () => {
  expect(waitFor(new MatrixError({ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 4_200 }, 429), 1_000)).toBe(4_200);
});

test('a dead token is known', () => {
  expect(isExpired(new MatrixError({ errcode: 'M_UNKNOWN_TOKEN' }, 401))).toBe(true);
  expect(isExpired(new MatrixError({ errcode: 'M_FORBIDDEN' }, 403))).toBe(false);
  expect(isExpired(new Error('M_UNKNOWN_TOKEN'))).toBe(false);
});
