import { expect, test } from 'vitest';
import { comune } from '../way/comune.fixture.ts';
import { begin } from '../way/state.ts';
import { viewOf } from '../way/path.ts';
import { addressOf, descriptionOf, phonesOf, whereabouts } from './head.ts';

const at = (path: string) => begin(viewOf(path, comune));

test('an office’s page is described by what the office does, the others by what one does here', () => {
  expect(descriptionOf(at('/o/sindaco'), comune, 'en', 'Knock here.')).toBe('The Mayor, Comune di Maruggio. Receives citizens');
  expect(descriptionOf(at('/'), comune, 'it', 'Bussi qui.')).toBe('Comune di Maruggio. Bussi qui.');
  const silent = { ...comune, offices: comune.offices.map((office) => ({ ...office, description: { und: '' } })) };
  expect(descriptionOf(at('/o/sindaco'), silent, 'it', 'Bussi qui.')).toBe('Il Sindaco, Comune di Maruggio. Bussi qui.');
});

test('a page is to be found by its address alone, with the language that was chosen, and a neighbour’s by its own', () => {
  expect(addressOf('/o/sindaco', null, 'https://a.example', null)).toBe('https://a.example/o/sindaco');
  expect(addressOf('/', 'en', 'https://a.example', null)).toBe('https://a.example/?lang=en');
  expect(addressOf('/n/vicino/o/tributi', null, 'https://a.example', 'https://b.example')).toBe('https://b.example/o/tributi');
  expect(addressOf('/n/vicino', 'it', 'https://a.example', 'https://b.example')).toBe('https://b.example/?lang=it');
});

test('an office’s page says where the office is, the others where the comune is', () => {
  const placed = { ...comune, address: { it: 'Piazza 1', en: '1 Square' }, offices: comune.offices.map((office) => (office.id === 'sindaco' ? { ...office, address: { it: 'Via 2' } } : office)) };
  expect(['/', '/o/sindaco', '/o/anagrafe'].map((path) => whereabouts(at(path), placed, 'en'))).toEqual(['1 Square', 'Via 2', '']);
});

test('without scripts one reads where to telephone: the office, or the comune and who has a number of their own', () => {
  expect(phonesOf(at('/o/anagrafe'), comune, 'it')).toEqual([{ whose: 'Comune di Maruggio', phone: '+39 099 000 0000' }, { whose: 'Anagrafe', phone: '+39 099 111 1111' }]);
  expect(phonesOf(at('/o/sindaco'), comune, 'it')).toEqual([{ whose: 'Comune di Maruggio', phone: '+39 099 000 0000' }]);
  const shared = { ...comune, offices: comune.offices.map((office) => ({ ...office, phone: comune.phone })) };
  expect(phonesOf(at('/o/anagrafe'), shared, 'en')).toEqual([{ whose: 'Registry', phone: '+39 099 000 0000' }]);
  expect(phonesOf(at('/'), shared, 'en')).toEqual([{ whose: 'Comune di Maruggio', phone: '+39 099 000 0000' }]);
  expect(phonesOf(at('/'), { ...comune, phone: null, offices: [] }, 'en')).toEqual([]);
});
