/**
 * What holds between the values of a configuration, not in one of them.
 * Reads the plain data of the file and lets everything pass that is no such value, since the schema says that already:
 * so the faults of both are told at once.
 */
import { isMonthDay, readDay, WEEKDAYS } from './days.ts';
import { shown, valueAt, writePath } from './faults.ts';
import type { Path } from './faults.ts';
import { MOST_SPANS } from './fields.ts';
import { matchesGlob } from './federation.ts';
import type { Found } from './found.ts';
import { readSpan } from './spans.ts';

/** Every fault between values: overlaps, doubles, a closure's or the recalls' wrong order. @param lastSeenBehind as `readComune` has it */
export function relations(data: unknown, lastSeenBehind: number): Found[] {
  const offices = each(data, ['offices']);
  return [
    ...doubles(data, offices.map((path) => [...path, 'id']), 'an id that no other office has'),
    ...doubles(data, each(data, ['comune', 'languages']), 'each language once'),
    ...each(data, ['closures']).flatMap((path) => closure(data, path)),
    ...offices.flatMap((path) => office(data, path)),
    ...ascending(data, each(data, ['limits', 'recall'])),
    ...warning(data),
    ...silence(data, lastSeenBehind),
    ...jitsi(data, offices),
    ...offices.flatMap((path) => escalation(data, path, offices)),
    ...mail(data),
    ...denied(data, offices),
    ...neighbours(data),
  ];
}

function office(data: unknown, path: Path): Found[] {
  const rules = each(data, [...path, 'rules']);
  const exceptions = each(data, [...path, 'exceptions']);
  const days = WEEKDAYS.map((day) => [...path, 'hours', day]);
  return [
    ...doubles(data, exceptions.map((item) => [...item, 'date']), 'a date that no other exception of the office has'),
    ...doubles(data, each(data, [...path, 'staff']), 'each member of staff once'),
    ...crowded(data, [...path, 'staff']),
    ...[...days, ...rules.map((item) => [...item, 'hours']), ...exceptions.map((item) => [...item, 'hours'])].flatMap((list) => overlaps(data, list)),
    ...appointment(data, path, days, rules),
    ...always(data, path, [...days, ...rules, ...exceptions]),
  ];
}

/** Bytes of an office's staff in the event that gives them their power, which holds 64 KiB with all else in it. */
const MOST_STAFF = 60_000;
/** Of one of them beside the id: quotes, colon, power, comma. */
const BESIDE_ID = 6;

