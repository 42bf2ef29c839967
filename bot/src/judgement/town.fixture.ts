/**
 * A town for simulations: what a homeserver knows of one office and its doors, in memory, and a porter who may miss, doubt, and die.
 * The tests against a real homeserver are in tests/; here thousands of days pass in a second.
 */
import { BookContent, CARD, DOOR, DOOR_ROOM_TYPE, OFFICE, PREPARED, QUEUE, VISIT, type CardContent, type PreparedContent, type QueueContent, type Ticket, type VisitContent } from '@portineria/config/events';
import { EventId, RoomId, serverOf, type UserId } from '@portineria/config/ids';
import type { Action, Done } from './actions.ts';
import { after } from './after.ts';
import { tap } from '../words/cards.ts';
import { patienceWith } from '../porter/cycle.ts';
import { decide } from './decide.ts';
import { hear } from './hear.ts';
import { dated, ownDate, type RoomEvent } from '../ground/matrix.ts';
import { doorFacts, doorIn, readDoors, readSituation, roomOfVisit, type RoomFacts } from '../hands/read.ts';
import { dayOf, waitingTickets } from './queue.ts';
import { ANNA, BRUNO, COMUNE, HOUR, NOON, OFFICE_ROOM, PORTER, ZONE, account, situation } from './situation.fixture.ts';
import { atAnotherDoor, bookContent, isTemporary, put, type Situation } from './situation.ts';

interface Heard {
  readonly room: RoomId;
  readonly event: RoomEvent;
}

/** What other servers' clocks say: years too early, too late, and hours beside. */
const WRONG: readonly number[] = [0, Date.UTC(2100, 0, 1), NOON - 3 * HOUR, NOON + 3 * HOUR, NOON];

