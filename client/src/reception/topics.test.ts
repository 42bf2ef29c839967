import { expect, test } from 'vitest';
import { pressed, suggestedIn } from './topics.ts';

const TOPICS = ['IMU', 'TARI', 'IMU e TARI'];
const press = (topic: string, ...words: string[]): string => words.reduce((now, one) => pressed(now, one, TOPICS), topic);

test('a suggestion fills the empty field, another takes its place, and pressed again it goes', () => {
  expect(press('', 'IMU')).toBe('IMU');
  expect(press('', 'IMU', 'TARI')).toBe('TARI');
  expect(press('', 'IMU', 'IMU')).toBe('');
  expect(press(' \n', 'IMU e TARI', 'IMU')).toBe('IMU');
});

test('what somebody wrote themselves is kept below, whichever suggestion is pressed', () => {
  expect(press('due case', 'IMU')).toBe('IMU\ndue case');
  expect(press('due case\nal mare', 'IMU', 'TARI', 'TARI')).toBe('due case\nal mare');
  expect(press('IMU del 2025', 'TARI')).toBe('TARI\nIMU del 2025');
});

test('a suggestion is known at the head of what is written, also where it came from a service’s page', () => {
  expect(suggestedIn('IMU', TOPICS)).toBe('IMU');
  expect(suggestedIn('TARI\ndi mia madre', TOPICS)).toBe('TARI');
  for (const topic of ['', 'IMU del 2025', 'per la TARI']) expect(suggestedIn(topic, TOPICS)).toBeUndefined();
});