function crowded(data: unknown, path: Path): Found[] {
  const staff = each(data, path).map((at) => valueAt(data, at)).filter((user) => typeof user === 'string');
  const size = staff.reduce((sum, user) => sum + Buffer.byteLength(user) + BESIDE_ID, 0);
  return size <= MOST_STAFF ? [] : [fault(path, 'as many staff as an office’s room can hold', `${staff.length} ids of ${size} bytes`, `at most ${MOST_STAFF} bytes: make several offices of it`)];
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

/** Open at any hour: nothing else must say when. */
function always(data: unknown, path: Path, times: readonly Path[]): Found[] {
  if (valueAt(data, [...path, 'always']) !== true) return [];
  const appointment = [...path, 'appointment'];
  const others = [...times, ...(valueAt(data, appointment) === true ? [appointment] : [])].filter((at) => valueAt(data, at) !== undefined);
  return others.map((at) => fault(at, 'nothing of hours in an office that is always open', valueAt(data, at), 'leave it out, or leave out always'));
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
  const without = valueAt(data, at) === undefined ? offices.map((path) => [...path, 'call']).filter((path) => valueAt(data, path) === 'jitsi') : [];
  return [
    ...without.map((path) => fault(path, 'element-call or none where no Jitsi is named', 'jitsi', 'name one: jitsi: { domain: meet.comune.example }')),
    ...lonely(data, app, file),
    ...lonely(data, file, app),
  ];
}

/** A value that means nothing without another. */
function lonely(data: unknown, one: Path, other: Path): Found[] {
  return valueAt(data, one) !== undefined && valueAt(data, other) === undefined ? [fault(one, `${writePath(other)} beside it`, valueAt(data, one))] : [];
}

const WAYS = ['office', 'people', 'mail', 'webhook'];

/** A step says one thing to do, and what it names is there. */
function escalation(data: unknown, path: Path, offices: readonly Path[]): Found[] {
  const staff = new Set(each(data, [...path, 'staff']).map((at) => valueAt(data, at)));
  const others = new Set(offices.map((other) => valueAt(data, [...other, 'id'])).filter((id) => id !== valueAt(data, [...path, 'id'])));
  return each(data, [...path, 'escalation']).flatMap((at) => {
    const step = valueAt(data, at);
    if (typeof step !== 'object' || step === null || Array.isArray(step)) return [];
    const said = WAYS.filter((way) => valueAt(data, [...at, way]) !== undefined);
    const [office, people, to] = [[...at, 'office'], each(data, [...at, 'people']), [...at, 'mail']];
    return [
      ...(said.length === 1 ? [] : [fault(at, `one of ${WAYS.join(', ')} in each step`, said.length === 0 ? step : said.join(' and '), said.length === 0 ? undefined : 'make a step of each')]),
      ...(typeof valueAt(data, office) === 'string' && !others.has(valueAt(data, office)) ? [fault(office, 'the id of another office', valueAt(data, office))] : []),
      ...doubles(data, people, 'each person once'),
      ...people.filter((one) => typeof valueAt(data, one) === 'string' && !staff.has(valueAt(data, one))).map((one) => fault(one, "somebody of the office's staff", valueAt(data, one), `name them at ${writePath([...path, 'staff'])} as well`)),
      ...(valueAt(data, to) !== undefined && valueAt(data, ['mail']) === undefined ? [fault(to, 'no mail where no mail server is named', valueAt(data, to), 'name one: mail: { host: smtp.comune.example, from: portineria@comune.example }')] : []),
    ];
  });
}

/** Who is denied is neither ourselves nor the staff. */
function denied(data: unknown, offices: readonly Path[]): Found[] {
  const globs = each(data, ['federation', 'deny']).filter((at) => typeof valueAt(data, at) === 'string');
  const own = valueAt(data, ['comune', 'server']) ?? 'localhost';
  const staff = offices.flatMap((path) => each(data, [...path, 'staff'])).flatMap((at) => {
    const user = valueAt(data, at);
    return typeof user === 'string' && user.includes(':') ? [{ at, server: user.slice(user.indexOf(':') + 1) }] : [];
  });
  return globs.flatMap((at) => {
    const glob = String(valueAt(data, at));
    if (typeof own === 'string' && matchesGlob(own, glob)) return [fault(at, `homeservers other than our own ${shown(own)}`, glob)];
    const colleague = staff.find(({ server }) => matchesGlob(server, glob));
    return colleague === undefined ? [] : [fault(at, 'no homeserver of the staff', glob, `${writePath(colleague.at)} is of one`)];
  });
}

/** A name at the mail server needs its password. */
function mail(data: unknown): Found[] {
  const [user, file] = [['mail', 'user'], ['mail', 'password_file']];
  return [...lonely(data, user, file), ...lonely(data, file, user)];
}

/** No two neighbours have one id, or are the same reception; and where their accounts are let in, it is known whose those are. */
function neighbours(data: unknown): Found[] {
  const all = each(data, ['neighbours']);
  return [
    ...doubles(data, all.map((path) => [...path, 'id']), 'an id that no other neighbour has'),
    ...doubles(data, all.map((path) => [...path, 'url']), 'each reception once'),
    ...doubles(data, all.map((path) => [...path, 'server']), 'each homeserver once'),
    ...(valueAt(data, ['federation', 'visitors']) !== 'neighbours' ? [] : all.filter((path) => valueAt(data, [...path, 'server']) === undefined).map((path) =>
      fault([...path, 'server'], 'the homeserver of each neighbour, whose accounts are let in', undefined, 'it stands behind the colon of the neighbour’s addresses, as in @portineria:comune.example'))),
  ];
}

/** A warning as long as the visit itself would come with its opening. */
function warning(data: unknown): Found[] {
  const [at, value, longest] = [['limits', 'warning'], valueAt(data, ['limits', 'warning']), valueAt(data, ['limits', 'longest'])];
  if (typeof value !== 'number' || typeof longest !== 'number' || value < longest) return [];
  return [fault(at, `fewer minutes than the ${longest} of longest`, value)];
}

/** Who is there, and was seen last so long ago as the homeserver's telling is behind, is not to be taken for gone. */
function silence(data: unknown, lastSeenBehind: number): Found[] {
  const at: Path = ['limits', 'silence'];
  const value = valueAt(data, at);
  if (typeof value !== 'number' || value <= 0 || value >= lastSeenBehind) return [];
  return [fault(at, `${lastSeenBehind} minutes or more`, value, 'the homeserver tells when a page was last seen with a delay of minutes: people who are there would be thrown out')];
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
