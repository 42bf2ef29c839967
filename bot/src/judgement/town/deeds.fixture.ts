import type { Ticket } from '@portineria/config/book';
import { CARD, DOOR, PREPARED, QUEUE, VISIT, type CardContent, type PreparedContent, type QueueContent, type VisitContent } from '@portineria/config/events';
import { EventId, type RoomId, type UserId } from '@portineria/config/ids';
import { OFFERS } from '@portineria/config/reactions';
import type { Action, Done } from '../actions.ts';
import { tap } from '../../words/cards.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { dayOf, waitingTickets } from '../queue.ts';
import { NOON, OFFICE_ROOM, PORTER, room, ZONE } from '../situation.fixture.ts';
import { isTemporary, type Situation } from '../situation.ts';
import type { Town } from './town.fixture.ts';

/** Another office's room, whose staff are called when nobody answers. */
const ELSEWHERE = room('protocollo');

/** The office that takes whoever is passed on to it. */
const TAKES = 'mai';

/** What the porter does in a town, taken as a homeserver would take it. */
export class Deeds {
  readonly #town: Town;
  readonly #sent = new Map<string, EventId>();

  constructor(town: Town) {
    this.#town = town;
  }

  #once(cause: string, send: () => RoomEvent): { readonly event: EventId } {
    const known = this.#sent.get(cause);
    if (known !== undefined) return { event: known };
    const { event_id: event } = send();
    this.#sent.set(cause, event);
    return { event };
  }

  #redact(id: EventId): void {
    for (const { event } of this.#town.history) {
      if (event.event_id !== id) continue;
      const { membership } = event.content;
      for (const key of Object.keys(event.content)) Reflect.deleteProperty(event.content, key);
      if (membership !== undefined) event.content['membership'] = membership;
    }
  }

  #given(number: number, visitor: UserId): void {
    if (dayOf(this.#town.now, ZONE) !== dayOf(NOON, ZONE)) return;
    this.#town.numbers.set(number, new Set(this.#town.numbers.get(number)).add(visitor));
  }

  /** What the porter does, as a homeserver would take it. */
  act(s: Situation, action: Action): Done {
    switch (action.kind) {
      case 'announce':
        this.#given(action.ticket.number, action.ticket.visitor);
        return this.#once(`card ${action.ticket.knock}`, () => this.#town.say(PORTER, 'card', { [CARD]: recordOf(action.ticket) }));
      case 'describe':
        return this.#once(`describe ${action.ticket.knock} ${action.ticket.returned_at ?? ''} ${action.ticket.soon?.at ?? ''}`, () => this.#town.say(PORTER, '* card', wordsOf(action.ticket, action.card)));
      case 'renew': {
        const { knock, ticket } = action;
        const { card } = ticket;
        if (action.ready !== null) this.#dedicate(s, action.ready.room, { ...ticket, knock: knock.event });
        const done = card === undefined ? null : this.#once(`renew ${knock.event}`, () => this.#town.say(PORTER, '* card', wordsOf({ ...ticket, knock: knock.event }, card)));
        this.#redact(ticket.knock);
        return done;
      }
      case 'close-card': {
        const { ticket, card } = action;
        const done = this.#once(`close ${ticket.knock} ${ticket.returned_at ?? ''}`, () => this.#town.say(PORTER, '* opened', { 'm.relates_to': { rel_type: 'm.replace', event_id: card } }));
        for (const event of ticket.offers ?? []) this.#redact(event);
        return done;
      }
      case 'greet':
        return this.#once(`greet ${action.ticket.knock} ${action.ticket.returned_at ?? ''}`, () => this.#greet(action.visit.room, action.ticket));
      case 'call-host':
        return this.#once(`host ${action.ticket.knock} ${action.ticket.returned_at ?? ''} ${action.round}`, () => this.#town.say(PORTER, 'come in'));
      case 'call-colleagues':
        return this.#once(`alone ${action.ticket.knock} ${action.ticket.alone?.at ?? 0}`, () => this.#town.say(PORTER, 'alone'));
      case 'put-back': {
        const { room, visitor, members } = action.visit;
        this.#town.write(room, VISIT, '', PORTER, { ...this.#town.visitOf(room), ended_at: this.#town.now, outcome: 'nobody_came' });
        for (const who of members.keys()) if (who !== visitor) this.#town.kick(room, who);
        this.#levels(room, []);
        // It may be opened once more.
        this.#town.opened.delete(action.visit.knock);
        return null;
      }
      case 'give-link':
        return this.#once(`link ${action.link.command} ${action.link.line}`, () => this.#town.say(PORTER, 'link'));
      case 'call-again':
        return this.#once(`call ${action.ticket.knock} ${action.round}`, () => this.#town.say(PORTER, 'again', { [CARD]: recordOf(action.ticket), 'm.relates_to': { 'm.in_reply_to': { event_id: action.card } } }));
      case 'call-people':
        return this.#once(`people ${action.card} ${action.step}`, () => this.#town.say(PORTER, 'you', { [CARD]: { ...recordOf(action.ticket), step: action.step } satisfies CardContent, 'm.relates_to': { 'm.in_reply_to': { event_id: action.card } } }));
      case 'call-elsewhere': {
        const { event } = this.#once(`elsewhere ${action.card} ${action.step}`, () => this.#town.write(ELSEWHERE, 'm.room.message', undefined, PORTER, { body: 'somebody waits' }));
        return { event, place: ELSEWHERE };
      }
      case 'close-elsewhere':
        this.#once(`over ${action.event} ${action.ticket.returned_at ?? ''}`, () => this.#town.write(action.room, 'm.room.message', undefined, PORTER, { body: '* over' }));
        return null;
      case 'send-word':
        this.#town.sent.push(`${action.card} ${action.step.id}`);
        return null;
      case 'offer':
        return { events: OFFERS.flatMap((key) => this.#once(`offer ${action.card} ${key} ${action.ticket.returned_at ?? ''}`, () => this.#town.write(OFFICE_ROOM, 'm.reaction', undefined, PORTER, tap(action.card, key))).event) };
      case 'forget':
        this.#redact(action.ticket.knock);
        for (const event of action.events) this.#redact(event);
        if (action.ticket.card !== undefined) this.#close(action.ticket, action.ticket.card);
        return null;
      case 'refuse':
      case 'clear-knock':
        this.#redact(action.knock.event);
        this.#town.kick(action.knock.room, action.knock.user);
        return null;
      case 'pass-on':
        // One office takes whoever comes, another nobody.
        if (action.pass.office !== TAKES) return { refused: { why: 'shut', stands: '' } };
        if (action.visitor !== null) this.#town.taken.add(action.visitor.user_id);
        return { refused: null };
      case 'hand-over':
        for (const { user } of action.remove) this.#town.kick(action.visit.room, user);
        this.#town.given.add(action.visit.room);
        return null;
      case 'bring':
      case 'adopt':
        throw new Error('Nobody is passed on to this office.');
      case 'clear-words':
        this.#redact(action.event);
        return null;
      case 'put-out':
        this.#town.kick(OFFICE_ROOM, action.user);
        return null;
      case 'replace-door':
        this.#town.waitedAtDoors.push(waitingTickets(s).length + [...s.knocks.values()].filter(({ event, user }) => !(s.visits.has(event) && isTemporary(s, user))).length);
        return { room: this.#town.makeDoor(), print: 'as declared' };
      case 'remove-door':
        this.#town.state.delete(action.room);
        return null;
      case 'empower':
        this.#levels(action.visit.room, [...action.visit.hosts, ...action.users]);
        return null;
      case 'open':
        return { room: this.#open(s, action) };
      case 'prepare':
        return { room: this.#prepare(s, action), invited: [action.ticket.visitor] };
      case 'say-place':
        this.#town.write(action.room, 'm.room.topic', '', PORTER, { topic: action.place });
        return null;
      case 'empty-ready':
        for (const { user } of action.remove) this.#town.kick(action.prepared.room, user);
        return null;
      case 'discard':
        this.#town.state.delete(action.prepared.room);
        this.#town.aliases.delete(action.prepared.knock);
        return null;
      case 'invite':
        if (!['join', 'ban'].includes(this.#town.membership(action.visit.room, action.user))) this.#town.member(action.visit.room, action.user, 'invite', PORTER);
        return null;
      case 'list-guest': {
        const { room, guests } = action.visit;
        this.#town.write(room, VISIT, '', PORTER, { ...this.#town.visitOf(room), guests: [...guests, action.user] });
        return null;
      }
      case 'end-visit': {
        const { room } = action.visit;
        this.#town.write(room, VISIT, '', PORTER, { ...this.#town.visitOf(room), ended_at: this.#town.now, outcome: action.outcome });
        for (const { user } of action.remove) this.#town.kick(room, user);
        return null;
      }
      case 'empty-room':
        for (const { user } of action.remove) this.#town.kick(action.visit.room, user);
        return null;
      case 'purge':
        this.#town.state.delete(action.visit.room);
        this.#town.aliases.delete(action.visit.knock);
        return null;
      case 'erase':
        this.#town.erase(action.user);
        return null;
      case 'look-for-signs':
        return { seen: new Map(action.users.map((who) => [who, this.#town.accounts.get(who)?.seen ?? 0])) };
      case 'publish':
        this.#town.write(OFFICE_ROOM, QUEUE, '', PORTER, { ...action.queue } satisfies QueueContent);
        return null;
      case 'write-book':
        this.#town.book = structuredClone(action.book);
        return null;
      case 'reply':
        this.#town.say(PORTER, action.remark.text);
        return null;
      case 'set-door': {
        const { command, by, at, door } = action.order;
        return { event: this.#town.write(OFFICE_ROOM, DOOR, '', PORTER, { ...door, by, command, at }).event_id };
      }
      case 'note-door':
        this.#once(`door ${action.order.command}`, () => this.#town.say(PORTER, 'done'));
        return null;
      case 'report-door':
        return this.#once(`door ${action.door.event}`, () => this.#town.say(PORTER, 'the door cannot be read'));
      case 'warn':
        return this.#once(`warn ${action.ticket.knock}`, () => this.#town.say(PORTER, 'ends soon'));
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
    const line = this.#town.write(room, 'm.room.message', undefined, PORTER, { msgtype: 'm.notice', body: 'first line', [CARD]: recordOf(ticket) });
    this.#town.greetings.push({ room, event: line.event_id });
    return line;
  }

  /** Says what became of a ticket. */
  #close(ticket: Ticket, card: EventId): void {
    this.#once(`over ${ticket.knock}`, () => this.#town.say(PORTER, '* over', { [CARD]: { ...recordOf(ticket), over: true } satisfies CardContent, 'm.relates_to': { rel_type: 'm.replace', event_id: card } }));
  }

  #levels(room: RoomId, hosts: readonly UserId[]): void {
    this.#town.write(room, 'm.room.power_levels', '', PORTER, { users: Object.fromEntries([[PORTER, 100], ...hosts.map((host) => [host, 50])]) });
  }

  #roomFor({ knock }: Ticket): RoomId {
    const known = this.#town.aliases.get(knock);
    if (known !== undefined) return known;
    const room = this.#town.newRoom('visit');
    this.#town.state.set(room, new Map());
    this.#town.aliases.set(knock, room);
    return room;
  }

  /** The room is for another knock from now on. */
  #dedicate(s: Situation, room: RoomId, ticket: Ticket): void {
    this.#town.aliases.set(ticket.knock, room);
    this.#town.write(room, PREPARED, '', PORTER, preparedFor(s, ticket));
    if (this.#town.visitOf(room) !== undefined) this.#town.write(room, VISIT, '', PORTER, {});
  }

  #prepare(s: Situation, { ticket, place }: Extract<Action, { kind: 'prepare' }>): RoomId {
    const isNew = !this.#town.aliases.has(ticket.knock);
    const room = this.#roomFor(ticket);
    if (place !== undefined) this.#town.write(room, 'm.room.topic', '', PORTER, { topic: place });
    if (!isNew) return room;
    this.#levels(room, []);
    this.#town.write(room, PREPARED, '', PORTER, preparedFor(s, ticket));
    this.#town.member(room, ticket.visitor, 'invite', PORTER);
    return room;
  }

  #open(s: Situation, { ticket, by }: Extract<Action, { kind: 'open' }>): RoomId {
    const isNew = !this.#town.aliases.has(ticket.knock);
    const room = this.#roomFor(ticket);
    const before = this.#town.visitOf(room);
    if (before !== undefined && before.outcome !== 'nobody_came') return room;
    if (isNew) this.#levels(room, [by]);
    this.#town.opened.set(ticket.knock, (this.#town.opened.get(ticket.knock) ?? 0) + 1);
    const content: VisitContent = { office: s.office, office_room: s.room, visitor: ticket.visitor, knock: ticket.knock, ticket: ticket.number, transport: null, opened_by: by, opened_at: this.#town.now };
    this.#town.write(room, VISIT, '', PORTER, content);
    return room;
  }
}

function preparedFor(s: Situation, { visitor, knock, number }: Ticket): PreparedContent & Record<string, unknown> {
  return { office: s.office, office_room: s.room, visitor, knock, ticket: number };
}

function recordOf({ knock, number, since }: Ticket): CardContent {
  return { knock, number, since };
}

/** An edit of a card that says whose it is. */
function wordsOf(ticket: Ticket, card: EventId): Record<string, unknown> {
  return { [CARD]: { ...recordOf(ticket), visitor: ticket.visitor } satisfies CardContent, 'm.relates_to': { rel_type: 'm.replace', event_id: card } };
}
