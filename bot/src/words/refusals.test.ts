import type { Door } from '@portineria/config/door';
import { comuneOf } from '@portineria/config/testing';
import { describe, expect, test } from 'vitest';
import { deniedText, hoursText, refusalText, toStranger, whenText } from './refusals.ts';
import { NOON } from '../judgement/situation.fixture.ts';

const comune = comuneOf({
  comune: { languages: ['it', 'en', 'fur'], phone: '+39 099 000 0000' },
  offices: [
    { id: 'sindaco', name: { it: 'Il Sindaco', en: 'The Mayor' }, hours: { tue: ['11:00-13:00'], thu: ['11:00-13:00', '15:00-16:00'] } },
    { id: 'suap', name: 'SUAP', phone: '+39 099 111 1111', appointment: true, booking: 'https://comune.example/prenota' },
  ],
});
const [mayor, suap] = comune.offices;
if (mayor === undefined || suap === undefined) throw new Error('The comune for tests has no offices.');
const closed: Door = { state: 'closed', until: null, next: Date.UTC(2026, 10, 26, 10), by: 'timetable', reason: null };

/** What is said, its lines behind each other. */
const told = (...about: Parameters<typeof refusalText>): string => refusalText(...about).replaceAll('\n', ' ');

describe('a refused knock', () => {
  test('at a closed door is told the next opening, the week’s hours and the phone, in the visitor’s language', () => {
    expect(told('closed', 'it', comune, mayor, closed, undefined, NOON)).toBe('Il Sindaco ora è chiuso. Apre giovedì 26 novembre alle ore 11:00. Orari: mar 11:00-13:00, gio 11:00-13:00 15:00-16:00. Telefono: +39 099 000 0000.');
    const english = told('closed', 'en', comune, mayor, closed, undefined, NOON);
    for (const words of ['The Mayor', 'Thursday', '26 November', '11:00', 'Tue 11:00-13:00', '+39 099 000 0000']) expect(english.replace('November 26', '26 November')).toContain(words);
  });
  test.each([
    ['de', 'Il Sindaco: jetzt geschlossen. Öffnet am Donnerstag, 26. November um 11:00 Uhr. Öffnungszeiten: Di 11:00-13:00, Do 11:00-13:00 15:00-16:00. Telefon: +39 099 000 0000.'],
    ['fr', 'Il Sindaco\u00A0: fermé en ce moment. Ouvre jeudi 26 novembre à 11:00. Horaires\u00A0: mar. 11:00-13:00, jeu. 11:00-13:00 15:00-16:00. Téléphone\u00A0: +39 099 000 0000.'],
    ['sl', 'Il Sindaco: zdaj zaprto. Naslednje odprtje: četrtek, 26. november ob 11:00. Urnik: tor. 11:00-13:00, čet. 11:00-13:00 15:00-16:00. Telefon: +39 099 000 0000.'],
  ])('is told it in %s', (language, words) => {
    expect(told('closed', language, comune, mayor, closed, undefined, NOON)).toBe(words);
  });
  test('in a language that the bot does not speak is told in the comune’s first', () => {
    expect(told('closed', 'fur', comune, mayor, closed, undefined, NOON)).toContain('Il Sindaco ora è chiuso.');
  });
  test('is told why, as staff or the calendar say, and never more than one line of it', () => {
    const door: Door = { ...closed, reason: { it: 'Chiusura\nnatalizia\u202E' } };
    expect(told('closed', 'it', comune, mayor, door, undefined, NOON)).toContain('Motivo: Chiusura natalizia.');
    expect(told('declined', 'it', comune, mayor, closed, ' torni\ndomani ', NOON)).toContain('L’ufficio scrive: torni domani');
    expect(told('declined', 'it', comune, mayor, closed, undefined, NOON)).not.toContain('scrive');
    // Whoever wrote a full stop has one.
    expect(refusalText('closed', 'it', comune, mayor, { ...closed, reason: { it: 'Ferie. Grazie.' } }, undefined, NOON)).toContain('Motivo: Ferie. Grazie.\n');
  });
  test('where no opening is known and no hours are, is told so', () => {
    const [bare] = comuneOf({ offices: [{ name: 'Archivio' }] }).offices;
    expect(bare === undefined ? '' : told('closed', 'it', comune, bare, { ...closed, next: null }, undefined, NOON)).toBe('Archivio ora è chiuso. Non sono previste aperture nei prossimi dodici mesi. Telefono: +39 099 000 0000.');
  });
  test('at an office by appointment is told that, and how to get one', () => {
    expect(told('closed', 'it', comune, suap, { ...closed, next: null }, undefined, NOON)).toBe('SUAP riceve solo su appuntamento. Si prenota qui: https://comune.example/prenota Telefono: +39 099 111 1111.');
    expect(told('closed', 'en', comune, suap, closed, undefined, NOON)).toMatch(/^SUAP receives by appointment only\. It opens Thursday/u);
  });
  test('is told hours that stand in rules alone, and what changes in the coming days', () => {
    const town = comuneOf({
      holidays: {}, closures: [{ from: '2026-12-05', reason: 'Trasloco' }],
      offices: [{ name: 'Demografici', rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=1SA', hours: ['09:00-12:00'] }], exceptions: [{ date: '2026-12-09', hours: ['10:00-11:00'] }] }],
    });
    const [office] = town.offices;
    expect(office === undefined ? '' : told('closed', 'it', town, office, closed, undefined, NOON)).toBe(
      'Demografici ora è chiuso. Apre giovedì 26 novembre alle ore 11:00. Orari: primo sabato del mese 09:00-12:00. Prossime variazioni: sabato 5 dicembre chiuso (Trasloco); mercoledì 9 dicembre 10:00-11:00.',
    );
  });
  test('at a door that staff closed by hand until they open it again is told that, and no hours that do not hold', () => {
    const text = told('closed', 'it', comune, mayor, { ...closed, next: null, by: 'staff' }, undefined, NOON);
    expect(text).toBe('Il Sindaco ora è chiuso. L’ha chiuso il personale, finché non lo riapre. Telefono: +39 099 000 0000.');
    expect(told('closed', 'it', comune, mayor, { ...closed, by: 'staff' }, undefined, NOON)).toContain('Apre giovedì 26 novembre');
  });
  test('is told in all languages of the comune that the bot speaks, where nobody knows which is the visitor’s', () => {
    const denied = (language: string | null) => toStranger(language, comune.languages, (words) => deniedText(words, comune, mayor, 'https://comune.example/o/sindaco'));
    expect(denied('en')).toBe('The Mayor cannot receive you with this account. On its page you knock without one: https://comune.example/o/sindaco');
    expect(denied(null)).toBe(`${denied('it')} · ${denied('en')}`);
    expect(toStranger(null, ['fur'], () => 'x')).toBe('x');
  });
  test('for any other reason gets a sentence of its own, without a word of the visitor', () => {
    const texts = (['paused', 'gone', 'already', 'declined'] as const).map((why) => told(why, 'it', comune, mayor, closed, undefined, NOON));
    expect(new Set(texts).size).toBe(4);
    for (const text of texts) expect(text).not.toMatch(/[{}]|undefined|null/u);
  });
});

test('A time is the comune’s, whatever the machine’s is', () => {
  expect(whenText('it', NOON, 'Europe/Rome')).toBe('martedì 24 novembre alle ore 11:00');
  expect(whenText('it', NOON, 'Pacific/Apia')).toContain('23:00');
  expect(whenText('it', Date.UTC(2026, 10, 23, 23), 'Europe/Rome')).toContain('00:00');
});

test('A week begins with Monday, and a day without hours is left out', () => {
  expect(hoursText('it', { sun: ['10:00-11:00'], mon: ['09:00-12:00'] })).toBe('lun 09:00-12:00, dom 10:00-11:00');
  expect(hoursText('en', {})).toBe('');
});
