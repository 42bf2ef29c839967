/** What the HTTP side asks of the porter: the comune as visitors see it, an account for one visit, a goodbye. */
import type { ComuneBody, DoorBody, OfficeBody } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { doorAt } from '@portineria/config/door';
import { serverOf, type OfficeId } from '@portineria/config/ids';
import { intervals, timetable } from '@portineria/config/timetable';
import { iso, zone } from '@portineria/config/zone';
import { Abroad } from './abroad.ts';
import { Accounts } from './accounts.ts';
import { armsPath } from './arms.ts';
import { Feedback } from './feedback.ts';
import { GOODBYE_TIMEOUT_MS, inTime } from './intime.ts';
import { Guests } from './guests.ts';
import { Handovers } from './handovers.ts';
import { Knocks } from './knocks.ts';
import { openVicinity } from './neighbours.ts';
import type { Neighbours } from '../porter/neighbours.ts';
import type { Cycle } from '../porter/cycle/cycle.ts';
import type { Progress } from '../porter/offices/establishment.ts';
import { hoursBody } from './hours.ts';
import type { Ailment } from './readiness.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { jitsiDomain } from '../servers/jitsi.ts';
import { aliasOf, callKind } from '../hands/offices.ts';
import type { Outgoing } from '../porter/outgoing.ts';
import type { Porter } from '../porter/porter.ts';
import { knockBehind } from '../judgement/calling.ts';
import { waitingTickets } from '../judgement/queue.ts';
import type { Reception } from './routes.ts';
import { remainsSentence } from '../porter/cycle/remains.ts';
import { scrub } from '../ground/scrub.ts';
import type { Sfu } from '../servers/sfu.ts';
import type { LogState } from '../ground/sink.ts';
import type { Settings } from '../ground/settings.ts';
import { structuredHours } from './structured.ts';

/** How long the homeserver may take to be brought to what is declared before it is told of, in milliseconds. */
const REACH_GRACE_MS = 5000;

const OUTSIDE_FAILS = {
  mail: 'The last mail about a knock that nobody answered did not go out; the log says why.',
  webhook: 'The last word to a webhook about a knock that nobody answered did not go out; the log says why.',
} as const;
const NO_CALLS = 'There is no server for calls: visits are in writing.';
const CALLS_AWAY = 'The server for calls does not answer: visits go on in writing until it does.';

/** What is asked of the porter here. */
type Offices = Pick<Porter, 'comune' | 'cycle' | 'officeOf' | 'isDeaf' | 'heldUp' | 'stuck' | 'report' | 'progress' | 'remains' | 'failingOutside' | 'served'>;

