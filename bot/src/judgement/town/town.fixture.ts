/**
 * A town for simulations: what a homeserver knows of one office and its doors, in memory. The tests against a real homeserver are in
 * tests/; here thousands of days pass in a second.
 */
import { BookContent } from '@portineria/config/book';
import { CARD, DOOR_ROOM_TYPE, OFFICE, VISIT, type CardContent, type VisitContent } from '@portineria/config/events';
import { EventId, RoomId, serverOf, type UserId } from '@portineria/config/ids';
import type { Action, Done } from '../actions.ts';
import { Deeds } from './deeds.fixture.ts';
import { doorFacts, doorIn, readDoors } from '../../hands/doors.ts';
import type { RoomFacts } from '../../hands/facts.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { readSituation } from '../../hands/read.ts';
import { ANNA, BRUNO, COMUNE, HOUR, NOON, OFFICE_ROOM, PORTER, situation, STEPS } from '../situation.fixture.ts';
import { atAnotherDoor, isTemporary, type Situation } from '../situation.ts';
import { roomOfVisit } from '../../hands/visitrooms.ts';

interface Heard {
  readonly room: RoomId;
  readonly event: RoomEvent;
}

/** What other servers' clocks say: years too early, too late, and hours beside. */
const WRONG: readonly number[] = [0, Date.UTC(2100, 0, 1), NOON - 3 * HOUR, NOON + 3 * HOUR, NOON];

/** What is declared: a door that is made anew as soon as two have come to it. */
const DECLARED = situation({ limits: { ...COMUNE.limits, doorVisits: 2 }, escalation: STEPS });

export class Town {
  now = NOON;
  /** What the porter has not been told yet. */
  stream: Heard[] = [];
  /** What was ever in the office. */
  readonly timeline: RoomEvent[] = [];
  /** What was ever in the office and at its doors. */
  readonly history: Heard[] = [];
  readonly state = new Map<RoomId, Map<string, RoomEvent>>([[OFFICE_ROOM, new Map()]]);
  /** Visits' rooms, by the knock of each. */
  readonly aliases = new Map<string, RoomId>();
  /** Where the office's alias leads; null where its door has been deleted. */
  door: RoomId | null = null;
  /** How many waited whenever the porter made the door anew. */
  readonly waitedAtDoors: number[] = [];
  readonly accounts = new Map<UserId, { seen: number; erased: boolean }>();
  book: BookContent | null = null;
  /** How many rooms were ever made for each knock. */
  readonly opened = new Map<EventId, number>();
  /** How often somebody of the staff said that somebody may come in. */
  admitted = 0;
  /** The porter's first lines in visits' rooms. */
  readonly greetings: { readonly room: RoomId; readonly event: EventId }[] = [];
  /** What went outside: the card and the step, in order. */
  readonly sent: string[] = [];
  /** Whom another office has taken, and the visits' rooms that it has. */
  readonly taken = new Set<UserId>();
  readonly given = new Set<RoomId>();
  /** How many events the porter was never told, or has forgotten where nothing tells them again. */
  lost = 0;
  /** How often a reading looked back into the room. */
  lookedBack = 0;
  /** Who was given each number of the first day, by a card or a word. */
  readonly numbers = new Map<number, Set<UserId>>();
  readonly #deeds = new Deeds(this);
  #count = 0;

  constructor() {
    this.write(OFFICE_ROOM, OFFICE, '', PORTER, { id: 'sempre' });
    this.write(OFFICE_ROOM, 'm.room.power_levels', '', PORTER, { users: { [PORTER]: 100, [ANNA]: 50, [BRUNO]: 50 } });
    for (const who of [PORTER, ANNA, BRUNO]) this.member(OFFICE_ROOM, who, 'join');
    this.makeDoor();
  }

  /** A room's id that no other has. */
  newRoom(name: string): RoomId {
    return RoomId.parse(`!${name}-${++this.#count}:comune.example`);
  }

  /** A new door's room: the alias leads to it from now on. */
  makeDoor(): RoomId {
    const door = this.newRoom('door');
    this.state.set(door, new Map());
    this.write(door, 'm.room.create', '', PORTER, { type: DOOR_ROOM_TYPE });
    this.write(door, OFFICE, '', PORTER, { id: 'sempre' });
    this.member(door, PORTER, 'join');
    this.door = door;
    return door;
  }