/** What is declared: a door that is made anew as soon as two have come to it. */
const DECLARED = situation({ limits: { ...COMUNE.limits, doorVisits: 2 } });

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
  /** How often a reading looked back into the room. */
  lookedBack = 0;
  /** Who was given each number of the first day, by a card or a word. */
  readonly numbers = new Map<number, Set<UserId>>();
  readonly #sent = new Map<string, EventId>();
  #count = 0;

  constructor() {
    this.write(OFFICE_ROOM, OFFICE, '', PORTER, { id: 'sempre' });
    this.write(OFFICE_ROOM, 'm.room.power_levels', '', PORTER, { users: { [PORTER]: 100, [ANNA]: 50, [BRUNO]: 50 } });
    for (const who of [PORTER, ANNA, BRUNO]) this.member(OFFICE_ROOM, who, 'join');
    this.makeDoor();
  }

  /** A new door's room: the alias leads to it from now on. */
  makeDoor(): RoomId {
    const door = RoomId.parse(`!door-${++this.#count}:comune.example`);
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
    return String(this.state.get(room)?.get(`m.room.member ${who}`)?.content['membership'] ?? 'none');
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
    return this.state.get(room)?.get(`${VISIT} `)?.content as VisitContent | undefined;
  }

  get visitRooms(): RoomId[] {
    return [...this.state.keys()].filter((room) => room !== OFFICE_ROOM && !this.#isDoor(room));
  }

  #once(cause: string, send: () => RoomEvent): { readonly event: EventId } {
    const known = this.#sent.get(cause);
    if (known !== undefined) return { event: known };
    const { event_id: event } = send();
    this.#sent.set(cause, event);
    return { event };
  }

  #redact(id: EventId): void {
    for (const { event } of this.history) {
      if (event.event_id !== id) continue;
      const { membership } = event.content;
      for (const key of Object.keys(event.content)) delete event.content[key];
      if (membership !== undefined) event.content['membership'] = membership;
    }
  }

  #given(number: number, visitor: UserId): void {
    if (dayOf(this.now, ZONE) !== dayOf(NOON, ZONE)) return;
    this.numbers.set(number, new Set(this.numbers.get(number)).add(visitor));
  }

  /** What the porter does, as a homeserver would take it. */
  act(s: Situation, action: Action): Done {
    switch (action.kind) {
      case 'announce':
        this.#given(action.ticket.number, action.ticket.visitor);
        return this.#once(`card ${action.ticket.knock}`, () => this.say(PORTER, 'card', { [CARD]: recordOf(action.ticket) }));
      case 'describe':
        return this.#once(`describe ${action.ticket.knock} ${action.ticket.returned_at ?? ''}`, () => this.say(PORTER, '* card', wordsOf(action.ticket, action.card)));
      case 'renew': {
        const { knock, ticket } = action;
        const { card } = ticket;
        const done = card === undefined ? null : this.#once(`renew ${knock.event}`, () => this.say(PORTER, '* card', wordsOf({ ...ticket, knock: knock.event }, card)));
        this.#redact(ticket.knock);
        return done;
      }
      case 'close-card': {
        const { ticket, card } = action;
        const done = this.#once(`close ${ticket.knock} ${ticket.returned_at ?? ''}`, () => this.say(PORTER, '* opened', { 'm.relates_to': { rel_type: 'm.replace', event_id: card } }));
        for (const event of ticket.offers ?? []) this.#redact(event);
        return done;
      }
      case 'greet':
        return this.#once(`greet ${action.ticket.knock} ${action.ticket.returned_at ?? ''}`, () => this.#greet(action.visit.room, action.ticket));
      case 'call-host':
        return this.#once(`host ${action.ticket.knock} ${action.ticket.returned_at ?? ''} ${action.round}`, () => this.say(PORTER, 'come in'));
      case 'put-back': {
        const { room, visitor, members } = action.visit;
        this.write(room, VISIT, '', PORTER, { ...this.visitOf(room), ended_at: this.now, outcome: 'nobody_came' });
        for (const who of members.keys()) if (who !== visitor) this.kick(room, who);
        this.#levels(room, []);
        // It may be opened once more.
        this.opened.delete(action.visit.knock);
        return null;
      }
      case 'call-again':
        return this.#once(`call ${action.ticket.knock} ${action.round}`, () => this.say(PORTER, 'again', { [CARD]: recordOf(action.ticket), 'm.relates_to': { 'm.in_reply_to': { event_id: action.card } } }));
      case 'offer':
        return { events: ['✅', '❌'].flatMap((key) => this.#once(`offer ${action.card} ${key} ${action.ticket.returned_at ?? ''}`, () => this.write(OFFICE_ROOM, 'm.reaction', undefined, PORTER, tap(action.card, key))).event) };
      case 'forget':
        for (const event of action.events) this.#redact(event);
        if (action.ticket.card !== undefined) this.#close(action.ticket, action.ticket.card);
        return null;
      case 'refuse':
      case 'clear-knock':
        this.kick(action.knock.room, action.knock.user);
        return null;
      case 'put-out':
        this.kick(OFFICE_ROOM, action.user);
        return null;
      case 'replace-door':
        this.waitedAtDoors.push(waitingTickets(s).length + [...s.knocks.values()].filter(({ event, user }) => !(s.visits.has(event) && isTemporary(s, user))).length);
        return { room: this.makeDoor(), print: 'as declared' };
      case 'remove-door':
        this.state.delete(action.room);
        return null;
      case 'empower':
        this.#levels(action.visit.room, [...action.visit.hosts, ...action.users]);
        return null;
      case 'open':
        return { room: this.#open(s, action) };
      case 'prepare':
        return { room: this.#prepare(s, action.ticket), invited: [action.ticket.visitor] };
      case 'discard':
        this.state.delete(action.prepared.room);
        this.aliases.delete(action.prepared.knock);
        return null;
      case 'invite':
        if (!['join', 'ban'].includes(this.membership(action.visit.room, action.user))) this.member(action.visit.room, action.user, 'invite', PORTER);
        return null;
      case 'end-visit': {
        const { room } = action.visit;
        this.write(room, VISIT, '', PORTER, { ...this.visitOf(room), ended_at: this.now, outcome: action.outcome });
        for (const who of action.remove) this.kick(room, who);
        return null;
      }
      case 'empty-room':
        for (const who of action.users) this.kick(action.visit.room, who);
        return null;
      case 'purge':
        this.state.delete(action.visit.room);
        this.aliases.delete(action.visit.knock);
        return null;
      case 'erase': {
        const known = this.accounts.get(action.user);
        if (known !== undefined) known.erased = true;
        for (const room of this.state.keys()) this.kick(room, action.user, action.user);
        return null;
      }
      case 'look-for-signs':
        return { seen: new Map(action.users.map((who) => [who, this.accounts.get(who)?.seen ?? 0])) };
      case 'publish':
        this.write(OFFICE_ROOM, QUEUE, '', PORTER, { ...action.queue } satisfies QueueContent);
        return null;
      case 'write-book':
        this.book = structuredClone(action.book);
        return null;
      case 'reply':
        this.say(PORTER, action.remark.text);
        return null;
      case 'report-door':
        return this.#once(`door ${action.door.event}`, () => this.say(PORTER, 'the door cannot be read'));
      case 'warn':
        return this.#once(`warn ${action.ticket.knock}`, () => this.say(PORTER, 'ends soon'));
      case 'look-at-calls':
        return { inside: new Map() };
      case 'tell':
        for (const [visitor, { number }] of action.tickets) this.#given(number, visitor);
        return null;
      case 'end-call':
      case 'hang-up':
      case 'number':
        return null;
    }
  }

  #greet(room: RoomId, ticket: Ticket): RoomEvent {
    const line = this.write(room, 'm.room.message', undefined, PORTER, { msgtype: 'm.notice', body: 'first line', [CARD]: recordOf(ticket) });
    this.greetings.push({ room, event: line.event_id });
    return line;
  }

  /** Says what became of a ticket. */
  #close(ticket: Ticket, card: EventId): void {
    this.#once(`over ${ticket.knock}`, () => this.say(PORTER, '* over', { [CARD]: { ...recordOf(ticket), over: true } satisfies CardContent, 'm.relates_to': { rel_type: 'm.replace', event_id: card } }));
  }

  #levels(room: RoomId, hosts: readonly UserId[]): void {
    this.write(room, 'm.room.power_levels', '', PORTER, { users: Object.fromEntries([[PORTER, 100], ...hosts.map((host) => [host, 50])]) });
  }

  #roomFor({ knock }: Ticket): RoomId {
    const known = this.aliases.get(knock);
    if (known !== undefined) return known;
    const room = RoomId.parse(`!visit-${++this.#count}:comune.example`);
    this.state.set(room, new Map());
    this.aliases.set(knock, room);
    return room;
  }

  #prepare(s: Situation, ticket: Ticket): RoomId {
    const isNew = !this.aliases.has(ticket.knock);
    const room = this.#roomFor(ticket);
    if (!isNew) return room;
    this.#levels(room, []);
    this.write(room, PREPARED, '', PORTER, { office: s.office, office_room: s.room, visitor: ticket.visitor, knock: ticket.knock, ticket: ticket.number } satisfies PreparedContent);
    this.member(room, ticket.visitor, 'invite', PORTER);
    return room;
  }

  #open(s: Situation, { ticket, by }: Extract<Action, { kind: 'open' }>): RoomId {
    const isNew = !this.aliases.has(ticket.knock);
    const room = this.#roomFor(ticket);
    const before = this.visitOf(room);
    if (before !== undefined && before.outcome !== 'nobody_came') return room;
    if (isNew) this.#levels(room, [by]);
    this.opened.set(ticket.knock, (this.opened.get(ticket.knock) ?? 0) + 1);
    const content: VisitContent = { office: s.office, office_room: s.room, visitor: ticket.visitor, knock: ticket.knock, ticket: ticket.number, transport: null, opened_by: by, opened_at: this.now };
    this.write(room, VISIT, '', PORTER, content);
    return room;
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