export function openReception(porter: Offices, outgoing: Outgoing, homeserver: Homeserver, sfu: Sfu | null, settings: Settings, now: () => number, log: () => LogState, neighbours: Neighbours): Reception {
  const troubles = new Troubles(porter);
  const accounts = new Accounts({ porter, homeserver, settings, now });
  const abroad = new Abroad({ porter, homeserver, settings, now }, outgoing);
  const knocks = new Knocks({ porter, homeserver, settings, now }, accounts);
  const feedback = new Feedback({ porter, homeserver, settings });
  const guests = new Guests({ porter, homeserver, settings, now });
  const handovers = new Handovers({ porter, homeserver, settings, now, outgoing, neighbours, feedbackOf: (user) => feedback.ticketOf(user) });
  return {
    comune: (at) => comuneBody(porter.comune, porter, { settings, troubles, isMute: sfu !== null && !sfu.isWell }, at),
    phone: () => porter.comune.phone,
    arms: () => porter.comune.arms,
    receive: async (request, key) => {
      const visitor = await (request.neighbour === undefined ? accounts : abroad).give(request, key);
      return { ...visitor, feedback: feedback.ticketOf(visitor.user_id) };
    },
    takeFeedback: (request) => feedback.take(request),
    invitation: (link, key) => guests.look(link, key),
    receiveGuest: (request, key) => guests.give(request, key),
    originOf: (neighbour) => porter.comune.neighbours.find(({ id }) => id === neighbour)?.url ?? null,
    tellKnock: (request) => knocks.tell(request),
    sign: (request) => knocks.sign(request),
    nudge: (user) => outgoing.nudge(user),
    goodbye: (user) => (outgoing.knows(user) ? inTime(outgoing.leave(user), GOODBYE_TIMEOUT_MS) : accounts.takeBack(user)),
    renew: (user) => inTime(homeserver.accounts.renew(user), GOODBYE_TIMEOUT_MS),
    signAnew: (user, keys) => homeserver.accounts.signAnew(user, keys),
    giveCode: (user, token, going) => handovers.give(user, token, going),
    resume: (request, key) => handovers.resume(request, key),
    hasLeft: (token) => handovers.hasLeft(token),
    whose: (token) => homeserver.accounts.whoami(token),
    intervals: (id, from, to) => {
      const office = porter.comune.offices.find((one) => one.id === id);
      return office === undefined ? [] : intervals(timetable(porter.comune, office), from, to);
    },
    hours: (id, at) => {
      const office = porter.comune.offices.find((one) => one.id === id);
      return office === undefined ? { week: [], special: [] } : structuredHours(porter.comune, office, at);
    },
    servers: () => new Set(porter.comune.offices.flatMap(({ staff }) => staff.map((user) => serverOf(user).toLowerCase())).filter((server) => server !== settings.homeserver.name)),
    knockBehind: (room, event) => knockBehind(porter.served.situations, room, event),
    jitsi: () => jitsiDomain(porter.comune),
    vicinity: openVicinity(neighbours, () => porter.comune, now),
    notes: () => [
      ...(porter.comune.offices.some(({ call }) => call === 'element-call') && sfu?.isWell !== true ? [{ part: 'calls' as const, sentence: sfu === null ? NO_CALLS : CALLS_AWAY }] : []),
      ...[remainsSentence(porter.remains)].flatMap((sentence) => (sentence === null ? [] : [{ part: 'erasing' as const, sentence }])),
      ...porter.failingOutside.map((way) => ({ part: 'escalation' as const, sentence: OUTSIDE_FAILS[way] })),
      ...(neighbours.unreachable > 0 ? [{ part: 'neighbours' as const, sentence: `${neighbours.unreachable} of ${porter.comune.neighbours.length} neighbours cannot be shown as they are now; the log says why.` }] : []),
    ],
    ailing: (at) => [
      ...(homeserver.responses.fault === null ? [] : [{ part: 'homeserver' as const, sentence: scrub(`The homeserver does not do as it is asked: ${homeserver.responses.fault}.`) }]),
      ...(porter.isDeaf ? [{ part: 'stream' as const, sentence: 'The homeserver does not deliver events; the truth is being read instead.' }] : []),
      ...(porter.heldUp > 0 ? [{ part: 'offices' as const, sentence: `${porter.heldUp} offices have work that failed and is tried again.` }] : []),
      ...(porter.stuck > 0 ? [{ part: 'porter' as const, sentence: `By a mistake of the porter's nobody is served at ${porter.stuck} offices; it looks again, and the log says where.` }] : []),
      ...(troubles.size > 0 ? [{ part: 'offices' as const, sentence: `${troubles.size} offices cannot be shown as they are; the log says why.` }] : []),
      ...unreached(porter.progress, porter.comune.offices.length, at),
      ...logFaults(log()),
    ],
  };
}

/** That the homeserver has not been brought to the declared configuration. What goes as it should has some seconds to be done. */
function unreached({ unreached, unclosed, faults, since }: Progress, offices: number, now: number): Ailment[] {
  if (faults.length === 0 && (since === null || now - since < REACH_GRACE_MS)) return [];
  const why = faults.length === 0 ? '' : ` ${scrub(faults.slice(0, 3).join(' '))}`;
  const closing = unclosed === 0 ? '' : `, and to close ${unclosed} that it declares no longer`;
  return [{ part: 'offices', sentence: `The declared configuration decides; the homeserver is still to be brought to it for ${unreached} of ${offices} offices${closing}. It is tried again.${why}` }];
}

