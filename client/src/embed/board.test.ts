import fc from '@portineria/config/cases';
import { expect, test } from 'vitest';
import en from '../../texts/en.json';
import it from '../../texts/it.json';
import { comune } from '../way/comune.fixture.ts';
import { rowsOf, say, toldBy, type Told, type Wish } from './board.ts';

const told = toldBy(structuredClone(comune));
if (told === null) throw new Error('Expected the fixture to be understood');
const wish: Wish = { base: 'https://sportello.example', language: 'it', offices: [], topic: null };

test('each office has a button with its name and its door in words, which leads to its page in the language of the page around', () => {
  expect(rowsOf(told, wish, it)).toEqual([
    { href: 'https://sportello.example/o/sindaco?lang=it', name: 'Il Sindaco', state: 'open', door: 'Aperto', time: 'fino alle 13:00' },
    { href: 'https://sportello.example/o/anagrafe?lang=it', name: 'Anagrafe', state: 'closed', door: 'Chiuso', time: 'apre giovedì 26 novembre alle 11:00' },
  ]);
  expect(rowsOf(told, { ...wish, language: 'en' }, en).map(({ name, door, time }) => `${name}: ${door} ${time}`)).toEqual(['The Mayor: Open until 13:00', 'Registry: Closed opens Thursday 26 November at 11:00']);
  // A language that the comune does not have is left to the reception.
  expect(rowsOf({ ...told, languages: ['it'] }, { ...wish, language: 'en' }, en)[0]?.href).toBe('https://sportello.example/o/sindaco');
});

test('a page names the offices that it wants, in its order, and its topic goes with the link', () => {
  const rows = rowsOf(told, { ...wish, offices: ['anagrafe', 'nessuno', 'sindaco'], topic: 'Carta d’identità & più' }, it);
  expect(rows.map(({ href }) => new URL(href)).map(({ pathname, searchParams }) => [pathname, searchParams.get('topic')])).toEqual([['/o/anagrafe', 'Carta d’identità & più'], ['/o/sindaco', 'Carta d’identità & più']]);
});

test('why a door is closed stands behind when it opens', () => {
  const shut: Told = { ...told, offices: told.offices.map((office) => ({ ...office, door: { state: 'closed', until: null, next: null, by: 'staff', reason: { it: 'Riunione', en: 'Meeting' } } })) };
  expect(rowsOf(shut, wish, it)[0]?.time).toBe('dal personale, finché non riapre. Riunione');
});

test('a body that is no comune’s is not understood, whatever it is', () => {
  for (const over of [{ now: 'now' }, { languages: 'it' }, { languages: [1] }, { zone: null }, { offices: {} }, { offices: [{ ...comune.offices[0], name: 'x' }] }, { offices: [{ ...comune.offices[0], door: { state: 'ajar', until: null, next: null } }] }]) expect(toldBy({ ...comune, ...over })).toBeNull();
  fc.assert(fc.property(fc.anything(), (body) => { expect(toldBy(body)).toBeNull(); }));
});

test('a sentence has its values in it, and none is the text of another’s', () => {
  expect(say({ a: 'dalle {from} alle {to}, {what}' }, 'a', { from: '{to}', to: '12' })).toBe('dalle {to} alle 12, ');
  expect(say({}, 'a')).toBe('');
});
