/** What the HTTP side asks of the porter: the comune as visitors see it, an account for one visit, a goodbye. */
import type { ComuneBody, OfficeBody, VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { Comune, Office } from '@portineria/config/comune';
import { doorAt } from '@portineria/config/door';
import { BOOK, type Visitor } from '@portineria/config/events';
import { serverOf, UserId } from '@portineria/config/ids';
import { intervals, timetable } from '@portineria/config/timetable';
import { iso, zone } from '@portineria/config/zone';
import { randomBytes, randomInt } from 'node:crypto';
import type { Cycle } from './cycle.ts';
import type { Homeserver } from './homeserver.ts';
import { type KeyedNames, namesOf } from './knockkey.ts';
import { HomeserverError } from './request.ts';
import { jitsiDomain } from './jitsi.ts';
import { aliasOf, callKind } from './offices.ts';
import type { Porter } from './porter.ts';
import { Refusal } from './problem.ts';
import { waitingTickets } from './queue.ts';
import { refusalText } from './refusals.ts';
import type { Reception } from './routes.ts';
import type { Sfu } from './sfu.ts';
import type { Settings } from './settings.ts';
import { bookContent, put, type Situation } from './situation.ts';
import { say } from './texts.ts';

/** How many temporary accounts an office may have at once: more than any waiting room holds. */
const CROWD = 200;
/** How long a page waits for the homeserver before it is told to try again, in milliseconds; and for an account, which takes some requests. */
const ANSWER = 8000;
const ACCOUNT_TIMEOUT_MS = 15_000;
/** For how long an account that was given is remembered for whoever asks again, in milliseconds, and how many are. */
const GIVEN_LIFE_MS = 60 * 60_000;
const MOST_GIVEN = 2000;

const NO_CALLS = 'There is no server for calls: visits are in writing.';
const CALLS_AWAY = 'The server for calls does not answer: visits go on in writing until it does.';

export function openReception(porter: Porter, homeserver: Homeserver, sfu: Sfu | null, settings: Settings, now: () => number): Reception {
  const given: Given = new Map();
  return {
    comune: (at) => comuneBody(porter.comune, porter, settings, at),
    phone: () => porter.comune.phone,
    receive: (request, key) => receive(request, key, given, porter, homeserver, settings, now),
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
      ...(porter.isDeaf(at) ? [{ part: 'stream' as const, sentence: 'The homeserver does not deliver events; the truth is being read instead.' }] : []),
      ...(porter.heldUp > 0 ? [{ part: 'offices' as const, sentence: `${porter.heldUp} offices have work that failed and is tried again.` }] : []),
    ],
  };
}

function comuneBody(comune: Comune, porter: Porter, settings: Settings, now: number): ComuneBody {
  const { id, name, languages, phone, privacy, accessibility, colour, sample } = comune;
  const offices = comune.offices.map((office) => officeBody(comune, office, porter, settings, now));
  return { id, name, zone: comune.zone, languages, phone, privacy, accessibility, colour, sample, offices, now: iso(zone(comune.zone), now) };
}

function officeBody(comune: Comune, office: Office, porter: Porter, settings: Settings, now: number): OfficeBody {
  const situation = porter.cycle(office.id)?.situation;
  const door = doorAt(situation?.timetable ?? timetable(comune, office), situation?.hand ?? null, now);
  const instant = (at: number | null): string | null => (at === null ? null : iso(zone(comune.zone), at));
  return {
    id: office.id,
    alias: aliasOf(office, settings.homeserver.name),
    name: office.name,
    description: office.description,
    door: { state: door.state, until: instant(door.until), next: instant(door.next), ...(door.reason === null ? {} : { reason: door.reason }) },
    waiting: situation === undefined ? 0 : waitingTickets(situation).length,
    call: callKind(office, settings),
    appointment: office.appointment,
    phone: office.phone ?? comune.phone,
    hours: Object.fromEntries(Object.entries(office.hours)),
  };
}

/** What was given for a key, or is being made: whoever asks again, or twice at once, gets the same. By the account's id, the oldest first. */
type Given = Map<UserId, OneGiven>;
interface OneGiven {
  readonly wish: string;
  readonly at: number;
  readonly body: Promise<VisitorBody>;
  isMade: boolean;
}

