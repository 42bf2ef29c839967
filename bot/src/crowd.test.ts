import { describe, expect, test } from 'vitest';
import { Crowd, GAP } from './crowd.ts';

describe('a crowd', () => {
  test('is there from the second who comes soon after the first, until nobody has come for a while', () => {
    const crowd = new Crowd();
    crowd.arrive(1000);
    expect(crowd.until).toBe(0);
    crowd.announced(1100);
    crowd.arrive(1100 + GAP);
    expect(crowd.until).toBe(0);
    crowd.arrive(1200 + GAP);
    expect(crowd.until).toBe(1200 + 2 * GAP);
    crowd.announced(1900 + GAP);
    expect(crowd.until).toBe(1900 + 2 * GAP);
    crowd.arrive(1900 + 2 * GAP);
    expect(crowd.until).toBe(0);
  });

  test('has its cards posted a few at a time, in the order in which they come, and one that fails keeps nobody waiting', async () => {
    const crowd = new Crowd();
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const posts = Array.from({ length: 6 }, (_, index) => crowd.post(async () => {
      begun.push(index);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (index === 1) throw new Error('no');
    }));
    const failed = expect(posts[1]).rejects.toThrow('no');
    await Promise.resolve();
    const atOnce = begun.length;
    expect(atOnce).toBeLessThan(posts.length);
    for (let index = 0; index < posts.length; index++) {
      ends[index]?.();
      await posts[index]?.catch(() => undefined);
      await Promise.resolve();
      expect(begun).toEqual(Array.from({ length: Math.min(posts.length, atOnce + index + 1) }, (_, one) => one));
    }
    await failed;
    // All turns are free again.
    let done = false;
    await crowd.post(async () => { done = true; });
    expect(done).toBe(true);
  });
});