/** That lines of the log could not be written. */
function logFaults({ fault, lost }: LogState): Ailment[] {
  return fault === null ? [] : [{ part: 'log', sentence: `The log cannot be written (${fault}; ${lost} lines are lost): make room on the disk.` }];
}

/** The offices of which nobody can tell whether they are open. Each is said once, and the others go on. */
class Troubles {
  readonly #porter: Offices;
  readonly #known = new Set<OfficeId>();

  constructor(porter: Offices) {
    this.#porter = porter;
  }

  get size(): number {
    return this.#known.size;
  }

  /** What the door is by such a look; null where it cannot be told. */
  look(office: OfficeId, look: () => DoorBody): DoorBody | null {
    try {
      const door = look();
      this.#known.delete(office);
      return door;
    } catch (error) {
      if (!this.#known.has(office)) this.#porter.report('door', error);
      this.#known.add(office);
      return null;
    }
  }
}

/** What else a comune is shown by. */
interface Beside {
  readonly settings: Settings;
  readonly troubles: Troubles;
  /** The server for calls does not answer. */
  readonly isMute: boolean;
}

function comuneBody(comune: Comune, porter: Offices, beside: Beside, now: number): ComuneBody {
  const { id, name, languages, phone, address, privacy, accessibility, colour, sample } = comune;
  // Who does not know which office sees first where to ask.
  const offices = comune.offices.toSorted((a, b) => Number(b.frontDesk) - Number(a.frontDesk)).map((office) => officeBody(comune, office, porter, beside, now));
  return { id, name, zone: comune.zone, languages, phone, privacy, accessibility, colour, sample, ...(address === null ? {} : { address }), ...(comune.arms === null ? {} : { arms: armsPath(comune.arms) }), offices, now: iso(zone(comune.zone), now) };
}

function officeBody(comune: Comune, office: Office, porter: Offices, { settings, troubles, isMute }: Beside, now: number): OfficeBody {
  const call = callKind(office, settings);
  const cycle = porter.cycle(office.id);
  const booking = office.booking ?? comune.booking;
  const address = office.address ?? comune.address;
  const body = troubles.look(office.id, () => doorBody(comune, cycle, now));
  return {
    id: office.id,
    alias: aliasOf(office, settings.homeserver.name),
    name: office.name,
    description: office.description,
    ...(office.topics.length > 0 ? { topics: office.topics } : {}),
    door: body ?? TROUBLE,
    waiting: cycle === undefined || !office.showPlace ? 0 : waitingTickets(cycle.situation).length,
    ...(office.showPlace ? {} : { place_hidden: true }),
    call,
    ...(call === 'element-call' && isMute ? { voice_later: true } : {}),
    appointment: office.appointment,
    phone: office.phone ?? comune.phone,
    ...(address === null ? {} : { address }),
    ...(booking === null ? {} : { booking }),
    ...(office.frontDesk ? { front_desk: true } : {}),
    ...(office.showStaff === 'office' ? { staff_as_office: true } : {}),
    hours: Object.fromEntries(Object.entries(office.hours)),
    ...hoursBody(comune, office, now),
  };
}

/** Nobody can tell whether the office is open: nobody is sent to it, and the page names the telephone. */
const TROUBLE: DoorBody = { state: 'closed', until: null, next: null, by: 'trouble' };

/** An office's door as visitors see it. @throws Error by a mistake of ours */
function doorBody(comune: Comune, cycle: Cycle | undefined, now: number): DoorBody {
  // While the porter makes a mistake there, or has not come to it yet, whoever knocked would not be heard.
  if (cycle === undefined || cycle.isStuck) return TROUBLE;
  const { timetable, hand } = cycle.situation;
  const door = doorAt(timetable, hand, now);
  const instant = (at: number | null): string | null => (at === null ? null : iso(zone(comune.zone), at));
  const by = door.by === 'staff' ? { by: door.by } : {};
  return { state: door.state, until: instant(door.until), next: instant(door.next), ...(door.reason === null ? {} : { reason: door.reason }), ...by };
}
