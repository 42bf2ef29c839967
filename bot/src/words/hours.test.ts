import { dayOf } from '@portineria/config/days';
import { timetableOf } from '@portineria/config/testing';
import { describe, expect, test } from 'vitest';
import { changeLines, ruleLines } from './hours.ts';

const TODAY = dayOf(2026, 11, 24) ?? 0;
const ruled = (language: string, rrule: string, file = {}) => ruleLines(language, timetableOf({ rules: [{ rrule, hours: ['09:00-12:00'] }] }, file).calendar, TODAY).map(({ when }) => when)[0];

describe('a rule is told as a sentence', () => {
  test.each([
    ['FREQ=MONTHLY;BYDAY=1SA', 'primo sabato del mese', 'first Saturday of the month'],
    ['FREQ=MONTHLY;BYDAY=SA;BYSETPOS=1', 'primo sabato del mese', 'first Saturday of the month'],
    ['FREQ=MONTHLY;BYDAY=-1SU,2SU', 'seconda e ultima domenica del mese', 'second and last Sunday of the month'],
    ['FREQ=MONTHLY;BYDAY=1MO,3TH', 'primo lunedì e terzo giovedì del mese', 'first Monday and third Thursday of the month'],
    ['FREQ=MONTHLY;BYMONTH=11,12,1,2,3;BYDAY=1SA', 'primo sabato del mese, da novembre a marzo', 'first Saturday of the month, from November to March'],
    ['FREQ=YEARLY;BYMONTH=7,8;BYDAY=1SA,3SA', 'primo e terzo sabato del mese, in luglio e agosto', 'first and third Saturday of the month, in July and August'],
    ['FREQ=WEEKLY;BYDAY=TU,TH', 'ogni martedì e giovedì', 'every Tuesday and Thursday'],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYMONTH=6,7,8,9', 'da lunedì a venerdì, da giugno a settembre', 'from Monday to Friday, from June to September'],
    ['FREQ=MONTHLY;BYDAY=WE', 'ogni mercoledì', 'every Wednesday'],
    ['FREQ=DAILY;BYMONTH=8', 'ogni giorno, in agosto', 'every day, in August'],
    ['FREQ=MONTHLY;BYMONTHDAY=15', 'giorno 15 del mese', 'day 15 of the month'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15,-1', 'giorni 1 e 15 del mese e ultimo giorno del mese', 'days 1 and 15 of the month and last day of the month'],
    ['FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=16', 'ogni anno: 16 giugno e 16 dicembre', 'every year: 16 June and 16 December'],
    ['DTSTART:20260105\nFREQ=WEEKLY;BYDAY=SA;UNTIL=20261231', 'ogni sabato, fino a giovedì 31 dicembre', 'every Saturday, until Thursday 31 December'],
    ['DTSTART:20270104\nFREQ=WEEKLY', 'ogni lunedì, da lunedì 4 gennaio 2027', 'every Monday, from Monday 4 January 2027'],
  ])('%s', (rrule, italian, english) => {
    expect([ruled('it', rrule), ruled('en', rrule)]).toEqual([italian, english]);
  });

  test.each([
    ['FREQ=MONTHLY;BYDAY=1SA', 'erster Samstag im Monat', 'premier samedi du mois', 'prva sobota v mesecu'],
    ['FREQ=MONTHLY;BYDAY=-1SU,2SU', 'zweiter und letzter Sonntag im Monat', 'deuxième et dernier dimanche du mois', 'druga in zadnja nedelja v mesecu'],
    ['FREQ=MONTHLY;BYDAY=1MO,3WE', 'erster Montag und dritter Mittwoch im Monat', 'premier lundi et troisième mercredi du mois', 'prvi ponedeljek in tretja sreda v mesecu'],
    ['FREQ=MONTHLY;BYMONTH=10,11,12;BYDAY=1SA', 'erster Samstag im Monat, von Oktober bis Dezember', 'premier samedi du mois, octobre à décembre', 'prva sobota v mesecu, oktober–december'],
    ['FREQ=YEARLY;BYMONTH=7,8;BYDAY=2TH', 'zweiter Donnerstag im Monat, im Juli und August', 'deuxième jeudi du mois, en juillet et août', 'drugi četrtek v mesecu, samo julij in avgust'],
    ['FREQ=WEEKLY;BYDAY=TU,TH', 'jeden Dienstag und Donnerstag', 'chaque mardi et jeudi', 'vsak teden: torek in četrtek'],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'von Montag bis Freitag', 'du lundi au vendredi', 'ponedeljek – petek'],
    ['FREQ=DAILY', 'täglich', 'tous les jours', 'vsak dan'],
    ['FREQ=MONTHLY;BYMONTHDAY=15', 'am 15. des Monats', 'le 15 du mois', '15. dan v mesecu'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15,-1', 'am 1. und 15. des Monats und am letzten Tag des Monats', 'les 1er et 15 du mois et le dernier jour du mois', '1. in 15. dan v mesecu in zadnji dan v mesecu'],
    ['FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=16', 'jedes Jahr: 16. Juni und 16. Dezember', 'chaque année\u00A0: 16 juin et 16 décembre', 'vsako leto: 16. junij in 16. december'],
    ['DTSTART:20260105\nFREQ=WEEKLY;BYDAY=SA;UNTIL=20261231', 'jeden Samstag, bis Donnerstag, 31. Dezember', 'chaque samedi, jusqu’au jeudi 31 décembre', 'vsak teden: sobota, konec: četrtek, 31. december'],
  ])('%s in German, French and Slovene', (rrule, german, french, slovene) => {
    expect(['de', 'fr', 'sl'].map((language) => ruled(language, rrule))).toEqual([german, french, slovene]);
  });

  test('one that leaves open which week, with its next dates as well', () => {
    expect(ruled('en', 'DTSTART:20261105\nFREQ=WEEKLY;INTERVAL=2;BYDAY=TH')).toBe('Thursday, every 2 weeks, next dates: Thursday 3 December, Thursday 17 December and Thursday 31 December');
  });
});

describe('a rule that no sentence tells', () => {
  test.each(['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1', 'FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYDAY=TU,FR', 'FREQ=YEARLY;BYDAY=-2WE', 'FREQ=MONTHLY;INTERVAL=2;BYDAY=1TU'])('%s is told by its next dates', (rrule) => {
    expect(ruled('it', rrule)).toMatch(/^prossime date: [a-zì]+ \d+ [a-z]+/u);
  });

  test('gives no date on which it is shut', () => {
    expect(ruled('en', 'FREQ=YEARLY;BYYEARDAY=342,356', { holidays: {} })).toBe('next dates: Tuesday 22 December');
  });

  test('is left out where it gives no day within a year', () => {
    expect(ruled('it', 'FREQ=WEEKLY;BYDAY=SA;UNTIL=20261031')).toBeUndefined();
  });
});

describe('what changes in the coming days', () => {
  const week = { mon: ['09:00-12:00'], thu: ['09:00-12:00'] };
  const changes = (office: object, file = {}) => changeLines('it', timetableOf(office, file).calendar, dayOf(2026, 11, 30) ?? 0).map(({ when, hours, reason }) => [when, hours, reason]);

  test('is an exception, and a closure with its whole span and reason', () => {
    expect(changes(
      { hours: week, exceptions: [{ date: '2026-12-05', hours: ['09:00-11:00'], reason: 'Apertura straordinaria' }, { date: '2026-12-10', hours: [] }] },
      { holidays: {}, closures: [{ from: '2026-12-24', to: '2027-01-06', reason: 'Chiusura natalizia' }, { from: '2026-12-15', reason: 'Di martedì non si riceve' }] },
    )).toEqual([
      ['sabato 5 dicembre', ['09:00-11:00'], { it: 'Apertura straordinaria' }],
      ['giovedì 10 dicembre', [], null],
      ['da giovedì 24 dicembre a mercoledì 6 gennaio 2027', [], { it: 'Chiusura natalizia' }],
    ]);
  });

  test('is a holiday on a day that would have hours', () => {
    expect(changes({ hours: { tue: ['09:00-12:00'] } }, { holidays: {} })).toEqual([['martedì 8 dicembre', [], expect.objectContaining({ it: 'Immacolata Concezione', sl: 'Brezmadežno spočetje' })]]);
    expect(changes({ rules: [{ rrule: 'FREQ=MONTHLY;BYDAY=2TU', hours: ['09:00-12:00'] }] }, { holidays: {} })).toHaveLength(1);
  });

  test('is nothing where nothing is out of the ordinary, or the office is always open', () => {
    expect(changes({ hours: week })).toEqual([]);
    expect(changes({ always: true }, { holidays: {} })).toEqual([]);
  });

  test('keeps hours over midnight as they are written', () => {
    expect(changes({ exceptions: [{ date: '2026-12-09', hours: ['22:00-02:00'] }] })).toEqual([['mercoledì 9 dicembre', ['22:00-02:00'], null]]);
  });
});