function recordOf({ knock, number, since }: Ticket): CardContent {
  return { knock, number, since };
}

/** An edit of a card that says whose it is. */
function wordsOf(ticket: Ticket, card: EventId): Record<string, unknown> {
  return { [CARD]: { ...recordOf(ticket), visitor: ticket.visitor } satisfies CardContent, 'm.relates_to': { rel_type: 'm.replace', event_id: card } };
}

/** The porter at work in a town. */
export class Porter {
  readonly town: Town;
  situation: Situation;
  readonly heard = new Set<EventId>();
  /** Done, in order. */
  readonly done: Action[] = [];
  /** Many knock: what is patient is put off. */
  hurried = false;
  #doubts = false;

  constructor(town: Town, begin: Situation) {
    this.town = town;
    this.situation = begin;
  }

  /** Hears the next events of the stream. */
  hear(count: number): void {
    for (const { room, event } of this.town.stream.splice(0, count)) this.#take(room, event);
  }

  /** Hears an event once more. */
  hearAgain(index: number): void {
    const again = this.town.history[index % Math.max(1, this.town.history.length)];
    if (again !== undefined) this.#take(again.room, again.event);
  }

  #take(room: RoomId, event: RoomEvent): void {
    if (this.heard.has(event.event_id)) return;
    this.heard.add(event.event_id);
    const at = ownDate(event, PORTER, this.town.now);
    const isOf = event.state_key === undefined;
    if (at === null ? !isOf : at < this.situation.readAt) this.#doubts = true;
    else this.situation = hear(this.situation, room, dated(structuredClone(event), PORTER, this.town.now));
  }

  async doubt(early = 0): Promise<void> {
    this.situation = await this.town.read(this.situation, early);
    this.#doubts = false;
  }

  /** Dies, and begins anew. */
  async die(): Promise<void> {
    this.heard.clear();
    this.hurried = false;
    this.situation = await this.town.read(null);
    this.#doubts = false;
  }

  /**
   * Does the first thing to do.
   * @param meanwhile how many events come while it is being done
   * @param dies after it is done, before it is known to be
   * @returns false when there was nothing to do
   */
  async work(meanwhile = 0, dies = false): Promise<boolean> {
    if (this.#doubts) await this.doubt();
    const action = decide(this.situation, this.town.now).actions.find((one) => !this.hurried || patienceWith(one) === 0);
    if (action === undefined) return false;
    this.done.push(action);
    const done = this.town.act(this.situation, action);
    if (dies) {
      await this.die();
      return true;
    }
    this.hear(meanwhile);
    this.situation = after(this.situation, action, done, this.town.now);
    return true;
  }

  /** Makes an account, as the HTTP side does. */
  receive(who: UserId): void {
    if (this.town.accounts.has(who)) return;
    this.town.accounts.set(who, { seen: this.town.now, erased: false });
    this.#note(who, false);
  }

  /** A goodbye over HTTP. */
  goodbye(who: UserId): void {
    if (this.situation.visitors.has(who)) this.#note(who, true);
  }

  #note(who: UserId, leaving: boolean): void {
    const made = this.situation.visitors.get(who)?.made_at ?? this.town.now;
    this.situation = { ...this.situation, visitors: put(this.situation.visitors, who, account(who, made, { leaving })) };
    const book = { ...bookContent(this.situation), at: this.town.now };
    this.town.book = structuredClone(book);
    this.situation = { ...this.situation, written: { ...this.situation.written, book } };
  }

  setDoor(by: UserId, content: Record<string, unknown>): void {
    this.town.write(OFFICE_ROOM, DOOR, '', by, content);
  }
}
