/** The porter: all offices of a comune, each with its cycle, and the way of every event to the office it concerns. */
import type { Comune } from '@portineria/config/comune';
import type { EventId, OfficeId, RoomId, UserId } from '@portineria/config/ids';
import { guestAddress } from '../ground/guestlink.ts';
import type { GuestLink } from '../judgement/guests.ts';
import type { Elsewhere, Hands } from '../hands/means.ts';
import type { Action } from '../judgement/actions.ts';
import { Abroad } from '../hands/abroad.ts';
import { Afar } from '../hands/afar.ts';
import { Attendance } from './cycle/attendance.ts';
import { Crowd } from './cycle/crowd.ts';
import { Cycle } from './cycle/cycle.ts';
import { awaiting, heardElsewhere, withElsewhere } from './elsewhere.ts';
import { Establishment, type Lodge, type Progress } from './offices/establishment.ts';
import type { Surroundings } from './cycle/execution.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { readHouse } from '../hands/house.ts';
import { conferenceOf } from '../servers/jitsi.ts';
import { Leftovers } from './offices/leftovers.ts';
import type { PushedEvent } from '../ground/matrix.ts';
import { metrics } from '../ground/metrics.ts';
import type { Outside, Way } from '../servers/outside.ts';
import { asking } from '../servers/neighbour.ts';
import { nudging, passingBetween } from './passing.ts';
import { sumOf, type RemainsCount } from './cycle/remains.ts';
import { HomeserverError } from '../servers/request.ts';
import { reread } from './offices/reread.ts';
import { Rounds } from './rounds.ts';
import { Served } from './served.ts';
import type { Settings } from '../ground/settings.ts';
import type { Sfu } from '../servers/sfu.ts';
import { answerers, type Situation } from '../judgement/situation.ts';
import { Unplaced } from './unplaced.ts';

export interface PorterOptions {
  readonly settings: Settings;
  readonly homeserver: Homeserver;
  /** The calls' server; null where visits are in writing. */
  readonly sfu: Sfu | null;
  readonly outside: Outside;
  readonly now: () => number;
  readonly done: (action: Action, situation: Situation, now: number) => void;
  readonly failed: (what: string, error: unknown, attempts: number) => void;
  readonly log: (sentence: string, figures?: Readonly<Record<string, number>>) => void;
}

/** Every so often the truth about an office is read again, though nothing seems amiss, in milliseconds. */
const READ_AGAIN_MS = 5 * 60_000;
/** How many offices are read at the same time. */
const READINGS_AT_ONCE = 4;
/** Another server that is looked for answers within this time, in milliseconds, and with no more than so many bytes. */
const SERVER_ANSWER = { patience: 5_000, longest: 16 * 1024 };

export class Porter {
  readonly served: Served;
  readonly #options: PorterOptions;
  readonly #establishment: Establishment;
  readonly #heartbeat: Heartbeat;
  readonly #leftovers: Leftovers;
  readonly #afar: Afar;
  readonly #rounds: Rounds<Cycle>;
  readonly #crowd = new Crowd();
  readonly #attendance: Attendance;
  readonly #unplaced = new Unplaced();