async function receive(request: VisitorRequest, key: string | null, given: Given, porter: Porter, homeserver: Homeserver, settings: Settings, now: () => number): Promise<VisitorBody> {
  const cycle = porter.cycle(request.office);
  if (cycle === undefined) throw new Refusal('not_found');
  // The secret is the registration's: who has it can make any visitor's account anyhow.
  const names = key === null ? null : namesOf(key, settings.visitors.as_token);
  const user = UserId.parse(`@${settings.visitors.prefix}${names?.local ?? randomBytes(10).toString('hex')}:${settings.homeserver.name}`);
  const before = names === null ? undefined : given.get(user);
  refuseIfShut(cycle, request.language, now(), before !== undefined || cycle.situation.visitors.has(user));
  const wish = JSON.stringify(request);
  if (names !== null) refuseIfUsed(request, wish, user, before, cycle, porter);
  try {
    if (before !== undefined) return await inTime(before.body, ACCOUNT_TIMEOUT_MS);
    const body = makeAccount(request, user, names, cycle, homeserver, settings, now);
    if (names !== null) remember(given, user, { wish, at: now(), body, isMade: false });
    return await inTime(body, ACCOUNT_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof HomeserverError) throw new Refusal('unavailable', { retryAfter: 10, cause: error });
    throw error;
  }
}

/** A key stands for one knock: not for another office or other words, nor once its account is gone. @throws Refusal */
function refuseIfUsed(request: VisitorRequest, wish: string, user: UserId, before: OneGiven | undefined, cycle: Cycle, porter: Porter): void {
  const office = porter.officeOf(user);
  const standing = cycle.situation.visitors.get(user);
  const isOther = (office !== undefined && office !== cycle) || (before !== undefined && before.wish !== wish);
  const saysOther = standing !== undefined && (['name', 'topic', 'language', 'voice'] as const).some((word) => standing[word] !== request[word]);
  const isGone = standing === undefined ? before?.isMade === true : standing.leaving;
  if (isOther || saysOther || isGone) throw new Refusal('used');
}

function remember(given: Given, user: UserId, one: OneGiven): void {
  given.set(user, one);
  // What failed is tried anew by whoever asks again; whoever waits for it now is told.
  one.body.then(() => { one.isMade = true; }, () => { if (given.get(user) === one) given.delete(user); });
  for (const [old, { at }] of given) {
    if (given.size <= MOST_GIVEN && one.at - at < GIVEN_LIFE_MS) break;
    given.delete(old);
  }
}

async function makeAccount(request: VisitorRequest, user: UserId, names: KeyedNames | null, cycle: Cycle, homeserver: Homeserver, settings: Settings, now: () => number): Promise<VisitorBody> {
  const visitor: Visitor = {
    user_id: user,
    made_at: now(),
    name: request.name,
    topic: request.topic,
    language: request.language,
    voice: request.voice,
    leaving: false,
  };
  // Written down before it is made: an account that a crash leaves behind is known, and erased in time.
  await cycle.run(() => note(cycle, homeserver, visitor, now()));
  try {
    const number = names?.guest ?? randomInt(100, 1000);
    const account = await homeserver.registerVisitor(user, say(request.language, 'guest.name', { number }), names?.device);
    const { room } = cycle.situation;
    const { name } = settings.homeserver;
    const knock = { room_id: room, alias: aliasOf(cycle.hands.office, name), via: [name], reason: say(request.language, 'knock.reason') };
    const { user_id, device_id, access_token } = account;
    return { user_id, device_id, access_token, homeserver: settings.public_url, porter: homeserver.porter, knock };
  } catch (error) {
    if (!(error instanceof HomeserverError && error.errcode === 'M_USER_DEACTIVATED')) throw error;
    // The account of this key was erased, after a visit or since nobody came: what was just written down goes again.
    await cycle.run(() => note(cycle, homeserver, { ...visitor, leaving: true }, now()));
    throw new Refusal('used', { cause: error });
  }
}

/** Nobody gets an account for a shut door. The porter refuses such a knock all the same, whoever makes it. */
function refuseIfShut({ situation, hands }: Cycle, language: string, now: number, isKnown: boolean): void {
  const door = doorAt(situation.timetable, situation.hand, now);
  const shut = door.state === 'open' ? null : door.state;
  if (shut !== null) throw new Refusal('closed', { sentence: refusalText(shut, language, hands.comune, hands.office, door, undefined) });
  if (!isKnown && situation.visitors.size >= CROWD) throw new Refusal('full', { retryAfter: 120, sentence: say(language, 'http.full.detail') });
}

async function goodbye(user: UserId, porter: Porter, homeserver: Homeserver, now: () => number): Promise<void> {
  const cycle = porter.officeOf(user);
  if (cycle === undefined) return;
  const noted = cycle.run(async () => {
    const visitor = cycle.situation.visitors.get(user);
    if (visitor === undefined || visitor.leaving) return;
    await note(cycle, homeserver, { ...visitor, leaving: true }, now());
  });
  await inTime(noted);
}

/** What takes too long goes on, but nobody waits for it: an account that nobody was given is erased in time. @throws Refusal */
async function inTime<T>(work: Promise<T>, timeout = ANSWER): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Refusal('unavailable', { retryAfter: 10 })), timeout);
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
