/** The office's room as a client tells a widget of it, piece by piece. Only what a desk shows is kept: state, and what the porter said. */
import { CARD, DOOR, OFFICE, QUEUE, QueueContent } from '@portineria/config/events';
import * as z from 'zod/mini';
import type { RoomEvent, RoomState } from '../desk/port.ts';

/** No identifier of Matrix is longer, in bytes; nor is an event's type. */
const Word = z.string().check(z.maxLength(255));
/** An event as clients hand it on (client-server specification, "ClientEvent"). An edited message may come with what its last edit says. */
const Told = z.object({
  event_id: Word,
  room_id: Word,
  type: Word,
  sender: Word,
  origin_server_ts: z.number(),
  content: z.record(z.string(), z.unknown()),
  state_key: z.optional(Word),
  redacts: z.optional(Word),
});
type Told = z.infer<typeof Told>;

/** Of how many redacted events the ids are kept, and how much of what the porter said: several days of a busy office. */
const [MOST_REDACTED, MOST_SAID] = [5_000, 20_000];

type Loose = Readonly<Record<string, unknown>>;
const isLoose = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

/** A room as far as it was told. */
export class OfficeRoom {
  readonly #room: string;
  readonly #porter: string;
  readonly #state = new Map<string, RoomState>();
  #names: ReadonlyMap<string, string> = new Map();
  /** In the order in which it was said: first what was read, then what came. */
  readonly #past = new Map<string, RoomEvent>();
  readonly #live = new Map<string, RoomEvent>();
  readonly #redacted = new Set<string>();
  #timeline: readonly RoomEvent[] | null = null;

  constructor(room: string, porter: string) {
    this.#room = room;
    this.#porter = porter;
  }

  get names(): ReadonlyMap<string, string> {
    return this.#names;
  }

  /** What the porter said, oldest first. The same object as long as nothing changes. */
  get timeline(): readonly RoomEvent[] {
    this.#timeline ??= [...this.#past.values(), ...this.#live.values()];
    return this.#timeline;
  }

  stateOf(type: typeof OFFICE | typeof DOOR | typeof QUEUE): RoomState | null {
    return this.#state.get(type) ?? null;
  }

  /** Takes in state of the room. What has no form of it, or is of another room, is passed over. @returns which types of state came */
  takeState(events: readonly unknown[]): ReadonlySet<string> {
    const came = new Set<string>();
    for (const event of events) {
      const told = this.#read(event);
      if (told?.state_key === undefined) continue;
      const { type, sender, content, state_key } = told;
      if (type === 'm.room.member') this.#name(state_key, content);
      else if (state_key === '' && [OFFICE, DOOR, QUEUE].includes(type)) this.#state.set(type, { sender, content });
      else continue;
      came.add(type);
    }
    return came;
  }

  /** Takes in what was said before. @param events the newest first, as clients read them */
  takePast(events: readonly unknown[]): void {
    for (const event of events.toReversed()) {
      const said = this.#saidBy(event);
      if (said !== null && !this.#live.has(said.id)) this.#past.set(said.id, said);
    }
    this.#changed();
  }

  /** Takes in an event that has just come. @returns whether it changes anything */
  takeLive(event: unknown): boolean {
    const told = this.#read(event);
    if (told?.type === 'm.room.redaction') return this.#redact(told);
    const said = this.#saidBy(event);
    if (said === null || this.#past.has(said.id)) return false;
    this.#live.set(said.id, said);
    this.#forgetOver(said);
    this.#changed();
    return true;
  }

  /** The cards that the queue names, and of which nothing tells who knocks. In the queue's order. */
  nameless(): readonly string[] {
    const { waiting, visits } = this.#queue() ?? { waiting: [], visits: [] };
    const named = new Set(this.timeline.map(cardIn).flatMap(({ id, card: told }) => (typeof told?.['name'] === 'string' ? [id] : [])));
    return [...waiting, ...visits].flatMap(({ card }) => (card === undefined || named.has(card) ? [] : [card]));
  }

  /** The cards of those with whom it is over today, and of which nothing tells how it ended. The latest first. */
  lineless(): readonly string[] {
    const told = new Set(this.timeline.map(cardIn).flatMap(({ id, card }) => (card?.['over'] === true ? [id] : [])));
    return (this.#queue()?.today?.cards ?? []).filter((card) => !told.has(card)).toReversed();
  }

  #queue(): QueueContent | undefined {
    const queue = this.#state.get(QUEUE);
    return queue?.sender === this.#porter ? QueueContent.safeParse(queue.content).data : undefined;
  }

  #read(event: unknown): Told | null {
    const { data } = Told.safeParse(event);
    return data?.room_id === this.#room ? data : null;
  }

  #saidBy(event: unknown): RoomEvent | null {
    const told = this.#read(event);
    if (told?.type !== 'm.room.message' || told.sender !== this.#porter || told.state_key !== undefined || this.#redacted.has(told.event_id)) return null;
    return { id: told.event_id, type: told.type, sender: told.sender, at: told.origin_server_ts, content: told.content };
  }

  /** What was taken away is not kept here either. It stands in the content since room version 11, and in older clients' events beside it. */
  #redact({ content, redacts }: Told): boolean {
    const target = typeof content['redacts'] === 'string' ? content['redacts'] : redacts;
    if (target === undefined) return false;
    this.#redacted.add(target);
    trim(this.#redacted, MOST_REDACTED);
    const [was, is] = [this.#past.delete(target), this.#live.delete(target)];
    if (was || is) this.#changed();
    return was || is;
  }

  /** Of a card that is over its last line is kept, and not who it was: clients may have put that into what they told of it before. */
  #forgetOver(said: RoomEvent): void {
    const { id: card, card: record } = cardIn(said);
    if (record?.['over'] !== true) return;
    for (const kept of [this.#past, this.#live]) {
      for (const [id, event] of kept) if (id !== said.id && cardIn(event).id === card) kept.delete(id);
    }
  }

  #name(user: string, { membership, displayname }: Loose): void {
    const names = new Map(this.#names);
    if (membership === 'join' && typeof displayname === 'string') names.set(user, displayname);
    else names.delete(user);
    this.#names = names;
  }

  #changed(): void {
    trim(this.#past, MOST_SAID);
    trim(this.#live, MOST_SAID);
    this.#timeline = null;
  }
}

/** The card that an event is or edits, and what it says of it; undefined where it says nothing of one. */
function cardIn({ id, content }: RoomEvent): { id: string; card: Loose | undefined } {
  if (!isLoose(content)) return { id, card: undefined };
  const { 'm.relates_to': relation, 'm.new_content': edited, [CARD]: own } = content;
  const card = isLoose(edited) ? edited[CARD] : own;
  const edits = isLoose(relation) && relation['rel_type'] === 'm.replace' ? relation['event_id'] : id;
  return { id: typeof edits === 'string' ? edits : id, card: isLoose(card) ? card : undefined };
}

/** Forgets the first that came, beyond a number. */
function trim(kept: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(key);
  }
}
