/** Comuni for tests: short to write, read by the real schema. */
import { readComune } from './comune.ts';
import type { Comune } from './comune.ts';
import { timetable } from './timetable.ts';
import type { Timetable } from './timetable.ts';

/** A comune of a file given as data: what is not said has the least that the schema asks for. Throws where it has faults. */
export function comuneOf(file: { comune?: object; offices?: object[]; [section: string]: unknown }): Comune {
  const offices = (file.offices ?? [{}]).map((office, i) => ({ id: `office-${i}`, name: 'Ufficio', ...office }));
  const result = readComune(JSON.stringify({ ...file, comune: { id: 'c', name: 'Comune', zone: 'Europe/Rome', ...file.comune }, offices }));
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.comune;
}

/** The timetable of one office, in a comune that says nothing else unless told so. */
export function timetableOf(office: object, file: { comune?: object; [section: string]: unknown } = {}): Timetable {
  const comune = comuneOf({ ...file, offices: [office] });
  const [one] = comune.offices;
  if (one === undefined) throw new Error('no office');
  return timetable(comune, one);
}
