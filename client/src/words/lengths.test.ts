import { expect, test } from 'vitest';
import { NAME_LENGTH, TOPIC_LENGTH } from '@portineria/config/api';
import { LENGTHS } from './lengths.ts';

test('the form takes as many characters as the HTTP interface does', () => {
  expect(LENGTHS).toEqual({ name: NAME_LENGTH, topic: TOPIC_LENGTH });
});
