/** What the HTTP side asks of the porter: the comune as visitors see it, an account for one visit, a goodbye. */
import type { ComuneBody, DoorBody, OfficeBody, VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { doorAt, type Door } from '@portineria/config/door';
import { BOOK, type Visitor } from '@portineria/config/events';
import { serverOf, UserId, type OfficeId } from '@portineria/config/ids';
import { intervals, timetable } from '@portineria/config/timetable';
import { iso, zone } from '@portineria/config/zone';
import { randomBytes, randomInt } from 'node:crypto';
import type { Cycle } from './cycle.ts';
import type { Progress } from './establishment.ts';
import type { Ailment } from './health.ts';
import type { Homeserver } from './homeserver.ts';
import { HomeserverError } from './request.ts';
import { jitsiDomain } from './jitsi.ts';
import type { LogState } from './sink.ts';
import { aliasOf, callKind } from './offices.ts';
import type { Porter } from './porter.ts';
import { Refusal } from './problem.ts';
import { waitingTickets } from './queue.ts';
import { refusalText } from './refusals.ts';
import type { Reception } from './routes.ts';
import { scrub } from './scrub.ts';
import type { Sfu } from './sfu.ts';
import type { Settings } from './settings.ts';
import { bookContent, put, type Situation } from './situation.ts';
import { say } from './texts.ts';

/** How many temporary accounts an office may have at once: more than any waiting room holds. */
const CROWD = 200;
/** How long a page waits for the homeserver before it is told to try again, in milliseconds. */
const ANSWER = 8000;

/** How long the homeserver may take to be brought to what is declared before it is told of, in milliseconds. */
const REACHING = 5000;
/** When to try again at an office of which nobody can tell whether it is open, in seconds. */
const TROUBLE_RETRY_S = 60;

const NO_CALLS = 'There is no server for calls: visits are in writing.';
const CALLS_AWAY = 'The server for calls does not answer: visits go on in writing until it does.';

/** What is asked of the porter here. */
type Offices = Pick<Porter, 'comune' | 'cycle' | 'officeOf' | 'isDeaf' | 'heldUp' | 'stuck' | 'report' | 'progress'>;

export function openReception(porter: Offices, homeserver: Homeserver, sfu: Sfu | null, settings: Settings, now: () => number, log: () => LogState): Reception {
  const troubles = new Troubles(porter);
  return {
    comune: (at) => comuneBody(porter.comune, porter, settings, troubles, at),
    receive: (request) => receive(request, porter, homeserver, settings, now),
    goodbye: (user) => goodbye(user, porter, homeserver, now),
    whose: (token) => homeserver.whoami(token),
    intervals: (id, from, to) => {
      const office = porter.comune.offices.find((one) => one.id === id);
      return office === undefined ? [] : intervals(timetable(porter.comune, office), from, to);
    },
    servers: () => new Set(porter.comune.offices.flatMap(({ staff }) => staff.map((user) => serverOf(user).toLowerCase())).filter((server) => server !== settings.homeserver.name)),
    jitsi: () => jitsiDomain(porter.comune),
    notes: () => (porter.comune.offices.some(({ call }) => call === 'element-call') && sfu?.isWell !== true ? [{ part: 'calls' as const, sentence: sfu === null ? NO_CALLS : CALLS_AWAY }] : []),
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
  if (faults.length === 0 && (since === null || now - since < REACHING)) return [];
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

function comuneBody(comune: Comune, porter: Offices, settings: Settings, troubles: Troubles, now: number): ComuneBody {
  const { id, name, languages, phone, privacy, accessibility, colour, sample } = comune;
  const offices = comune.offices.map((office) => officeBody(comune, office, porter, settings, troubles, now));
  return { id, name, zone: comune.zone, languages, phone, privacy, accessibility, colour, sample, offices, now: iso(zone(comune.zone), now) };
}

function officeBody(comune: Comune, office: Office, porter: Offices, settings: Settings, troubles: Troubles, now: number): OfficeBody {
  const cycle = porter.cycle(office.id);
  const body = troubles.look(office.id, () => doorBody(comune, cycle, now));
  return {
    id: office.id,
    alias: aliasOf(office, settings.homeserver.name),
    name: office.name,
    description: office.description,
    door: body ?? TROUBLE,
    waiting: cycle === undefined ? 0 : waitingTickets(cycle.situation).length,
    call: callKind(office, settings),
    appointment: office.appointment,
    phone: office.phone ?? comune.phone,
    hours: Object.fromEntries(Object.entries(office.hours)),
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

async function receive(request: VisitorRequest, porter: Offices, homeserver: Homeserver, settings: Settings, now: () => number): Promise<VisitorBody> {
  const office = porter.comune.offices.find(({ id }) => id === request.office);
  if (office === undefined) throw new Refusal('not_found');
  const cycle = porter.cycle(request.office);
  // It is declared, and its room is still to be had.
  if (cycle === undefined) throw notNow(request.language, porter.comune, office);
  refuseIfShut(cycle, request.language, now());
  const name = settings.homeserver.name;
  const visitor: Visitor = {
    user_id: UserId.parse(`@${settings.visitors.prefix}${randomBytes(10).toString('hex')}:${name}`),
    made_at: now(),
    name: request.name,
    topic: request.topic,
    language: request.language,
    voice: request.voice,
    leaving: false,
  };
  const end = performance.now() + ANSWER;
  try {
    // Written down before it is made: an account that a crash leaves behind is known, and erased in time.
    await inTime(cycle.run(() => note(cycle, homeserver, visitor, now())), end);
    const account = await inTime(homeserver.registerVisitor(visitor.user_id, say(request.language, 'guest.name', { number: randomInt(100, 1000) })), end);
    const { room } = cycle.situation;
    const knock = { room_id: room, alias: aliasOf(cycle.hands.office, name), via: [name], reason: say(request.language, 'knock.reason') };
    const { user_id, device_id, access_token } = account;
    return { user_id, device_id, access_token, homeserver: settings.public_url, porter: homeserver.porter, knock };
  } catch (error) {
    if (error instanceof HomeserverError || error instanceof LateError) throw notNow(request.language, porter.comune, office, error);
    throw error;
  }
}

/** A visit cannot be begun now: who reads it is told the telephone. */
function notNow(language: string, comune: Comune, office: Office, cause?: unknown, retryAfter = 10): Refusal {
  const phone = office.phone ?? comune.phone;
  const sentence = say(language, 'refuse.not_now');
  return new Refusal('unavailable', { retryAfter, sentence: phone === null ? sentence : `${sentence} ${say(language, 'refuse.phone', { phone })}`, cause });
}

/** Nobody gets an account for a shut door. The porter refuses such a knock all the same, whoever makes it. @throws Refusal */
function refuseIfShut({ situation, hands, isStuck }: Cycle, language: string, now: number): void {
  if (isStuck) throw notNow(language, hands.comune, hands.office, undefined, TROUBLE_RETRY_S);
  const door = doorNow(situation, now);
  const shut = door.state === 'open' ? null : door.state;
  if (shut !== null) throw new Refusal('closed', { sentence: refusalText(shut, language, hands.comune, hands.office, door, undefined) });
  if (situation.visitors.size >= CROWD) throw new Refusal('too_many', { retryAfter: 120, sentence: say(language, 'refuse.full') });
}

/** @throws Refusal where nobody can tell, by a mistake of ours */
function doorNow({ timetable, hand }: Situation, now: number): Door {
  try {
    return doorAt(timetable, hand, now);
  } catch (error) {
    throw new Refusal('unavailable', { retryAfter: TROUBLE_RETRY_S, cause: error });
  }
}

async function goodbye(user: UserId, porter: Offices, homeserver: Homeserver, now: () => number): Promise<void> {
  const cycle = porter.officeOf(user);
  if (cycle === undefined) return;
  const noted = cycle.run(async () => {
    const visitor = cycle.situation.visitors.get(user);
    if (visitor === undefined || visitor.leaving) return;
    await note(cycle, homeserver, { ...visitor, leaving: true }, now());
  });
  await inTime(noted, performance.now() + ANSWER);
}

/** The homeserver did not answer while somebody waited. */
class LateError extends Error {
  override readonly name = 'LateError';
}

/**
 * What takes too long goes on, but nobody waits for it: an account that nobody was given is erased in time.
 * @param end of the whole waiting, by `performance.now()`
 * @throws LateError
 */
async function inTime<T>(work: Promise<T>, end: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError('The homeserver does not answer in time')), Math.max(0, end - performance.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes down what is known of a visitor before it counts, so that a crash cannot lose it. */
async function note(cycle: Cycle, homeserver: Homeserver, visitor: Visitor, at: number): Promise<void> {
  const noted = (s: Situation): Situation => ({ ...s, visitors: put(s.visitors, visitor.user_id, visitor) });
  const book = { ...bookContent(noted(cycle.situation)), at };
  await homeserver.setAccountData(cycle.situation.room, BOOK, book);
  cycle.change((s) => ({ ...noted(s), written: { ...s.written, book } }));
}