  /** An administrator deletes the door that is now: every membership there is gone with it. */
  deleteDoor(): void {
    if (this.door !== null) this.state.delete(this.door);
    this.door = null;
  }

  #isDoor(room: RoomId): boolean {
    return this.state.get(room)?.get('m.room.create ')?.content['type'] === DOOR_ROOM_TYPE;
  }

  /** The doors that are there, the oldest first. */
  get doors(): RoomId[] {
    return [...this.state.keys()].filter((room) => this.#isDoor(room));
  }

  /** Where somebody stands, or came to be inside. */
  doorOf(who: UserId): RoomId | undefined {
    return this.doors.findLast((door) => ['knock', 'invite', 'join'].includes(this.membership(door, who)));
  }

  /** Somebody goes to a door, if it is there and lets them: with a temporary account the homeserver's module lets them knock, and nothing else. */
  come(who: UserId, door: RoomId | null | undefined, membership: 'knock' | 'invite' | 'join' = 'knock'): void {
    if (door === null || door === undefined || !this.state.has(door) || this.accounts.get(who)?.erased === true) return;
    if (membership === 'knock' ? ['none', 'leave', 'knock'].includes(this.membership(door, who)) : !this.isHeld(door, who)) this.member(door, who, membership, who, 'Bussa');
  }

  write(room: RoomId, type: string, state_key: string | undefined, sender: UserId, content: Record<string, unknown>): RoomEvent {
    this.now += 1;
    const key = `${type} ${state_key ?? ''}`;
    const before = this.state.get(room)?.get(key);
    const unsigned = before === undefined || state_key === undefined ? {} : { unsigned: { prev_content: before.content, replaces_state: before.event_id } };
    const id = ++this.#count;
    // Another server's clock says anything.
    const origin_server_ts = serverOf(sender) === serverOf(PORTER) ? this.now : (WRONG[id % WRONG.length] ?? this.now);
    const event: RoomEvent = { event_id: EventId.parse(`$${id}`), type, sender, content, origin_server_ts, ...(state_key === undefined ? {} : { state_key }), ...unsigned };
    if (state_key !== undefined) this.state.get(room)?.set(key, event);
    if (room === OFFICE_ROOM) this.timeline.push(event);
    if (room === OFFICE_ROOM || this.#isDoor(room)) this.history.push({ room, event });
    this.stream.push({ room, event });
    return event;
  }

  membership(room: RoomId, who: UserId): string {
    return (this.state.get(room)?.get(`m.room.member ${who}`)?.content['membership'] as string | undefined) ?? 'none';
  }

  member(room: RoomId, who: UserId, membership: string, by: UserId = who, reason?: string): void {
    this.write(room, 'm.room.member', who, by, { membership, ...(reason === undefined ? {} : { reason }) });
  }

  /** Whether the latest that is known of somebody's membership at a door is from another server. */
  get hasForeignWord(): boolean {
    return this.doors.some((door) => this.facts(door).state.some(({ type, sender }) => type === 'm.room.member' && serverOf(sender) !== serverOf(PORTER)));
  }

  /** Whether an account was made for one visit and is not erased: the homeserver's module lets it neither into the office, nor through a door or away from it. */
  isHeld(room: RoomId, who: UserId): boolean {
    return (room === OFFICE_ROOM || this.#isDoor(room)) && isTemporary(DECLARED, who) && this.accounts.get(who)?.erased === false;
  }

  kick(room: RoomId, who: UserId, by: UserId = PORTER): void {
    if (this.isHeld(room, who)) return;
    if (['knock', 'invite', 'join'].includes(this.membership(room, who))) this.member(room, who, 'leave', by);
  }

  /** An account ends, and leaves every room. */
  erase(who: UserId): void {
    const known = this.accounts.get(who);
    if (known !== undefined) known.erased = true;
    for (const room of this.state.keys()) this.kick(room, who, who);
  }

  say(sender: UserId, body: string, content: Record<string, unknown> = {}): RoomEvent {
    return this.write(OFFICE_ROOM, 'm.room.message', undefined, sender, { msgtype: 'm.text', body, ...content });
  }

  /** What stands in the room and names a visitor. */
  get edits(): RoomEvent[] {
    return this.timeline.filter(({ sender, content }) => sender === PORTER && (content[CARD] as CardContent | undefined)?.visitor !== undefined);
  }

  /** The cards whose last edit says what became of them. */
  get over(): ReadonlySet<EventId> {
    return new Set(this.timeline.flatMap(({ content }) => ((content[CARD] as CardContent | undefined)?.over === true ? [(content['m.relates_to'] as { event_id: EventId }).event_id] : [])));
  }

  /** What people wrote at the doors that are there, and where something else stands now. */
  get leftWords(): RoomEvent[] {
    const isTheirs = ({ state_key = '', content }: RoomEvent): boolean => content['reason'] !== undefined && state_key !== PORTER && !state_key.startsWith('@ospite');
    return this.history.flatMap(({ room, event }) => (this.#isDoor(room) && isTheirs(event) && this.state.get(room)?.get(`m.room.member ${event.state_key ?? ''}`) !== event ? [event] : []));
  }

  /** The answers to tap that the porter has put under cards and not taken away. */
  get offers(): RoomEvent[] {
    return this.timeline.filter(({ type, sender, content }) => type === 'm.reaction' && sender === PORTER && content['m.relates_to'] !== undefined);
  }

  /** The cards that stand in the room, with the knock of each. */
  get cards(): { event: EventId; knock: string; number: number }[] {
    return this.timeline.flatMap(({ event_id, sender, content }) => {
      const card = content[CARD] as { knock: string; number: number } | undefined;
      return sender === PORTER && card !== undefined && content['m.relates_to'] === undefined ? [{ event: event_id, ...card }] : [];
    });
  }

  visitOf(room: RoomId): VisitContent | undefined {
    const content = this.state.get(room)?.get(`${VISIT} `)?.content as VisitContent | undefined;
    // It is taken back where the room stands ready for another knock.
    return content?.knock === undefined ? undefined : content;
  }

  get visitRooms(): RoomId[] {
    return [...this.state.keys()].filter((room) => room !== OFFICE_ROOM && !this.#isDoor(room) && !this.given.has(room));
  }

  /** What the porter does, as a homeserver would take it. */
  act(s: Situation, action: Action): Done {
    return this.#deeds.act(s, action);
  }

  facts(room: RoomId): RoomFacts {
    return { room, state: structuredClone([...(this.state.get(room)?.values() ?? [])]), book: BookContent.safeParse(JSON.parse(JSON.stringify(this.book))).data ?? null };
  }

  /**
   * Reads the truth as the porter does: at a start, or on a doubt about what was known. A door that is not there is made anew first.
   * @param early how much before now the reading began, in ms
   */
  async read(known: Situation | null, early = 0): Promise<Situation> {
    if (this.door === null) this.makeDoor();
    const before = known === null || this.door === null || known.door.room === this.door ? known : atAnotherDoor(known, { room: this.door }, this.now);
    const present = (room: RoomId) => Promise.resolve(this.state.has(room) ? this.facts(room).state.filter(({ type, content }) => type === 'm.room.member' && content['membership'] !== 'leave') : null);
    const told = doorIn(this.facts(OFFICE_ROOM).book);
    const doors = before === null ? this.doors.map((door) => (door === told?.room ? { ...told, members: doorFacts(this.facts(door)).members } : doorFacts(this.facts(door)))) : null;
    const now = doors?.at(-1);
    const found = before === null ? (now === undefined ? null : { now, former: doors?.slice(0, -1) ?? [] }) : await readDoors({ present }, before);
    if (found === null) throw new Error('A town has a door whenever it is read.');
    // As the porter reads: on a doubt only the visits that it knows of.
    const rooms = before === null ? this.visitRooms : [...before.visits.values(), ...before.prepared.values()].map(({ room }) => room).filter((room) => this.state.has(room));
    const visits = rooms.flatMap((room) => roomOfVisit(this.facts(room), PORTER)?.visit ?? []);
    const messages = this.timeline.filter(({ type }) => type === 'm.room.message' || type === 'm.reaction').toReversed();
    const lookBack = () => {
      this.lookedBack++;
      return Promise.resolve({ chunk: structuredClone(messages) });
    };
    return readSituation({ messages: lookBack }, before ?? DECLARED, this.facts(OFFICE_ROOM), found, visits, this.now - early, before);
  }
}
