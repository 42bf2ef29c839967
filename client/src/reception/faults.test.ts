import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LANGUAGES } from '../words/languages.ts';
import { LENGTHS } from '../words/lengths.ts';
import { faultsOf } from './faults.ts';

test('each field has a fault of its own, and nothing that the reception would take has one', () => {
  expect(faultsOf({ name: 'Maria', topic: '' }, true)).toEqual({ name: undefined, topic: undefined, consent: undefined });
  expect(faultsOf({ name: '', topic: '\u200B' }, false)).toEqual({ name: 'office.name_missing', topic: 'office.unseen', consent: 'office.consent_missing' });
  expect(faultsOf({ name: '\u3164', topic: 'x'.repeat(501) }, true)).toEqual({ name: 'office.unseen', topic: 'office.topic_long', consent: undefined });
  expect(faultsOf({ name: '\uD83D', topic: '🙂'.repeat(500) }, true)).toEqual({ name: 'office.broken', topic: undefined, consent: undefined });
});

test('what is said to be too long is said with the length that there may be', () => {
  for (const language of LANGUAGES) {
    const texts = JSON.parse(readFileSync(new URL(`../../texts/form/${language}.json`, import.meta.url), 'utf8')) as Record<string, string>;
    expect([/\d+/u.exec(texts['office.name_long'] ?? '')?.[0], /\d+/u.exec(texts['office.topic_long'] ?? '')?.[0]]).toEqual([String(LENGTHS.name), String(LENGTHS.topic)]);
  }
});
