import { expect, test } from 'vitest';
import { Crowd, CROWD_GAP_MS } from './crowd.ts';

test('a crowd is there from the second who comes soon after the first, until nobody has come for a while', () => {
  const crowd = new Crowd();
  crowd.arrive(1000);
  expect(crowd.until).toBe(0);
  crowd.announced(1100);
  crowd.arrive(1100 + CROWD_GAP_MS);
  expect(crowd.until).toBe(0);
  crowd.arrive(1200 + CROWD_GAP_MS);
  expect(crowd.until).toBe(1200 + 2 * CROWD_GAP_MS);
  crowd.announced(1900 + CROWD_GAP_MS);
  expect(crowd.until).toBe(1900 + 2 * CROWD_GAP_MS);
  crowd.arrive(1900 + 2 * CROWD_GAP_MS);
  expect(crowd.until).toBe(0);
});
