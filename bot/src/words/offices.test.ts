import fc from '@portineria/config/cases';
import { expect, test } from 'vitest';
import { readPass, type Callable } from './offices.ts';

const OFFICES: readonly Callable[] = [
  { id: 'anagrafe', names: ['Anagrafe', 'Registry'] },
  { id: 'polizia-locale', names: ['Polizia locale'] },
  { id: 'tributi', names: ['Ufficio tributi', 'Tributi'] },
  { id: 'caffe', names: ['Società e cultura'] },
];
const read = (words: string) => {
  const { office, asked, near, number, note } = readPass(words, OFFICES);
  return office === null ? { asked, near, number } : [office, number, note];
};

test('an office is meant by its id or by any of its names, whatever capitals, accents and spaces it is written with', () => {
  for (const words of ['anagrafe 12', 'ANAGRAFE n. 12', 'Registry #12', '12 anagrafe', 'n° 12 anagrafe']) expect(read(words)).toEqual(['anagrafe', 12, null]);
  expect(read('polizia  locale 3 multa')).toEqual(['polizia-locale', 3, 'multa']);
  expect(read('societa e cultura, 3')).toEqual(['caffe', 3, null]);
});

test('what follows is the note, also where it has numbers of its own', () => {
  expect(read('anagrafe 12 ha 2 moduli')).toEqual(['anagrafe', 12, 'ha 2 moduli']);
  expect(read('12 ufficio tributi rata 2')).toEqual(['tributi', 12, 'rata 2']);
  expect(read('tributi ha già pagato')).toEqual(['tributi', null, 'ha già pagato']);
  expect(read('anagrafe')).toEqual(['anagrafe', null, null]);
});

test('one that is not known is told as it was written, with the one that is called nearly so', () => {
  expect(read('anagrave 12 nota')).toEqual({ asked: 'anagrave', near: 'anagrafe', number: 12 });
  expect(read('polizia lcale 12')).toEqual({ asked: 'polizia lcale', near: 'polizia-locale', number: 12 });
  expect(read('protocollo')).toEqual({ asked: 'protocollo', near: null, number: null });
  expect(read('12')).toEqual({ asked: '', near: null, number: 12 });
  expect(read('')).toEqual({ asked: '', near: null, number: null });
});

test('whatever is written is read, and only an office that is there is ever meant', () => {
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (words) => {
    const { office, near } = readPass(words, OFFICES);
    for (const one of [office, near]) if (one !== null) expect(OFFICES.map(({ id }) => id)).toContain(one);
  }));
});
