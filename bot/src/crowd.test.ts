import { describe, expect, test, vi } from 'vitest';
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

  test('takes news when the cards at hand are posted, or after a moment; without a crowd news is taken at once', async () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const crowd = new Crowd();
      const posting = (): (() => void) => {
        let end = (): void => undefined;
        crowd.arrive(Date.now());
        void crowd.post(() => new Promise<void>((resolve) => { end = resolve; }));
        return () => end();
      };
      let news = 0;
      const taken = (): void => void crowd.breath(Date.now()).then(() => { news += 1; });
      const first = posting();
      taken();
      await vi.advanceTimersByTimeAsync(0);
      expect(news).toBe(1);
      const second = posting();
      taken();
      await vi.advanceTimersByTimeAsync(20);
      expect(news).toBe(1);
      first();
      second();
      await vi.advanceTimersByTimeAsync(0);
      expect(news).toBe(2);
      posting();
      taken();
      await vi.advanceTimersByTimeAsync(GAP - 1);
      expect(news).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is not held up for long by offices whose cards are stuck', async () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const crowd = new Crowd();
      for (let stuck = 0; stuck < 5; stuck++) void crowd.post(() => new Promise<void>(() => undefined));
      let posted = false;
      void crowd.post(async () => { posted = true; });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(posted).toBe(true);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
