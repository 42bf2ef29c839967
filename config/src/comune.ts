/** What a comune declares, as all parts work with it. */
import { LineCounter, parseDocument } from 'yaml';
import type { Document, YAMLParseError } from 'yaml';
import { WEEKDAYS } from './days.ts';
import type { Weekday } from './days.ts';
import type { CallKind, LocalText } from './events.ts';
import type { Fault } from './faults.ts';
import { findings, located } from './found.ts';
import type { Holidays } from './holidays.ts';
import type { OfficeId, UserId } from './ids.ts';
import { relations } from './relations.ts';
import { ComuneFile } from './shape.ts';

/** A week as the file writes it: `{ mon: ["09:00-12:00"] }`, checked. A day without hours is absent. */
export type WeekHours = Partial<Record<Weekday, string[]>>;
/** A recurrence rule of whole days, and the intervals it opens. */
export interface Rule {
  rrule: string;
  hours: string[];
}
/** A date (YYYY-MM-DD) with hours of its own; none is closed. */
export interface Exception {
  date: string;
  hours: string[];
  reason: LocalText | null;
}
/** Days on which all offices are closed, both included: dates, or MM-DD for every year. */
export interface Closure {
  from: string;
  to: string;
  reason: LocalText | null;
}
export interface Office {
  id: OfficeId;
  name: LocalText;
  description: LocalText;
  hours: WeekHours;
  rules: Rule[];
  exceptions: Exception[];
  /** By appointment only: no hours but those of exceptions. */
  appointment: boolean;
  phone: string | null;
  call: CallKind;
  staff: UserId[];
}
/** All but the last in milliseconds; the file has minutes. */
export interface Limits {
  /** How long a visit's room stays after its end. */
  retention: number;
  /** No sign of life from a visitor's page for so long, and the visitor is taken as gone. */
  silence: number;
  /** How long an account lives that never knocks. */
  unused: number;
  /** How long an admitted visitor has to come in. */
  join: number;
  /** How long after the knock the staff are called again, ascending. */
  recall: number[];
  /** How long after an unanswered knock the visitor is told the ways on. */
  unanswered: number;
  /** How long a visit lasts at most. */
  longest: number;
  /** How long before that the staff are told. */
  warning: number;
  /** How long whoever opened has to come into the visit, until the knock is back at its place. */
  host: number;
  /** How long an office's room keeps what is said there. */
  history: number;
  /** How long the homeserver keeps IP addresses. */
  addresses: number;
  /** Once so many have knocked, the door's room is made anew, as soon as nobody waits. */
  doorVisits: number;
}
/** How much one address may ask for, and what may be held at once. IPv6 addresses count by /64. */
export interface Traffic {
  /** Accounts asked for. */
  visitorsPerMinute: number;
  visitorsPerHour: number;
  /** The rest of /api. */
  apiPerMinute: number;
  /** Rendered pages and calendars. */
  pagesPerMinute: number;
  /** Built files. */
  filesPerMinute: number;
  /** Call tokens and entries to calls. */
  callsPerMinute: number;
  /** Open connections of one address, and of all. */
  connections: number;
  connectionsInAll: number;
  /** Requests that wait for news from the homeserver: of one address, of one account, of all. */
  polls: number;
  pollsPerPerson: number;
  pollsInAll: number;
  /** Other requests of one address to the homeserver. */
  requests: number;
  /** Large bodies on their way to the homeserver: of one address, and of all. */
  uploads: number;
  uploadsInAll: number;
  /** Websockets of one address to the calls' server. */
  callLines: number;
}
export interface Calls {
  /** Whether the staff may use the calls' server in rooms that are no visit. */
  otherRooms: 'refuse' | 'staff';
}
/** A Jitsi server; with an app and its secret, tokens let in. */
export interface Jitsi {
  domain: string;
  appId: string | null;
  secretFile: string | null;
}
export interface Comune {
  id: string;
  /** The homeserver's name. */
  server: string;
  name: LocalText;
  /** IANA. */
  zone: string;
  /** The first is the fallback. Never empty. */
  languages: string[];
  phone: string | null;
  privacy: string | null;
  accessibility: string | null;
  /** `#rrggbb` */
  colour: string | null;
  /** The data are samples: nobody of the real comune answers. */
  sample: boolean;
  /** null: none are kept. */
  holidays: Holidays | null;
  closures: Closure[];
  offices: Office[];
  calls: Calls;
  /** null: no office prefers it. */
  jitsi: Jitsi | null;
  limits: Limits;
  traffic: Traffic;
}

