/** What a comune declares, as all parts work with it. */
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { armsNamed, type Arms, type ReadBeside } from './arms.ts';
import type { Weekday } from './days.ts';
import { comuneOf } from './declared.ts';
import { textOf } from './encoding.ts';
import type { CallKind, LocalText } from './events.ts';
import { valueAt } from './faults.ts';
import type { Fault, Path } from './faults.ts';
import type { Federation } from './federation.ts';
import { findings, located } from './found.ts';
import type { Holidays } from './holidays.ts';
import type { NeighbourId, OfficeId, UserId } from './ids.ts';
import { malformed, takenOver } from './malformed.ts';
import { relations } from './relations.ts';
import { ComuneFile } from './shape.ts';

/** A week as the file writes it: `{ mon: ["09:00-12:00"] }`, checked. A day without hours is absent. */
export type WeekHours = Partial<Record<Weekday, string[]>>;
/** A recurrence rule of whole days, and the intervals it opens. */
interface Rule {
  rrule: string;
  hours: string[];
}
/** A date (YYYY-MM-DD) with hours of its own; none is closed. */
interface Exception {
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
  /** What people come for most. */
  topics: LocalText[];
  hours: WeekHours;
  rules: Rule[];
  exceptions: Exception[];
  /** By appointment only: no hours but those of exceptions. */
  appointment: boolean;
  /** Open at any hour, whatever day it is: the rest says nothing then. */
  always: boolean;
  /** What becomes of who waits when the door closes. */
  atClosing: 'serve' | 'dismiss';
  phone: string | null;
  /** Where one goes in person. */
  address: LocalText | null;
  /** The page where one books an appointment. */
  booking: string | null;
  /** For whoever does not know which office. */
  frontDesk: boolean;
  /** Where in the queue somebody waits whom another office has passed on to this one. */
  passed: 'head' | 'tail';
  /** What citizens read in place of a clerk. */
  showStaff: 'name' | 'office';
  /** Whether whoever waits is told how many are before them, and for how long. */
  showPlace: boolean;
  call: CallKind;
  staff: UserId[];
  /** What is done about a knock that nobody answers. */
  escalation: EscalationStep[];
}
/** Who else is told of a knock that nobody answers. */
export type EscalationStep = {
  /** How long after the knock, in milliseconds. */
  after: number;
} & (
  | { way: 'office'; office: OfficeId }
  /** Of the office's own staff. */
  | { way: 'people'; people: UserId[] }
  | { way: 'mail'; to: string[] }
  | { way: 'webhook'; url: string }
);
/** A mail server. */
export interface Mail {
  host: string;
  port: number;
  /** TLS from the beginning. */
  secure: boolean;
  user: string | null;
  passwordFile: string | null;
  from: string;
}
/** All but the last in milliseconds; the file has minutes. */
export interface Limits {
  /** How long a visit's room stays after its end. */
  retention: number;
  /** No sign of life from a visitor's page for so long, and the visitor is taken as gone. */
  silence: number;
  /** The same for somebody of another homeserver, whose page nobody here can see. */
  elsewhere: number;
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
  /** How long a visitor may be alone in a call that staff were in, until the colleagues are called. */
  alone: number;
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
  pushesPerMinute: number;
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
interface Calls {
  /** Whether the staff may use the calls' server in rooms that are no visit. */
  otherRooms: 'refuse' | 'staff';
}
/** A Jitsi server; with an app and its secret, tokens let in. */
export interface Jitsi {
  domain: string;
  appId: string | null;
  secretFile: string | null;
}
/** Another comune's reception. */
export interface Neighbour {
  id: NeighbourId;
  /** Its origin: scheme, host, port. */
  url: string;
  /** Its homeserver; null where whatever it says itself is believed. */
  server: string | null;
  /** How it is called until its own reception has said so; null where nobody says. */
  name: LocalText | null;
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
  address: LocalText | null;
  booking: string | null;
  privacy: string | null;
  accessibility: string | null;
  /** `#rrggbb` */
  colour: string | null;
  /** The file of the coat of arms, as the configuration names it; null for none. */
  armsFile: string | null;
  /** The image in it; null where there is none, or nobody looked. */
  arms: Arms | null;
  /** The data are samples: nobody of the real comune answers. */
  sample: boolean;
  /** null: none are kept. */
  holidays: Holidays | null;
  closures: Closure[];
  offices: Office[];
  neighbours: Neighbour[];
  calls: Calls;
  federation: Federation;
  /** null: no step writes mail. */
  mail: Mail | null;
  /** null: no office prefers it. */
  jitsi: Jitsi | null;
  limits: Limits;
  traffic: Traffic;
}

/** How far behind Synapse's word of when somebody was last seen may be, in minutes: it writes it down every two, and a page that waits for news asks every half. */
export const LAST_SEEN_BEHIND_MINUTES = 3;

const ARMS: Path = ['comune', 'arms_file'];

/**
 * Reads a configuration file, as its bytes or as text. All faults come at once, in the order of the file; nothing is thrown.
 * @param lastSeenBehind how far behind the homeserver's word of when somebody was last seen may be, in minutes
 * @param beside gives the files that it names; without it nobody looks at them
 */
export function readComune(file: string | Uint8Array, lastSeenBehind = LAST_SEEN_BEHIND_MINUTES, beside?: ReadBeside): { comune: Comune } | { faults: Fault[] } {
  const yaml = typeof file === 'string' ? file : textOf(file);
  if (typeof yaml !== 'string') return { faults: [yaml] };
  const lines = new LineCounter();
  let document: Document.Parsed;
  let data: unknown;
  try {
    // Core schema of YAML 1.2: 2026-12-08 and 11:00 stay strings.
    document = parseDocument(yaml, { version: '1.2', schema: 'core', lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const [error] = document.errors;
    // What follows the first mostly comes of it.
    if (error !== undefined) return { faults: [malformed(error, document, lines, yaml)] };
    const elsewhere = takenOver(document, lines);
    if (elsewhere !== null) return { faults: [elsewhere] };
    data = document.toJS();
  } catch (error) {
    // Aliases so many, or lists in lists so deep, that the file would grow without bounds.
    return { faults: [{ path: '', expected: 'YAML that can be read', came: `a fault: ${error instanceof Error ? error.message : String(error)}` }] };
  }
  const parsed = ComuneFile.safeParse(data);
  const named = valueAt(data, ARMS);
  const looked = beside === undefined || typeof named !== 'string' ? null : armsNamed(named, beside);
  const found = [...(parsed.success ? [] : findings(parsed.error.issues, data)), ...relations(data, lastSeenBehind), ...(looked !== null && 'came' in looked ? [{ path: ARMS, ...looked }] : [])];
  if (parsed.success && found.length === 0) return { comune: { ...comuneOf(parsed.data), arms: looked !== null && 'arms' in looked ? looked.arms : null } };
  return { faults: located(found, document, lines, yaml) };
}
