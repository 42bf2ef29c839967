/**
 * What is declared, and how far the homeserver has been brought to it. What decides (who is of the staff, hours, limits, which offices
 * there are) is in force at all offices at once, as soon as it is declared. What must be done at the homeserver for it is done for each
 * office by itself, offices beside each other, and is repeated until it is done, always by what is declared at that moment.
 */
import type { Comune, Office } from '@portineria/config/comune';
import { UserId, type OfficeId, type RoomId } from '@portineria/config/ids';
import type { Hands } from '../../hands/means.ts';
import { Backlog } from '../../ground/backlog.ts';
import type { Cycle } from '../cycle/cycle.ts';
import { doorFacts, type DoorFacts } from '../../hands/doors.ts';
import { isUpgraded, readRooms, type RoomFacts } from '../../hands/facts.ts';
import { foundIn, NOTHING, type Found, type Reading } from './found.ts';
import type { House } from '../../hands/house.ts';
import { Member, type PushedEvent } from '../../ground/matrix.ts';
import { differences, inviteStaff, isAsWanted, makeDoor, makeOffice, mendOffice, statePrint } from '../../hands/offices.ts';
import { planOf, printOf, under, wantedOf, type PlanOptions, type Wanted } from './plan.ts';
import { reachDoor, withoutPrint } from './reachdoor.ts';
import { readSituation } from '../../hands/read.ts';
import { restoreRooms, type Rooms } from './restorerooms.ts';
import { closeRooms } from './retirement.ts';
import type { Situation } from '../../judgement/situation.ts';
import { roomOfVisit } from '../../hands/visitrooms.ts';

/** Where offices are served. */
export interface Lodge {
  readonly offices: Iterable<OfficeId>;
  cycle(office: OfficeId): Cycle | undefined;
  /** Begins to serve an office. */
  open(situation: Situation, hands: Hands): void;
  /** Serves an office no longer. @returns its cycle, to be ended */
  close(office: OfficeId): Cycle | undefined;
  /** What comes for rooms while they are being read is kept until their office is opened. */
  reading<T>(work: () => Promise<T>): Promise<T>;
  /** An office or its door has another room now. */
  know(situation: Situation): void;
  /** Rooms that are gone. */
  forget(rooms: readonly RoomId[]): void;
  /** Invites staff of other servers, in time. */
  invite(room: RoomId, users: readonly UserId[]): void;
}

export interface EstablishmentOptions extends PlanOptions {
  readonly lodge: Lodge;
  readonly now: () => number;
  readonly failed: (what: string, error: unknown, attempts: number) => void;
  readonly log: (sentence: string) => void;
}

/** How far a declaration has come. */
export interface Progress {
  /** How many offices the homeserver has not been brought to the declaration for. */
  readonly unreached: number;
  /** How many offices that are declared no longer have not been closed at the homeserver. */
  readonly unclosed: number;
  /** Why, each sentence once; empty when nothing has failed. */
  readonly faults: readonly string[];
  /** Since when anything is left of what must be done for the offices that are declared, in milliseconds since 1970; null when nothing is. */
  readonly since: number | null;
}

/** How many offices are brought to what is declared at the same time, and how many are closed. */
const OFFICES_AT_ONCE = 4;
const CLOSINGS_AT_ONCE = 2;
/** The pauses between attempts, in milliseconds. */
const PAUSES = [1_000, 15_000] as const;

export class Establishment {
  readonly #options: EstablishmentOptions;
  #comune: Comune | null = null;
  #offices: ReadonlyMap<OfficeId, Office> = new Map();
  readonly #found = new Map<OfficeId, Found>();
  /** Cycles of offices that are declared no longer. */
  readonly #ending = new Map<OfficeId, Cycle>();
  /** What the homeserver has been brought to. */
  readonly #reached = new Map<OfficeId, string>();
  readonly #reaching: Backlog<OfficeId>;
  readonly #retiring: Backlog<OfficeId>;
  #since: number | null = null;

  constructor(options: EstablishmentOptions) {
    this.#options = options;
    const { failed } = options;
    this.#reaching = new Backlog({ work: (id) => this.#reach(id), atOnce: OFFICES_AT_ONCE, pauses: PAUSES, failed: (id, error, attempts) => failed('reach', ofOffice(id, error), attempts) });
    this.#retiring = new Backlog({ work: (id) => this.#retire(id), atOnce: CLOSINGS_AT_ONCE, pauses: PAUSES, failed: (id, error, attempts) => failed('retire', ofOffice(id, error), attempts) });
  }

