/** The offices that are served: their cycles, and whose room is whose. */
import type { OfficeId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import type { Cycle } from './cycle/cycle.ts';
import type { PushedEvent } from '../ground/matrix.ts';
import type { Situation } from '../judgement/situation.ts';
import type { Prepared, Visit } from '../judgement/visit.ts';
import { visitAlias } from '../hands/visits.ts';

/** How long the stream waits for a door to be set as it was ordered, in milliseconds: what follows in it waits as well. */
const ORDER_TIMEOUT_MS = 5_000;

export class Served {
  /** The homeserver's name. */
  readonly #server: string;
  readonly #cycles = new Map<OfficeId, Cycle>();
  /** Offices' rooms, their doors', and visits'. */
  readonly #rooms = new Map<RoomId, OfficeId>();

  constructor(server: string) {
    this.#server = server;
  }

  get offices(): Iterable<OfficeId> {
    return this.#cycles.keys();
  }

  get cycles(): readonly Cycle[] {
    return [...this.#cycles.values()];
  }

  /** What is true of every office now. */
  get situations(): readonly Situation[] {
    return this.cycles.map(({ situation }) => situation);
  }

  cycle(office: OfficeId): Cycle | undefined {
    return this.#cycles.get(office);
  }

  add(cycle: Cycle): void {
    this.#cycles.set(cycle.situation.office, cycle);
    this.know(cycle.situation);
  }

  remove(office: OfficeId): Cycle | undefined {
    const cycle = this.#cycles.get(office);
    this.#cycles.delete(office);
    return cycle;
  }

  /** All rooms of an office are known to be its own from now on. @returns those that nobody knew until now */
  know({ office, room, door, formerDoors, visits, prepared }: Situation): ReadonlySet<RoomId> {
    const rooms = [room, door.room, ...formerDoors.keys(), ...[...visits.values(), ...prepared.values()].map((visit) => visit.room)];
    const fresh = new Set(rooms.filter((one) => !this.#rooms.has(one)));
    for (const one of rooms) this.#rooms.set(one, office);
    return fresh;
  }

  /** Rooms that are gone. */
  forget(rooms: readonly RoomId[]): void {
    for (const room of rooms) this.#rooms.delete(room);
  }

  /** Whether a room is an office's or a visit's. */
  knows(room: RoomId): boolean {
    return this.#rooms.has(room);
  }

  /** Whose room this is; undefined where nobody knows it. */
  officeWith(room: RoomId): OfficeId | undefined {
    return this.#rooms.get(room);
  }

  /** The cycle of the office whose room this is. */
  cycleWith(room: RoomId): Cycle | undefined {
    const office = this.#rooms.get(room);
    return office === undefined ? undefined : this.#cycles.get(office);
  }

  /** The visit whose room this is, running or over. */
  visitIn(room: RoomId): { cycle: Cycle; visit: Visit } | undefined {
    const cycle = this.cycleWith(room);
    const visit = [...(cycle?.situation.visits.values() ?? [])].find((one) => one.room === room);
    return cycle === undefined || visit === undefined ? undefined : { cycle, visit };
  }

  /** The visit whose room has this alias, though it may only stand ready. */
  visitNamed(alias: RoomAlias): { cycle: Cycle; visit: Prepared } | undefined {
    for (const cycle of this.#cycles.values()) {
      const { visits, prepared } = cycle.situation;
      const visit = [...visits.values(), ...prepared.values()].find(({ knock }) => visitAlias(knock, this.#server) === alias);
      if (visit !== undefined) return { cycle, visit };
    }
    return undefined;
  }

  /** The rooms of all visits that run now. */
  get running(): readonly RoomId[] {
    return this.cycles.flatMap(({ situation }) => [...situation.visits.values()].flatMap(({ room, endedAt }) => (endedAt === null ? [room] : [])));
  }

  /** Resolves when the door stands as an event orders it, if it does; or when that could not be done in time. Nothing else tells of the order after a crash. */
  async obeyed({ room_id, event_id }: Pick<PushedEvent, 'room_id' | 'event_id'>): Promise<void> {
    await this.cycleWith(room_id)?.until(({ order }) => order?.command !== event_id || order.written !== null, ORDER_TIMEOUT_MS);
  }

  /** Resolves when every visit's room that is being made now is known. */
  async opened(): Promise<void> {
    await Promise.all(this.cycles.map((cycle) => cycle.opened));
  }

  /** Everybody who is of the staff and inside an office now. */
  get staff(): readonly UserId[] {
    return [...new Set(this.cycles.flatMap(({ situation: { roster, joined } }) => [...roster].filter((user) => joined.has(user))))];
  }
}
