/** The porter: all offices of a comune, each with its cycle, and the way of every event to the office it concerns. */
import type { Comune } from '@portineria/config/comune';
import type { EventId, OfficeId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import type { Hands } from '../hands/act.ts';
import type { Action } from '../judgement/actions.ts';
import { Afar } from '../hands/afar.ts';
import { Attendance } from './attendance.ts';
import { Crowd } from './crowd.ts';
import { Cycle, type Surroundings } from './cycle.ts';
import { Establishment, type Lodge, type Progress } from './establishment.ts';
import { Heartbeat } from './heartbeat.ts';
import { metrics } from '../ground/metrics.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { conferenceOf } from '../servers/jitsi.ts';
import { Leftovers } from './leftovers.ts';
import type { PushedEvent } from '../ground/matrix.ts';
import { aliasOf } from '../hands/offices.ts';
import { asking } from '../servers/neighbour.ts';
import { isUpgraded, readDoors, readHouse, readRooms, readSituation, roomOfVisit } from '../hands/read.ts';
import { HomeserverError } from '../servers/request.ts';
import { sumOf, type RemainsCount } from './remains.ts';
import { Rounds } from './rounds.ts';
import type { Settings } from '../ground/settings.ts';
import type { Sfu } from '../servers/sfu.ts';
import type { Prepared, Situation, Visit } from '../judgement/situation.ts';
import { visitAlias } from '../hands/visits.ts';

export interface PorterOptions {
  readonly settings: Settings;
  readonly homeserver: Homeserver;
  /** The calls' server; null where visits are in writing. */
  readonly sfu: Sfu | null;
  readonly now: () => number;
  readonly done: (action: Action, situation: Situation, now: number) => void;
  readonly failed: (what: string, error: unknown, attempts: number) => void;
  readonly log: (sentence: string, figures?: Readonly<Record<string, number>>) => void;
}

/** How many events of unknown rooms are kept: a new room has some ten. */
const STRAYS = 200;
/** Every so often the truth about an office is read again, though nothing seems amiss, in milliseconds. */
const READ_AGAIN_MS = 5 * 60_000;
/** How many offices are read at the same time. */
const READINGS_AT_ONCE = 4;
/** Another server that is looked for answers within this time, in milliseconds, and with no more than so many bytes. */
const SERVER_ANSWER = { patience: 5_000, longest: 16 * 1024 };

export class Porter {
  readonly #options: PorterOptions;
  readonly #establishment: Establishment;
  readonly #heartbeat: Heartbeat;
  readonly #leftovers: Leftovers;
  readonly #afar: Afar;
  readonly #rounds: Rounds<Cycle>;
  readonly #crowd = new Crowd();
  readonly #attendance: Attendance;
  readonly #cycles = new Map<OfficeId, Cycle>();
  /** Whose room is whose: offices' rooms and visits' rooms. */
  readonly #rooms = new Map<RoomId, OfficeId>();
  /** How many readings of rooms that are not served yet are under way, and what came meanwhile; also before the first, as that does not tell what stands at a door. */
  #readings = 0;
  #hasRead = false;
  #early: PushedEvent[] = [];
  /** What came of late for rooms that nobody knows: of a visit's room it may come before the answer that the room is made. */
  readonly #strays: PushedEvent[] = [];

  constructor(options: PorterOptions) {
    this.#options = options;
    const { homeserver, now, settings, log } = options;
    const failed = (what: string, error: unknown, attempts: number): void => this.#failed(what, error, attempts);
    this.#attendance = new Attendance(now);
    const ask = asking(settings.near_servers);
    this.#afar = new Afar({
      homeserver,
      isStaff: (room, user) => this.#isStaff(room, user),
      find: async (server) => void (await ask(server, '/_matrix/federation/v1/version', SERVER_ANSWER)),
      failed: (error, attempts) => failed('invite', error, attempts),
    });
    // Made once: a function made for an office would keep all that was read of its room.
    const conference = (knock: EventId): string => conferenceOf(settings.porter.hs_token, knock);
    this.#establishment = new Establishment({ settings, homeserver, sfu: options.sfu, conference, lodge: this.#lodge, now, failed, log });
    this.#rounds = new Rounds({
      all: () => [...this.#cycles.values()],
      // What is read is what the cycle does next.
      read: async (cycle) => {
        cycle.doubt();
        await cycle.run(async () => undefined);
      },
      isUrgent: ({ situation: { knocks, book, visitors } }) => knocks.size > 0 || book.tickets.length > 0 || visitors.size > 0,
      period: READ_AGAIN_MS,
      atOnce: READINGS_AT_ONCE,
    });
    this.#leftovers = new Leftovers({ homeserver, knows: (room) => this.#rooms.has(room), failed: (error, attempts) => failed('leftovers', error, attempts), log });
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
      this.#hasRead = true;
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
    return this.#cycles.get(office);
  }

  /** The office that a temporary account was made for. */
  officeOf(visitor: UserId): Cycle | undefined {
    return [...this.#cycles.values()].find(({ situation }) => situation.visitors.has(visitor));
  }

  /** The visit whose room this is, running or over. */
  visitIn(room: RoomId): { cycle: Cycle; visit: Visit } | undefined {
    const office = this.#rooms.get(room);
    const cycle = office === undefined ? undefined : this.#cycles.get(office);
    const visit = [...(cycle?.situation.visits.values() ?? [])].find((one) => one.room === room);
    return cycle === undefined || visit === undefined ? undefined : { cycle, visit };
  }

  /** The visit whose room has this alias, though it may only stand ready. */
  visitNamed(alias: RoomAlias): { cycle: Cycle; visit: Prepared } | undefined {
    const { name } = this.#options.homeserver;
    for (const cycle of this.#cycles.values()) {
      const { visits, prepared } = cycle.situation;
      const visit = [...visits.values(), ...prepared.values()].find(({ knock }) => visitAlias(knock, name) === alias);
      if (visit !== undefined) return { cycle, visit };
    }
    return undefined;
  }

  /** The rooms of all visits that run now. */
  get running(): readonly RoomId[] {
    return [...this.#cycles.values()].flatMap(({ situation }) => [...situation.visits.values()].flatMap(({ room, endedAt }) => (endedAt === null ? [room] : [])));
  }

  /** Resolves when every visit's room that is being made now is known. */
  async opened(): Promise<void> {
    await Promise.all([...this.#cycles.values()].map((cycle) => cycle.opened));
  }

  /** Whether a room is an office's or a visit's. */
  knows(room: RoomId): boolean {
    return this.#rooms.has(room);
  }

  /** Everybody who is of the staff and inside an office now. */
  get staff(): readonly UserId[] {
    return [...new Set([...this.#cycles.values()].flatMap(({ situation: { roster, joined } }) => [...roster].filter((user) => joined.has(user))))];
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
    return [...this.#cycles.values()].filter(({ isHeldUp }) => isHeldUp).length;
  }

  /** What should be gone and is not, since the homeserver does not erase it. */
  get remains(): RemainsCount {
    return sumOf([...[...this.#cycles.values()].map(({ remains }) => remains), { room: this.#leftovers.left, account: 0, redaction: 0 }]);
  }

  /** In how many offices the porter makes a mistake at each look, so that nobody is served there. */
  get stuck(): number {
    return [...this.#cycles.values()].filter(({ isStuck }) => isStuck).length;
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
      this.#cycleOf(event.room_id)?.doubt();
      this.#failed('take', error, 1);
    }
  }

  #cycleOf(room: RoomId): Cycle | undefined {
    const office = this.#rooms.get(room);
    return office === undefined ? undefined : this.#cycles.get(office);
  }

  #take(event: PushedEvent): void {
    this.#attendance.found();
    this.#heartbeat.hear();
    const office = this.#rooms.get(event.room_id);
    if (office !== undefined) {
      const cycle = this.#cycles.get(office);
      if (cycle !== undefined) this.#tell(cycle, event);
    } else {
      if (this.#readings > 0 || !this.#hasRead) this.#early.push(event);
      this.#strays.push(event);
      if (this.#strays.length > STRAYS) this.#strays.shift();
    }
  }

  /** An event of a room of its office. */
  #tell(cycle: Cycle, event: PushedEvent): void {
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
    await Promise.all([...this.#cycles.values()].map((cycle) => cycle.stop()));
  }

  get #lodge(): Lodge {
    const cycles = this.#cycles;
    return {
      get offices() { return cycles.keys(); },
      cycle: (office) => cycles.get(office),
      open: (situation, hands) => this.#open(situation, hands),
      close: (office) => {
        const cycle = cycles.get(office);
        cycles.delete(office);
        return cycle;
      },
      reading: async (work) => {
        this.#readings += 1;
        try {
          return await work();
        } finally {
          this.#readings -= 1;
          if (this.#readings === 0) this.#early = [];
        }
      },
      know: (situation) => this.#know(situation),
      forget: (rooms) => {
        for (const room of rooms) this.#rooms.delete(room);
      },
      invite: (room, users) => this.#afar.invite(room, users),
    };
  }

  /** What came for its rooms before now, and is younger than what was read or not told by it, is heard now. */
  #open(situation: Situation, hands: Hands): void {
    const cycle = new Cycle(situation, hands, this.#surroundings(situation.office));
    this.#cycles.set(situation.office, cycle);
    this.#know(situation);
    for (const event of this.#early) if (this.#rooms.get(event.room_id) === situation.office) this.#tell(cycle, event);
    cycle.wake();
  }

  #isStaff(room: RoomId, user: UserId): boolean {
    const office = this.#rooms.get(room);
    return office !== undefined && this.#cycles.get(office)?.situation.roster.has(user) === true;
  }

  #know({ office, room, door, formerDoors, visits, prepared }: Situation): void {
    for (const one of [room, door.room, ...formerDoors.keys()]) this.#rooms.set(one, office);
    for (const visit of [...visits.values(), ...prepared.values()]) this.#rooms.set(visit.room, office);
  }

  /** A visit's room was made: whoever was invited with its making may have entered it already. */
  #meet(situation: Situation): void {
    const known = new Set(this.#rooms.keys());
    this.#know(situation);
    const isOfNew = ({ room_id }: PushedEvent): boolean => !known.has(room_id) && this.#rooms.has(room_id);
    const strays = this.#strays.splice(0);
    this.#strays.push(...strays.filter((event) => !isOfNew(event)));
    for (const event of strays.filter(isOfNew)) this.take(event);
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
        if (action.kind === 'remove-door') this.#rooms.delete(action.room);
        if (action.kind === 'purge') this.#rooms.delete(action.visit.room);
        if (action.kind === 'discard') this.#rooms.delete(action.prepared.room);
        done(action, situation, at);
      },
      reread: async (before) => {
        const readAt = now();
        const facts = await readRooms(homeserver, [before.room, ...[...before.visits.values(), ...before.prepared.values()].map(({ room }) => room)]);
        const own = facts.find(({ room }) => room === before.room);
        const doors = await readDoors(homeserver, before);
        const isFindable = doors !== null && (await homeserver.resolve(aliasOf({ id }, homeserver.name))) === before.door.room;
        if (!isFindable || own === undefined || isUpgraded(own)) this.#establishment.restore(id);
        if (own === undefined || doors === null) throw new Error(`The porter is not in the rooms of the office ${id} any more: others are made.`);
        const visits = facts.flatMap((room) => roomOfVisit(room, homeserver.porter)?.visit ?? []);
        return readSituation(homeserver, before, own, doors, visits, readAt, before);
      },
    };
  }
}

/** Whether nobody reads a room any more after an event of it: it was upgraded, or the porter is out. */
function endsRoom({ type, state_key, content }: PushedEvent, porter: UserId): boolean {
  return type === 'm.room.tombstone' || (type === 'm.room.member' && state_key === porter && content['membership'] !== 'join');
}