  get comune(): Comune {
    if (this.#comune === null) throw new Error('The porter has not begun.');
    return this.#comune;
  }

  get progress(): Progress {
    return { unreached: this.#reaching.size, unclosed: this.#retiring.size, faults: [...new Set([...this.#reaching.faults, ...this.#retiring.faults])], since: this.#since };
  }

  /**
   * Begins with what stands in the rooms that the porter is in. Resolves when each office was tried once: one that could not be opened
   * is tried again like the rest.
   * @throws when not even one office's plan can be made
   */
  async begin(comune: Comune, house: House, readAt: number): Promise<void> {
    for (const [id, found] of foundIn(house, this.#options.homeserver.porter, readAt)) this.#found.set(id, found);
    this.declare(comune);
    await this.#reaching.attempted();
  }

  /**
   * From now on this is what decides, at all offices; the homeserver follows.
   * @throws when an office's plan cannot be made: then nothing has changed
   */
  declare(comune: Comune): void {
    const { lodge } = this.#options;
    const plans = comune.offices.map((office) => ({ office, plan: planOf(comune, office, this.#options), print: printOf(wantedOf(comune, office, this.#options)) }));
    this.#comune = comune;
    this.#offices = new Map(comune.offices.map((office) => [office.id, office]));
    for (const id of [...lodge.offices, ...this.#found.keys()]) if (!this.#offices.has(id)) this.#dismiss(id);
    for (const { office: { id }, plan: { declared, hands }, print } of plans) {
      const cycle = lodge.cycle(id);
      cycle?.declare((situation) => under(situation, declared), hands);
      if (cycle === undefined || this.#reached.get(id) !== print) this.#reaching.order(id);
    }
    this.#keepTime();
  }

  /** A room of an office is not as it must be any more: it is seen to. */
  restore(id: OfficeId): void {
    if (!this.#offices.has(id)) return;
    this.#reached.delete(id);
    this.#reaching.order(id);
    this.#keepTime();
  }

  /** An event of an office that is served. A start does not read what stands at a door: where something else comes to stand there, this tells. */
  hear(cycle: Cycle, { room_id, type, state_key, content }: PushedEvent): void {
    const { office: id, door } = cycle.situation;
    const office = this.#offices.get(id);
    if (office === undefined || room_id !== door.room || state_key !== '') return;
    const wanted = wantedOf(this.comune, office, this.#options).door.get(type);
    if (type !== 'm.room.tombstone' && (wanted === undefined || isAsWanted(content, wanted))) return;
    // The event comes once. If we are gone before the door is seen to, the next start reads it whole.
    cycle.change((s) => withoutPrint(s, room_id));
    this.restore(id);
  }

  /** Resolves when each office that is to be opened was tried once. */
  tried(): Promise<void> {
    return this.#reaching.attempted();
  }

  /** Resolves when the homeserver has been brought to what is declared. */
  reached(): Promise<void> {
    return this.#reaching.done();
  }

  /** Ends it; resolves when what is under way is done. */
  async stop(): Promise<void> {
    await Promise.all([this.#reaching.stop(), this.#retiring.stop()]);
  }

  #keepTime(): void {
    this.#since = this.#reaching.size === 0 ? null : (this.#since ?? this.#options.now());
    if (this.#since !== null) void this.#reaching.done().then(() => { if (this.#reaching.size === 0) this.#since = null; });
  }

  #find(id: OfficeId, more: Partial<Found>): void {
    this.#found.set(id, { ...(this.#found.get(id) ?? NOTHING), ...more });
  }

  /** An office is declared no longer. */
  #dismiss(id: OfficeId): void {
    const cycle = this.#options.lodge.close(id);
    if (cycle !== undefined) this.#ending.set(id, cycle);
    this.#reached.delete(id);
    this.#reaching.drop(id);
    if (!this.#retiring.has(id)) this.#retiring.order(id);
  }

  /** Lets the cycle of an office that was dismissed end, and keeps what it knew of rooms. */
  async #end(id: OfficeId): Promise<void> {
    const cycle = this.#ending.get(id);
    if (cycle === undefined) return;
    await cycle.stop();
    const { room, door, formerDoors, visits, prepared } = cycle.situation;
    this.#find(id, { room, doors: [...formerDoors.keys(), door.room], visits: [...visits.values(), ...prepared.values()].map((visit) => visit.room), reading: null });
    this.#ending.delete(id);
  }

  /** Brings the homeserver to what is declared for an office. Does nothing where it is there already. */
  async #reach(id: OfficeId): Promise<void> {
    const { homeserver, lodge } = this.#options;
    const office = this.#offices.get(id);
    if (office === undefined) return;
    if (!this.#retiring.drop(id)) throw new Error('The room that the office had before is still being closed.');
    const wanted = wantedOf(this.comune, office, this.#options);
    this.#reached.delete(id);
    const running = lodge.cycle(id);
    const rooms = running === undefined ? await lodge.reading(() => this.#open(id, office, wanted)) : await running.run(() => restoreRooms(this.#options, running, office, wanted));
    const cycle = lodge.cycle(id);
    // Dismissed meanwhile: it is closed next.
    if (rooms === null || cycle === undefined) return;
    const { facts, door } = rooms;
    await reachDoor(homeserver, cycle, door, wanted);
    lodge.invite(facts.room, await inviteStaff(homeserver, facts, wanted.staff));
    await mendOffice(homeserver, facts, wanted.state);
    const strangers = strangersIn(facts, wanted, homeserver.porter);
    if (running !== undefined || strangers.length > 0) cycle.doubt();
    if (strangers.length > 0) await this.#seeOut(cycle, strangers);
    this.#reached.set(id, printOf(wanted));
  }

  /** The cycle shows out who does not belong into the office's room; here it is seen that they are out. @throws Error while they are not */
  async #seeOut(cycle: Cycle, strangers: readonly UserId[]): Promise<void> {
    await cycle.run(async () => undefined);
    const inside = new Set(await this.#options.homeserver.joinedMembers(cycle.situation.room));
    const left = strangers.filter((user) => inside.has(user)).length;
    if (left > 0) throw new Error(`${left} of those inside the office’s room are not of its staff and are still to be shown out.`);
  }

  /** @returns null when the office was dismissed meanwhile */
  async #open(id: OfficeId, office: Office, wanted: Wanted): Promise<Rooms | null> {
    const { homeserver, lodge } = this.#options;
    await this.#end(id);
    const { facts, doors, visits, readAt } = await this.#factsOf(id, office, wanted);
    const last = doors.at(-1);
    if (last === undefined) throw new Error('An office without a door cannot be opened.');
    // So the book is written once.
    const isMade = last.state !== undefined && differences({ state: last.state }, wanted.door).length === 0;
    const door = isMade ? { ...last, print: statePrint(wanted.door) } : last;
    const situation = await readSituation(homeserver, planOf(this.comune, office, this.#options).declared, facts, { now: door, former: doors.slice(0, -1) }, visits, readAt, null);
    const latest = this.#offices.get(id);
    if (latest === undefined) return null;
    const { declared, hands } = planOf(this.comune, latest, this.#options);
    lodge.open(under(situation, declared), hands);
    // The newest door that still stands is not the one that the book tells of: that one may have been taken away, and then the alias leads to neither.
    if (facts.book?.door !== undefined && facts.book.door !== last.room) lodge.cycle(id)?.doubt();
    this.#found.delete(id);
    return { facts, door };
  }

  async #factsOf(id: OfficeId, office: Office, wanted: Wanted): Promise<Reading> {
    const { homeserver, now } = this.#options;
    const { room: known, doors: before, visits, reading } = this.#found.get(id) ?? NOTHING;
    // It is of the start: another attempt reads anew, and doors whole, as what came of them meanwhile may not have been kept.
    this.#find(id, { reading: null });
    if (reading !== null && ![reading.facts, ...reading.doors].some(isLeft)) return reading;
    const room = known ?? (await makeOffice(homeserver, wanted.state));
    this.#find(id, { room });
    const doors = before.length > 0 ? before : [await makeDoor(homeserver, office, wanted.door)];
    this.#find(id, { doors });
    const readAt = now();
    const all = (await readRooms(homeserver, [room, ...doors, ...visits])).filter((one) => !isUpgraded(one));
    const facts = all.find((one) => one.room === room);
    const found = doors.flatMap((door) => all.find((one) => one.room === door) ?? []).map(doorFacts);
    this.#find(id, { room: facts === undefined ? null : room, doors: found.map((one) => one.room) });
    if (facts === undefined || found.length === 0) throw new Error('The porter is not in the office’s rooms any more: others are made.');
    return { facts, doors: found, visits: all.flatMap((one) => roomOfVisit(one, homeserver.porter)?.visit ?? []), readAt };
  }

  /** Closes an office that is declared no longer, and its visits with it. */
  async #retire(id: OfficeId): Promise<void> {
    const { lodge, log } = this.#options;
    if (this.#offices.has(id)) return;
    if (!this.#reaching.drop(id)) throw new Error('The office is still being opened.');
    await this.#end(id);
    const rooms = await closeRooms(this.#options, id, this.#found.get(id) ?? NOTHING);
    lodge.forget(rooms);
    this.#found.delete(id);
    log('An office is declared no longer: its rooms are closed.');
  }
}

/** A failure, and which office it is about. */
function ofOffice(id: OfficeId, error: unknown): Error {
  return new Error(`${id}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

/** Whether somebody is seen to have led a room's people to another. Of a door that was read by memberships an event tells it. */
function isLeft({ state = [] }: Pick<DoorFacts, 'state'>): boolean {
  return isUpgraded({ state });
}

/** Who is inside an office and not of the staff. */
function strangersIn({ state }: RoomFacts, { staff }: Wanted, porter: UserId): UserId[] {
  return state.flatMap(({ type, state_key, content }) => {
    const user = UserId.safeParse(state_key).data;
    const isInside = type === 'm.room.member' && Member.safeParse(content).data?.membership === 'join';
    return user === undefined || !isInside || user === porter || staff.includes(user) ? [] : [user];
  });
}
