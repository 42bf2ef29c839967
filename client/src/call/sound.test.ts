import { describe, expect, test } from 'vitest';
import fc from '@portineria/config/cases';
import { AUDIBLE, levelsBetween, type Levels, type Sample } from './levels.ts';
import { isKeyless, KEYS, listen, LONG, needsAdvice, unheard, type Scene, type Sound } from './sound.ts';

const sample = (at: number, voices: Sample['voices'], microphone: Sample['microphone'] = null): Sample => ({ at, voices, microphone, sent: 0, held: false, frames: 0, gone: false });
const voice = (packets: number, energy: number, seconds: number, id = 'a') => ({ id, packets, energy, seconds });

describe('levels', () => {
  test('are the root mean square of what was decoded between two samples', () => {
    const levels = levelsBetween(sample(0, [voice(10, 1, 10)], { energy: 2, seconds: 10 }), sample(1000, [voice(60, 1.04, 11)], { energy: 2.09, seconds: 11 }));
    expect(levels.heard).toBeCloseTo(0.2);
    expect(levels.spoken).toBeCloseTo(0.3);
    expect(levels.arriving).toBe(1);
  });

  test('tell packets that cannot be decrypted from none at all', () => {
    expect(levelsBetween(sample(0, [voice(10, 0, 10)]), sample(1000, [voice(60, 0, 11)]))).toEqual({ arriving: 1, pictured: false, heard: 0, spoken: null, sending: false });
    expect(levelsBetween(sample(0, [voice(10, 0, 10)]), sample(1000, [voice(10, 0, 11)]))).toEqual({ arriving: 0, pictured: false, heard: null, spoken: null, sending: false });
  });

  test('take the loudest of several voices, and a new one from its beginning', () => {
    const levels = levelsBetween(sample(0, [voice(1, 0, 1)]), sample(1000, [voice(50, 0.01, 2), voice(50, 0.25, 1, 'b')]));
    expect(levels).toEqual({ arriving: 2, pictured: false, heard: 0.5, spoken: null, sending: false });
  });

  test('stay between 0 and 1, whatever was counted', () => {
    const count = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(count, count, count, count, fc.nat(), fc.nat(), (e1, s1, e2, s2, p1, p2) => {
        const { heard, spoken } = levelsBetween(sample(0, [voice(p1, e1, s1)], { energy: e1, seconds: s1 }), sample(1, [voice(p2, e2, s2)], { energy: e2, seconds: s2 }));
        for (const level of [heard ?? 0, spoken ?? 0]) expect(level >= 0 && level <= 1).toBe(true);
      }),
    );
  });
});

const TWO: Scene = { others: 1, keys: 1, microphone: true, gone: false, held: false };
test('a picture comes while its frames grow in number', () => {
  const [before, after] = [{ ...sample(0, []), frames: 10 }, { ...sample(1000, []), frames: 25 }];
  expect([levelsBetween(before, after).pictured, levelsBetween(after, { ...after, at: 2000 }).pictured]).toEqual([true, false]);
});

const LOUD: Levels = { arriving: 1, pictured: false, heard: AUDIBLE * 10, spoken: AUDIBLE * 10, sending: true };
const HUSH: Levels = { arriving: 1, pictured: false, heard: 0, spoken: 0, sending: true };
const NONE: Levels = { arriving: 0, pictured: false, heard: null, spoken: null, sending: false };
/** The same levels, once a second. */
const over = (sound: Sound, levels: Levels, scene: Scene, from: number, to: number): Sound => {
  let now = sound;
  for (let at = from; at <= to; at += 1000) now = listen(now, levels, scene, at);
  return now;
};

describe('the line under the call', () => {
  const START = 1_000_000;

  test('says that sound comes in and goes out while it does, and over a short pause', () => {
    const loud = listen(unheard(START), LOUD, TWO, START);
    expect([loud.incoming, loud.outgoing]).toEqual(['heard', 'heard']);
    const pause = over(loud, HUSH, TWO, START + 1000, START + 2000);
    expect([pause.incoming, pause.outgoing]).toEqual(['heard', 'heard']);
    const quiet = over(loud, HUSH, TWO, START + 1000, START + 4000);
    expect([quiet.incoming, quiet.outgoing]).toEqual(['quiet', 'quiet']);
  });

  test('advises only when it has been quiet for long', () => {
    const quiet = over(unheard(START), HUSH, TWO, START, START + LONG - 1000);
    expect(needsAdvice(quiet, 'incoming', START + LONG - 1000)).toBe(false);
    const long = over(quiet, HUSH, TWO, START + LONG, START + LONG + 1000);
    expect([needsAdvice(long, 'incoming', START + LONG + 1000), needsAdvice(long, 'outgoing', START + LONG + 1000)]).toEqual([true, true]);
    expect(needsAdvice(listen(long, LOUD, TWO, START + 20_000), 'incoming', START + 20_000)).toBe(false);
  });

  test('tells nothing coming in from being alone, and a microphone that is off from one that is not heard', () => {
    expect(listen(unheard(START), NONE, { ...TWO, others: 0 }, START).incoming).toBe('alone');
    expect(listen(unheard(START), NONE, TWO, START)).toMatchObject({ incoming: 'nothing', outgoing: 'nothing' });
    expect(listen(unheard(START), HUSH, { ...TWO, microphone: false }, START).outgoing).toBe('off');
    // Whatever the button says: it cannot be turned on any more.
    expect(listen(unheard(START), LOUD, { ...TWO, gone: true }, START).outgoing).toBe('gone');
  });

  test('notices voices without keys after a while, and not before; nor when the keys come, nor for a ghost that sends nothing', () => {
    const scene = { ...TWO, keys: 0 };
    expect(isKeyless(over(unheard(START), HUSH, scene, START, START + KEYS - 1000), START + KEYS - 1000)).toBe(false);
    const keyless = over(unheard(START), HUSH, scene, START, START + KEYS);
    expect(isKeyless(keyless, START + KEYS)).toBe(true);
    expect(isKeyless(listen(keyless, HUSH, TWO, START + KEYS + 1000), START + KEYS + 1000)).toBe(false);
    expect(isKeyless(over(unheard(START), NONE, scene, START, START + 60_000), START + 60_000)).toBe(false);
  });

  test('says that sound goes out, and no more, where the browser does not tell how loud it is: it may be heard well', () => {
    const unknown = levelsBetween({ ...sample(0, []), sent: 10 }, { ...sample(1000, []), sent: 60 });
    const sound = over(unheard(START), unknown, TWO, START, START + LONG * 2);
    expect([sound.outgoing, needsAdvice(sound, 'outgoing', START + LONG * 2)]).toEqual(['sent', false]);
    const stopped = levelsBetween({ ...sample(0, []), sent: 60 }, { ...sample(1000, []), sent: 60 });
    expect(listen(unheard(START), stopped, TWO, START).outgoing).toBe('nothing');
  });

  test('says that sound is held back as soon as it is, whatever was measured, and nothing of the kind to who is alone', () => {
    expect(listen(unheard(START), HUSH, { ...TWO, held: true }, START).incoming).toBe('held');
    expect(listen(unheard(START), NONE, { ...TWO, others: 0, held: true }, START).incoming).toBe('alone');
  });
});
