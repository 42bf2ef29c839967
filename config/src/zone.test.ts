import fc from './cases.ts';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { isZone, iso, localDay, zone } from './zone.ts';
import { writeDay } from './days.ts';

const ZONES = ['Europe/Rome', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia', 'Asia/Kathmandu', 'UTC'];

/** Moments near the changes of the clock more often than elsewhere. */
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2036, 11, 31) }),
  fc
    .tuple(fc.integer({ min: 2005, max: 2036 }), fc.constantFrom('-03-29', '-10-25', '-10-26', '-03-08', '-11-01', '-04-05', '-01-01', '-12-31'), fc.integer({ min: -12 * 60, max: 36 * 60 }))
    .map(([year, day, minute]) => Date.parse(`${year}${day}T00:00Z`) + minute * 60_000),
);

test('a wall time is the instant that Temporal calls compatible', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), moment, (name, wall) => {
      const text = new Date(wall).toISOString().slice(0, -1);
      expect(zone(name).instant(wall)).toBe(Temporal.PlainDateTime.from(text).toZonedDateTime(name, { disambiguation: 'compatible' }).epochMilliseconds);
    }),
    { numRuns: 1000 },
  );
});

test('an instant has the offset, the day and the writing that Temporal gives it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), moment, (name, at) => {
      const theirs = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name);
      expect(zone(name).offset(at)).toBe(theirs.offsetNanoseconds / 1e6);
      expect(writeDay(localDay(zone(name), at))).toBe(theirs.toPlainDate().toString());
      expect(iso(zone(name), at)).toBe(theirs.toString({ timeZoneName: 'never', smallestUnit: 'second' }));
    }),
    { numRuns: 500 },
  );
});

test('Samoa had no 30 December 2011: its hours count on from the day before', () => {
  expect(iso(zone('Pacific/Apia'), zone('Pacific/Apia').instant(Date.UTC(2011, 11, 30, 9)))).toBe('2011-12-31T09:00:00+14:00');
});

test('zones are the names of the IANA database as they are written there', () => {
  expect(['Europe/Rome', 'UTC', 'Asia/Calcutta'].map(isZone)).toEqual([true, true, true]);
  expect(['Europe/Roma', 'europe/rome', '+02:00', '', 'Rome'].map(isZone)).toEqual([false, false, false, false, false]);
});
