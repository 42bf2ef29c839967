/**
 * What holds between the values of a configuration, not in one of them.
 * Reads the plain data of the file and lets everything pass that is no such value, since the schema says that already:
 * so the faults of both are told at once.
 */
import { isMonthDay, readDay, WEEKDAYS } from './days.ts';
import { shown, valueAt, writePath } from './faults.ts';
import type { Path } from './faults.ts';
import { MOST_SPANS } from './fields.ts';
import type { Found } from './found.ts';
import { readSpan } from './spans.ts';

/** Every fault between values: overlaps, doubles, a closure's or the recalls' wrong order. */
export function relations(data: unknown): Found[] {
  const offices = each(data, ['offices']);
  return [
    ...doubles(data, offices.map((path) => [...path, 'id']), 'an id that no other office has'),
    ...doubles(data, each(data, ['comune', 'languages']), 'each language once'),
    ...each(data, ['closures']).flatMap((path) => closure(data, path)),
    ...offices.flatMap((path) => office(data, path)),
    ...ascending(data, each(data, ['limits', 'recall'])),
    ...warning(data),
    ...jitsi(data, offices),
  ];
}

function office(data: unknown, path: Path): Found[] {
  const rules = each(data, [...path, 'rules']);
  const exceptions = each(data, [...path, 'exceptions']);
  const days = WEEKDAYS.map((day) => [...path, 'hours', day]);
  return [
    ...doubles(data, exceptions.map((item) => [...item, 'date']), 'a date that no other exception of the office has'),
    ...doubles(data, each(data, [...path, 'staff']), 'each member of staff once'),
    ...[...days, ...rules.map((item) => [...item, 'hours']), ...exceptions.map((item) => [...item, 'hours'])].flatMap((list) => overlaps(data, list)),
    ...appointment(data, path, days, rules),
  ];
}

/** Of two intervals of one list that overlap, the later one is at fault. */
function overlaps(data: unknown, path: Path): Found[] {
  const spans = each(data, path).slice(0, MOST_SPANS).flatMap((at) => {
    const value = valueAt(data, at);
    const span = typeof value === 'string' ? readSpan(value) : null;
    return span !== null && 'start' in span ? [{ at, value, span }] : [];
  });
  return spans.flatMap(({ at, value, span }, i) => {
    const other = spans.slice(0, i).find((earlier) => earlier.span.start < span.end && span.start < earlier.span.end);
    if (other === undefined) return [];
    return [fault(at, `an interval that does not overlap ${shown(other.value)} of the same day`, value)];
  });
}

function closure(data: unknown, path: Path): Found[] {
  const from = valueAt(data, [...path, 'from']);
  const to = valueAt(data, [...path, 'to']);
  if (typeof from !== 'string' || typeof to !== 'string') return [];
  const [first, last] = [readDay(from), readDay(to)];
  if (first !== null && last !== null && last < first) return [fault([...path, 'to'], `a date not before ${shown(from)}`, to)];
  if ((first !== null && isMonthDay(to)) || (last !== null && isMonthDay(from))) {
    return [fault([...path, 'to'], 'a date where from is one, and a day of every year where from is one', to)];
  }
  return [];
}

/** By appointment only: the week must not say otherwise. */
function appointment(data: unknown, path: Path, days: readonly Path[], rules: readonly Path[]): Found[] {
  if (valueAt(data, [...path, 'appointment']) !== true) return [];
  return [...days.filter((day) => each(data, day).length > 0), ...rules].map((at) =>
    fault(at, 'no hours in an office by appointment only', valueAt(data, at), 'leave them out, or leave out appointment'),
  );
}

function ascending(data: unknown, paths: readonly Path[]): Found[] {
  return paths.slice(1).flatMap((at, i) => {
    const [value, before] = [valueAt(data, at), valueAt(data, paths[i] ?? [])];
    if (typeof value !== 'number' || typeof before !== 'number' || value > before) return [];
    return [fault(at, `more minutes than the ${before} before`, value)];
  });
}

/** An office that prefers Jitsi needs one, and an app of it needs its secret. */
function jitsi(data: unknown, offices: readonly Path[]): Found[] {
  const at: Path = ['jitsi'];
  const [app, file] = [[...at, 'app_id'], [...at, 'secret_file']];
  const lonely = (one: Path, other: Path): Found[] =>
    valueAt(data, one) !== undefined && valueAt(data, other) === undefined ? [fault(one, `${writePath(other)} beside it`, valueAt(data, one))] : [];
  const without = valueAt(data, at) === undefined ? offices.map((path) => [...path, 'call']).filter((path) => valueAt(data, path) === 'jitsi') : [];
  return [
    ...without.map((path) => fault(path, 'element-call or none where no Jitsi is named', 'jitsi', 'name one: jitsi: { domain: meet.comune.example }')),
    ...lonely(app, file),
    ...lonely(file, app),
  ];
}

/** A warning as long as the visit itself would come with its opening. */
function warning(data: unknown): Found[] {
  const [at, value, longest] = [['limits', 'warning'], valueAt(data, ['limits', 'warning']), valueAt(data, ['limits', 'longest'])];
  if (typeof value !== 'number' || typeof longest !== 'number' || value < longest) return [];
  return [fault(at, `fewer minutes than the ${longest} of longest`, value)];
}

function doubles(data: unknown, paths: readonly Path[], expected: string): Found[] {
  const first = new Map<string, Path>();
  return paths.flatMap((at) => {
    const value = valueAt(data, at);
    if (typeof value !== 'string') return [];
    const known = first.get(value);
    if (known === undefined) {
      first.set(value, at);
      return [];
    }
    return [fault(at, expected, value, `it stands at ${writePath(known)} already`)];
  });
}

function fault(path: Path, expected: string, came: unknown, hint?: string): Found {
  return { path, expected, came: shown(came), ...(hint === undefined ? {} : { hint }) };
}

function each(data: unknown, path: Path): Path[] {
  const value = valueAt(data, path);
  return Array.isArray(value) ? value.map((_, i) => [...path, i]) : [];
}
