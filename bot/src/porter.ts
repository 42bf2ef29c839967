/** The porter: all offices of a comune, each with its cycle, and the way of every event to the office it concerns. */
import type { Comune, Office } from '@portineria/config/comune';
import { HEARTBEAT, type CallKind, type Transport } from '@portineria/config/events';
import type { EventId, OfficeId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import { timetable } from '@portineria/config/timetable';
import type { Action } from './actions.ts';
import { Afar } from './afar.ts';
import { Crowd } from './crowd.ts';
import { Cycle, type Surroundings } from './cycle.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Homeserver } from './homeserver.ts';
import type { PushedEvent } from './matrix.ts';
import { inParallel } from './parallel.ts';
import { aliasOf, makeRoom, mendRoom, officeState, retireRoom } from './offices.ts';
import { officeOf, readRooms, readSituation, roomOfVisit, stateOf, type Declared, type RoomFacts } from './read.ts';
import type { Settings } from './settings.ts';
import { conferenceOf } from './jitsi.ts';
import { callKind } from './offices.ts';
import type { Sfu } from './sfu.ts';
import type { Prepared, Situation, Visit } from './situation.ts';
import { removeVisitRoom, visitAlias } from './visits.ts';

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

/** How many rooms are made or mended at the same time. */
const AT_ONCE = 4;
/** How many events of unknown rooms are kept: a new room has some ten. */
const STRAYS = 200;
/** Every so often the truth is read again, though nothing seems amiss. */
const READ_AGAIN = 5 * 60_000;

export class Porter {
  readonly #options: PorterOptions;
  readonly #heartbeat: Heartbeat;
  readonly #afar: Afar;
  readonly #crowd = new Crowd();
  readonly #cycles = new Map<OfficeId, Cycle>();
  /** Whose room is whose: offices' rooms and visits' rooms. */
  readonly #rooms = new Map<RoomId, OfficeId>();
  #comune: Comune | null = null;
  #reader: NodeJS.Timeout | undefined;
  /** Made once: a function made for an office would keep all that was read of its room. */
  readonly #conference = (knock: EventId): string => conferenceOf(this.#options.settings.porter.hs_token, knock);
  /** Changes of the configuration are carried out one after the other. */
  #declaring: Promise<void> = Promise.resolve();
  /** What came for rooms that were just being read; null while none is. */
  #early: PushedEvent[] | null = null;
  /** What came of late for rooms that nobody knows: of a visit's room it may come before the answer that the room is made. */
  readonly #strays: PushedEvent[] = [];

  constructor(options: PorterOptions) {
    this.#options = options;
    const { homeserver, now, failed, settings } = options;
    this.#afar = new Afar(homeserver, (room, user) => this.#isStaff(room, user), (error) => failed('invite', error, 1));
    this.#heartbeat = new Heartbeat({
      homeserver,
      now,
      registration: settings.porter.id,
      deaf: () => this.#readAgain(),
      failed: (error) => failed('heartbeat', error, 1),
    });
  }

  /** Reads everything, makes and mends the rooms, and begins to serve. */
  async begin(comune: Comune): Promise<void> {
    const { homeserver, settings } = this.#options;
    await homeserver.ensurePorter();
    const facts = await this.#readAndDeclare(comune);
    const own = facts.find((room) => stateOf(room, HEARTBEAT) !== undefined);
    await this.#heartbeat.begin(own?.room ?? null);
    this.#reader = setInterval(() => this.#readAgain(), READ_AGAIN);
    // What was kept for us while we were away comes at once; if not, the reading has told us already.
    await homeserver.ping(settings.porter.id).catch((error: unknown) => this.#options.failed('ping', error, 1));
  }

  /** The configuration has changed: what runs goes on under the new one. */
  declare(comune: Comune): Promise<void> {
    const declaring = this.#declaring.then(async () => {
      await this.#readAndDeclare(comune);
    });
    this.#declaring = declaring.catch(() => undefined);
    return declaring;
  }

  get comune(): Comune {
    if (this.#comune === null) throw new Error('The porter has not begun.');
    return this.#comune;
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

  isDeaf(now: number): boolean {
    return this.#heartbeat.isDeaf(now);
  }

  get heardAt(): number {
    return this.#heartbeat.heardAt;
  }

  get heldUp(): number {
    return [...this.#cycles.values()].filter(({ isHeldUp }) => isHeldUp).length;
  }

  /** Takes an event of the stream into account. Never throws. */
  take(event: PushedEvent): void {
    this.#heartbeat.hear();
    const office = this.#rooms.get(event.room_id);
    if (office !== undefined) this.#cycles.get(office)?.hear(event.room_id, event);
    else {
      this.#early?.push(event);
      this.#strays.push(event);
      if (this.#strays.length > STRAYS) this.#strays.shift();
    }
  }

  /** Ends the service; what is under way is finished first. */
  async stop(): Promise<void> {
    clearInterval(this.#reader);
    await this.#heartbeat.stop();
    await this.#declaring;
    await Promise.all([...this.#cycles.values()].map((cycle) => cycle.stop()));
  }

  #readAgain(): void {
    this.#afar.again();
    for (const cycle of this.#cycles.values()) cycle.doubt();
  }

  /** What comes for a room between its reading and its first look is younger than what was read: it is heard then. */
  async #readAndDeclare(comune: Comune): Promise<readonly RoomFacts[]> {
    this.#early = [];
    try {
      const readAt = this.#options.now();
      const facts = await readRooms(this.#options.homeserver);
      await this.#declare(comune, facts, readAt);
      return facts;
    } finally {
      const early = this.#early;
      this.#early = null;
      for (const event of early) this.take(event);
    }
  }

  async #declare(comune: Comune, facts: readonly RoomFacts[], readAt: number): Promise<void> {
    const { homeserver } = this.#options;
    const rooms = new Map<OfficeId, RoomFacts>();
    const visits = new Map<OfficeId, (Visit | Prepared)[]>();
    for (const room of facts) {
      const office = officeOf(room, homeserver.porter);
      if (office !== null) rooms.set(office, room);
      const found = roomOfVisit(room, homeserver.porter);
      if (found !== null) visits.set(found.office, [...(visits.get(found.office) ?? []), found.visit]);
    }
    this.#comune = comune;
    await inParallel(AT_ONCE, comune.offices, (office) => this.#open(comune, office, rooms.get(office.id), visits.get(office.id) ?? [], readAt));
    const declared = new Set(comune.offices.map(({ id }) => id));
    for (const [id, room] of rooms) if (!declared.has(id)) await this.#retire(id, room);
    for (const [id, orphans] of visits) if (!declared.has(id)) for (const orphan of orphans) await this.#close(orphan);
  }

  async #open(comune: Comune, office: Office, known: RoomFacts | undefined, visits: readonly (Visit | Prepared)[], readAt: number): Promise<void> {
    const { homeserver, settings, sfu, now } = this.#options;
    const call = callKind(office, settings);
    const staff = office.staff.length > 0 ? office.staff : (settings.demo_staff[office.id] ?? []);
    const state = officeState(comune, { ...office, call }, staff, homeserver.porter, settings.public_url, homeserver.name);
    const declared: Declared = {
      office: office.id,
      porter: homeserver.porter,
      visitorPrefix: `@${settings.visitors.prefix}`,
      zone: comune.zone,
      languages: comune.languages,
      call,
      transport: transportOf(call, sfu, comune),
      limits: comune.limits,
      timetable: timetable(comune, office),
      roster: new Set(staff),
    };
    const hands = { homeserver, comune, office, sfu, conference: this.#conference };
    const running = this.#cycles.get(office.id);
    if (running !== undefined && known !== undefined) {
      // First who is of the staff now: or a new one, being invited, would be put out as a guest.
      running.declare((situation) => ({ ...situation, ...declared }), hands);
      const afar = await mendRoom(homeserver, known, state, staff);
      void this.#afar.invite(known.room, afar);
      // Who is a guest and who of the staff may have changed.
      running.doubt();
      return;
    }
    let facts = known;
    let at = readAt;
    if (facts === undefined) {
      const room = await makeRoom(homeserver, office, state);
      at = now();
      [facts] = await readRooms(homeserver, [room]);
      if (facts === undefined) throw new Error(`The alias ${aliasOf(office, homeserver.name)} leads to a room that the porter is not in. Remove the alias, or give the office another id.`);
    }
    const afar = await mendRoom(homeserver, facts, state, staff);
    const situation = await readSituation(homeserver, declared, facts, visits, at, null);
    const cycle = new Cycle(situation, hands, this.#surroundings(office.id));
    this.#cycles.set(office.id, cycle);
    this.#know(situation);
    cycle.wake();
    void this.#afar.invite(situation.room, afar);
  }

  #isStaff(room: RoomId, user: UserId): boolean {
    const office = this.#rooms.get(room);
    return office !== undefined && this.#cycles.get(office)?.situation.roster.has(user) === true;
  }

  async #retire(id: OfficeId, room: RoomFacts): Promise<void> {
    const cycle = this.#cycles.get(id);
    this.#cycles.delete(id);
    await cycle?.stop();
    await retireRoom(this.#options.homeserver, room);
    this.#options.log('An office is declared no longer: its room is closed.');
  }

  /** A visit whose office is declared no longer ends with it. */
  async #close({ room, members }: Prepared): Promise<void> {
    const { homeserver, sfu } = this.#options;
    await sfu?.end(room).catch((error: unknown) => this.#options.failed('end-call', error, 1));
    for (const user of members.keys()) await homeserver.kick(room, user);
    await removeVisitRoom(homeserver, room);
  }

  #know({ office, room, visits, prepared }: Situation): void {
    this.#rooms.set(room, office);
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
      failed,
      done: (action, situation, at) => {
        if (action.kind === 'open' || action.kind === 'prepare') this.#meet(situation);
        if (action.kind === 'purge') this.#rooms.delete(action.visit.room);
        if (action.kind === 'discard') this.#rooms.delete(action.prepared.room);
        done(action, situation, at);
      },
      reread: async (before) => {
        const readAt = now();
        const facts = await readRooms(homeserver, [before.room, ...[...before.visits.values(), ...before.prepared.values()].map(({ room }) => room)]);
        const own = facts.find(({ room }) => room === before.room);
        if (own === undefined) throw new Error(`The porter is not in the room of the office ${id} any more. Restart the bot: it makes a new one.`);
        const visits = facts.flatMap((room) => roomOfVisit(room, homeserver.porter)?.visit ?? []);
        return readSituation(homeserver, before, own, visits, readAt, before);
      },
    };
  }
}

/** Where the calls of an office's visits run; null where they are in writing. */
function transportOf(call: CallKind, sfu: Sfu | null, { jitsi }: Comune): Transport | null {
  if (call === 'element-call' && sfu !== null) return { type: 'livekit', livekit_service_url: sfu.serviceUrl };
  return call === 'jitsi' && jitsi !== null ? { type: 'jitsi', domain: jitsi.domain } : null;
}
