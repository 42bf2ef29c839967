/** Faults of a configuration, said so that a clerk can mend them. */
import { nearest } from './nearest.ts';

export interface Fault {
  /** Where, as in `offices[2].hours.tue[0]`; '' is the file as a whole. */
  path: string;
  /** What was expected there. */
  expected: string;
  /** What came, as JSON and shortened; `nothing` where nothing stands. */
  came: string;
  /** What to do. */
  hint?: string;
  /** The line of the file, from 1. */
  line?: number;
}

export type Path = readonly (string | number)[];

/** `offices[2].hours.tue[0]: expected an interval such as "09:00-12:00", came "9-12" (line 31); write "09:00-12:00"` */
export function sentence(fault: Fault): string {
  const where = fault.path === '' ? 'the file' : fault.path;
  const line = fault.line === undefined ? '' : ` (line ${fault.line})`;
  const hint = fault.hint === undefined ? '' : `; ${fault.hint}`;
  return `${where}: expected ${fault.expected}, came ${fault.came}${line}${hint}`;
}

/** A path as people write it. */
export function writePath(path: Path): string {
  return path.reduce<string>((done, step) => {
    if (typeof step === 'number') return `${done}[${step}]`;
    if (!/^[\w-]{1,64}$/u.test(step)) return `${done}[${shown(step)}]`;
    return done === '' ? step : `${done}.${step}`;
  }, '');
}

/** A value as a fault shows it: JSON of at most 80 characters. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  let json: string;
  try {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition, @typescript-eslint/no-base-to-string -- A function or a symbol is no JSON, and has words of its own.
    json = JSON.stringify(value) ?? String(value);
  } catch {
    // A YAML alias can point back to what holds it.
    json = 'something that holds itself';
  }
  const letters = [...json];
  return letters.length <= 80 ? json : `${letters.slice(0, 77).join('')}...`;
}

/** The value at a path of plain data. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    return Reflect.get(at, step);
  }, data);
}

/** What clerks write by habit for a name of ours. */
const HABITS: Readonly<Record<string, string>> = {
  lun: 'mon', lunedì: 'mon', lunedi: 'mon', monday: 'mon',
  mar: 'tue', martedì: 'tue', martedi: 'tue', tuesday: 'tue', tues: 'tue',
  mer: 'wed', mercoledì: 'wed', mercoledi: 'wed', wednesday: 'wed',
  gio: 'thu', giovedì: 'thu', giovedi: 'thu', thursday: 'thu', thur: 'thu', thurs: 'thu',
  ven: 'fri', venerdì: 'fri', venerdi: 'fri', friday: 'fri',
  sab: 'sat', sabato: 'sat', saturday: 'sat',
  dom: 'sun', domenica: 'sun', sunday: 'sun',
  title: 'name', color: 'colour', stemma: 'arms_file', arms: 'arms_file', logo: 'arms_file', timezone: 'zone', start: 'from', end: 'to', until: 'to',
};

/** The name nearest to one that is not known; null when none is near. */
export function nearestName(name: string, names: readonly string[]): string | null {
  const small = name.toLowerCase();
  const habit = Object.hasOwn(HABITS, small) ? HABITS[small] : undefined;
  return habit !== undefined && names.includes(habit) ? habit : nearest(name, names);
}
