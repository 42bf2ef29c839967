import { expect, test } from 'vitest';
import { put, VOICE } from '../kept/shelf.ts';
import { forgetVoice, keepMicrophone, microphoneChoice, wantsVoice } from './wish.ts';

class Storage extends Map<string, string> {
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.set(key, value);
  removeItem = (key: string): void => void this.delete(key);
  key = (index: number): string | null => [...this.keys()][index] ?? null;
  get length(): number {
    return this.size;
  }
}

test('the wish to speak and the microphone are kept, and Element Call finds the microphone', () => {
  const shelf = new Storage();
  expect([wantsVoice(shelf), microphoneChoice(shelf)]).toEqual([false, null]);
  put(shelf, VOICE, true);
  keepMicrophone(shelf, 'abc');
  expect([wantsVoice(shelf), microphoneChoice(shelf)]).toEqual([true, 'abc']);
  expect(shelf.get('matrix-setting-audio-input')).toBe('"abc"');
});

test('all of it is forgotten with the visit, with what Element Call and LiveKit kept, and nothing else', () => {
  const shelf = new Storage([['matrix-setting-audio-output', '"x"'], ['loglevel:livekit', 'INFO'], ['other', '1']]);
  put(shelf, VOICE, true);
  keepMicrophone(shelf, 'abc');
  forgetVoice(shelf);
  expect([...shelf.keys()]).toEqual(['other']);
});

test('without storage nobody wished to speak, and nothing breaks', () => {
  expect([wantsVoice(null), microphoneChoice(null)]).toEqual([false, null]);
  expect(() => forgetVoice(null)).not.toThrow();
});