  constructor(options: PorterOptions) {
    this.#options = options;
    const { homeserver, now, settings, log } = options;
    const failed = (what: string, error: unknown, attempts: number): void => this.#failed(what, error, attempts);
    this.served = new Served(homeserver.name);
    this.#attendance = new Attendance(now);
    const ask = asking(settings.near_servers);
    const find = async (server: string): Promise<void> => { await ask(server, '/_matrix/federation/v1/version', SERVER_ANSWER); };
    const abroad = new Abroad({ find, now: () => performance.now() });
    this.#afar = new Afar({
      homeserver,
      isStaff: (room, user) => this.#isStaff(room, user),
      find,
      failed: (error, attempts) => failed('invite', error, attempts),
    });
    const nudge = nudging(settings.near_servers, (error) => failed('neighbour', error, 1));
    // Made once: a function made for an office would keep all that was read of its room.
    const conference = (knock: EventId): string => conferenceOf(settings.porter.hs_token, knock);
    const address = (link: GuestLink): string => guestAddress(link, settings.visitors.as_token, settings.public_url);
    this.#establishment = new Establishment({ settings, homeserver, sfu: options.sfu, conference, guestAddress: address, elsewhere: (office) => this.#elsewhere(office), passing: passingBetween(this.served, homeserver, () => this.#establishment.tried(), nudge, now), abroad, outside: options.outside, lodge: this.#lodge, now, failed, log });
    this.#rounds = new Rounds({
      all: () => this.served.cycles,
      // What is read is what the cycle does next.
      read: async (cycle) => {
        cycle.doubt();
        await cycle.run(async () => undefined);
      },
      isUrgent: ({ situation: { knocks, book, visitors } }) => knocks.size > 0 || book.tickets.length > 0 || visitors.size > 0,
      period: READ_AGAIN_MS,
      atOnce: READINGS_AT_ONCE,
    });
    this.#leftovers = new Leftovers({ homeserver, knows: (room) => this.served.knows(room), failed: (error, attempts) => failed('leftovers', error, attempts), log });
    this.#heartbeat = new Heartbeat({
      homeserver,
      now: () => performance.now(),
      registration: settings.porter.id,
      deaf: () => void this.#rounds.whole(),
      failed: (error) => failed('heartbeat', error, 1),
    });
  }

  /** Says what has failed, and counts it. */
  #failed(what: string, error: unknown, attempts: number): void {
    const { now, failed } = this.#options;
    const cause = error instanceof Error && error.cause instanceof HomeserverError ? error.cause : error;
    if (what !== 'invite' && cause instanceof HomeserverError && cause.status === undefined) this.#attendance.lost(now());
    metrics.porter_failures_total.inc({ what });
    try {
      failed(what, error, attempts);
    } catch {
      // It cannot be said, as the log cannot be written. It is counted, and the work goes on.
      metrics.porter_failures_total.inc({ what: 'log' });
    }
  }

  /** Reads everything, makes and mends the rooms, and begins to serve. An office whose room cannot be had follows when it can. */
  async begin(comune: Comune): Promise<void> {
    const { homeserver, settings, now } = this.#options;
    await homeserver.ensurePorter();
    this.#attendance.begin();
    const { rooms } = await this.#lodge.reading(async () => {
      const readAt = now();
      const house = await readHouse(homeserver);
      await this.#establishment.begin(comune, house, readAt);
      return house;
    });
    await this.#heartbeat.begin(rooms);
    this.#leftovers.begin(rooms);
    this.#rounds.begin();
    // What was kept for us while we were away comes at once; if not, the reading has told us already.
    await homeserver.ping(settings.porter.id).catch((error: unknown) => this.#failed('ping', error, 1));
  }

  /** The configuration has changed: it decides from now on, and what must be done at the homeserver follows. @throws Error when it cannot: then nothing has changed */
  declare(comune: Comune): void {
    this.#establishment.declare(comune);
    this.#options.outside.forgetFailures();
  }

  /** Resolves when the homeserver has been brought to what is declared. */
  reached(): Promise<void> {
    return this.#establishment.reached();
  }

  /** How far the homeserver has been brought to what is declared. */
  get progress(): Progress {
    return this.#establishment.progress;
  }

  get comune(): Comune {
    return this.#establishment.comune;
  }

  cycle(office: OfficeId): Cycle | undefined {
    return this.served.cycle(office);
  }

  /** The office that a temporary account was made for, or that has taken it last. */
  officeOf(visitor: UserId): Cycle | undefined {
    const since = ({ situation }: Cycle): number => situation.visitors.get(visitor)?.passed?.at ?? 0;
    return this.served.cycles.filter(({ situation }) => situation.visitors.has(visitor)).sort((a, b) => since(b) - since(a))[0];
  }

  /** Whether the homeserver delivers no events. */
  get isDeaf(): boolean {
    return this.#heartbeat.isDeaf;
  }

  /** For how long nothing was heard from the homeserver, in milliseconds. */
  get silence(): number {
    return this.#heartbeat.silence;
  }

  get heldUp(): number {
    return this.served.cycles.filter(({ isHeldUp }) => isHeldUp).length;
  }

  /** What should be gone and is not, since the homeserver does not erase it. */
  get remains(): RemainsCount {
    return sumOf([...this.served.cycles.map(({ remains }) => remains), { room: this.#leftovers.left, account: 0, redaction: 0 }]);
  }

  /** The ways outside Matrix by which nothing gets out. */
  get failingOutside(): readonly Way[] {
    return this.#options.outside.failing;
  }

  /** In how many offices the porter makes a mistake at each look, so that nobody is served there. */
  get stuck(): number {
    return this.served.cycles.filter(({ isStuck }) => isStuck).length;
  }

  /** Says that something about an office went wrong which others need not notice. */
  report(what: string, error: unknown): void {
    this.#failed(what, error, 1);
  }

  /** Takes an event of the stream into account. Never throws: a throw inside the SDK would block the stream. */
  take(event: PushedEvent): void {
    try {
      this.#take(event);
    } catch (error) {
      // What it would have told is read instead.
      this.served.cycleWith(event.room_id)?.doubt();
      this.#failed('take', error, 1);
    }
  }

  #take(event: PushedEvent): void {
    this.#attendance.found();
    this.#heartbeat.hear();
    const cycle = this.served.cycleWith(event.room_id);
    if (cycle !== undefined) this.#tell(cycle, event);
    else if (!this.served.knows(event.room_id)) this.#unplaced.keep(event);
  }

  /** An event of a room of its office. */
  #tell(cycle: Cycle, event: PushedEvent): void {
    if (heardElsewhere(this.served, cycle, event.room_id, event, this.#options.now())) return;
    cycle.hear(event.room_id, event);
    // Whoever led its people away or put us out of a room has left nobody to hear there.
    if (endsRoom(event, this.#options.homeserver.porter)) cycle.doubt();
    this.#establishment.hear(cycle, event);
  }

  /** Ends the service; what is under way is finished first. */
  async stop(): Promise<void> {
    this.#rounds.stop();
    this.#attendance.end();
    await Promise.all([this.#heartbeat.stop(), this.#leftovers.stop(), this.#establishment.stop(), this.#afar.stop()]);
    await Promise.all(this.served.cycles.map((cycle) => cycle.stop()));
  }

  get #lodge(): Lodge {
    const { served } = this;
    return {
      get offices() { return served.offices; },
      cycle: (office) => served.cycle(office),
      open: (situation, hands) => this.#open(situation, hands),
      close: (office) => served.remove(office),
      reading: (work) => this.#unplaced.reading(work),
      know: (situation) => void served.know(situation),
      forget: (rooms) => served.forget(rooms),
      invite: (room, users) => this.#afar.invite(room, users),
    };
  }

  /** What came for its rooms before now, and is younger than what was read or not told by it, is heard now. */
  #open(situation: Situation, hands: Hands): void {
    const cycle = new Cycle(situation, hands, this.#surroundings(situation.office));
    this.served.add(cycle);
    for (const one of awaiting(this.served, cycle)) one.doubt();
    for (const event of this.#unplaced.early) if (this.served.officeWith(event.room_id) === situation.office) this.#tell(cycle, event);
    cycle.wake();
  }

  /** Where the staff of another office are, and who of them may answer. */
  #elsewhere(office: OfficeId): Elsewhere | null {
    const cycle = this.served.cycle(office);
    return cycle === undefined ? null : { room: cycle.situation.room, staff: answerers(cycle.situation) };
  }

  #isStaff(room: RoomId, user: UserId): boolean {
    return this.served.cycleWith(room)?.situation.roster.has(user) === true;
  }

  /** A visit's room was made: whoever was invited with its making may have entered it already. */
  #meet(situation: Situation): void {
    for (const event of this.#unplaced.take(this.served.know(situation))) this.take(event);
  }

  #surroundings(id: OfficeId): Surroundings {
    const { homeserver, now, done, failed } = this.#options;
    return {
      now,
      crowd: this.#crowd,
      attendance: this.#attendance,
      failed,
      done: (action, situation, at) => {
        if (action.kind === 'open' || action.kind === 'prepare' || action.kind === 'replace-door') this.#meet(situation);
        if (action.kind === 'remove-door') this.served.forget([action.room]);
        if (action.kind === 'purge') this.served.forget([action.visit.room]);
        if (action.kind === 'discard') this.served.forget([action.prepared.room]);
        done(action, situation, at);
      },
      reread: (before) => withElsewhere(this.served, homeserver, reread(homeserver, before, now(), () => this.#establishment.restore(id)), now),
    };
  }
}

/** Whether nobody reads a room any more after an event of it: it was upgraded, or the porter is out. */
function endsRoom({ type, state_key, content }: PushedEvent, porter: UserId): boolean {
  return type === 'm.room.tombstone' || (type === 'm.room.member' && state_key === porter && content['membership'] !== 'join');
}
