/** What the tests of a file play on. */
import { paced } from '@portineria/config/pace';
import { afterAll, afterEach, beforeAll } from 'vitest';

/**
 * Begins what a file's tests share before the first, and ends it after the last. A test that fails may leave it in the middle of
 * something: the next test finds one that was begun anew.
 */
export function stage(begin: () => Promise<void>, end: () => Promise<void>): void {
  beforeAll(begin, paced(300_000));
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await end();
    await begin();
  }, paced(300_000));
  afterAll(end, paced(120_000));
}