/** Reads a configuration file. All faults come at once, in the order of the file; nothing is thrown. */
export function readComune(yaml: string): { comune: Comune } | { faults: Fault[] } {
  const lines = new LineCounter();
  let document: Document.Parsed;
  let data: unknown;
  try {
    // Core schema of YAML 1.2: 2026-12-08 and 11:00 stay strings.
    document = parseDocument(yaml, { version: '1.2', schema: 'core', lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    if (document.errors.length > 0) return { faults: document.errors.map((error) => malformed(error, lines)) };
    data = document.toJS();
  } catch (error) {
    // Aliases so many, or lists in lists so deep, that the file would grow without bounds.
    return { faults: [{ path: '', expected: 'YAML that can be read', came: `a fault: ${error instanceof Error ? error.message : String(error)}` }] };
  }
  const parsed = ComuneFile.safeParse(data);
  const found = [...(parsed.success ? [] : findings(parsed.error.issues, data)), ...relations(data)];
  if (parsed.success && found.length === 0) return { comune: comuneOf(parsed.data) };
  return { faults: located(found, document, lines) };
}

function malformed(error: YAMLParseError, lines: LineCounter): Fault {
  const { line, col } = lines.linePos(error.pos[0]);
  return { path: `line ${line}, column ${col}`, expected: 'well-formed YAML', came: `a fault: ${error.message.split('\n', 1)[0] ?? ''}` };
}

function comuneOf({ comune, holidays, closures, offices, calls, jitsi, limits, traffic }: ComuneFile): Comune {
  const [first = 'it'] = comune.languages;
  const local = (t: string | Record<string, string>): LocalText => (typeof t === 'string' ? (t === '' ? {} : { [first]: t }) : t);
  const reason = (t: string | Record<string, string> | undefined): LocalText | null => (t === undefined ? null : local(t));
  const minutes = (n: number): number => Math.round(n * 60_000);
  return {
    ...comune,
    name: local(comune.name),
    phone: comune.phone ?? null,
    privacy: comune.privacy ?? null,
    accessibility: comune.accessibility ?? null,
    colour: comune.colour ?? null,
    holidays: holidays === undefined ? null : { country: holidays.country, patron: holidays.patron ?? null },
    closures: closures.map((closure) => ({ from: closure.from, to: closure.to ?? closure.from, reason: reason(closure.reason) })),
    offices: offices.map((office) => ({
      ...office,
      name: local(office.name),
      description: local(office.description),
      hours: weekOf(office.hours),
      exceptions: office.exceptions.map((exception) => ({ ...exception, reason: reason(exception.reason) })),
      phone: office.phone ?? null,
    })),
    calls: { otherRooms: calls.other_rooms },
    jitsi: jitsi === undefined ? null : { domain: jitsi.domain, appId: jitsi.app_id ?? null, secretFile: jitsi.secret_file ?? null },
    limits: {
      retention: minutes(limits.retention),
      silence: minutes(limits.silence),
      unused: minutes(limits.unused),
      join: minutes(limits.join),
      recall: limits.recall.map(minutes),
      unanswered: minutes(limits.unanswered),
      longest: minutes(limits.longest),
      warning: minutes(limits.warning),
      host: minutes(limits.host),
      history: minutes(limits.history),
      addresses: minutes(limits.addresses),
      doorVisits: limits.door_visits,
    },
    traffic: trafficOf(traffic),
  };
}

function trafficOf(traffic: ComuneFile['traffic']): Traffic {
  return {
    visitorsPerMinute: traffic.visitors_per_minute,
    visitorsPerHour: traffic.visitors_per_hour,
    apiPerMinute: traffic.api_per_minute,
    pagesPerMinute: traffic.pages_per_minute,
    filesPerMinute: traffic.files_per_minute,
    callsPerMinute: traffic.calls_per_minute,
    connections: traffic.connections,
    connectionsInAll: traffic.connections_in_all,
    polls: traffic.polls,
    pollsPerPerson: traffic.polls_per_person,
    pollsInAll: traffic.polls_in_all,
    requests: traffic.requests,
    uploads: traffic.uploads,
    uploadsInAll: traffic.uploads_in_all,
    callLines: traffic.call_lines,
  };
}

function weekOf(hours: ComuneFile['offices'][number]['hours']): WeekHours {
  const week: WeekHours = {};
  for (const day of WEEKDAYS) {
    const spans = hours[day];
    if (spans !== undefined && spans.length > 0) week[day] = spans;
  }
  return week;
}
