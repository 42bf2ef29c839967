/** A client's knowledge of one room, by plain HTTP from a real homeserver, handed on to a widget as Element Web does it. */
import { QUEUE } from '@portineria/config/events';
import { WidgetDriver, type Capability, type ClientWidgetApi, type IReadEventRelationsResult, type IRoomEvent, type ISendEventDetails } from 'matrix-widget-api';

/** How the client behaves. */
export interface Manners {
  homeserver: string;
  token: string;
  /** What its user does not allow: capabilities that hold one of these. */
  refused: string[];
  /** It knows nothing of pushing state: widgets ask for it, and hear of changes as of messages (before Element Web 1.11.94). */
  old: boolean;
  /** What was said before it tells only once the queue has changed: the change comes between its answers to one reading. */
  behind: boolean;
}

/** How many events a client has loaded of a room when it is opened: Element's own number. */
const LOADED = 20;

type Event = IRoomEvent & { content: Record<string, unknown> };
interface Sync {
  next_batch: string;
  rooms?: { join?: Record<string, { state?: { events: Event[] }; timeline?: { events: Event[] } }> };
}

export class RoomDriver extends WidgetDriver {
  readonly wished: string[] = [];
  /** Where the widget led its user. */
  readonly led: string[] = [];
  readonly #room: string;
  readonly #manners: Manners;
  readonly #state = new Map<string, Event>();
  readonly #timeline: Event[] = [];
  readonly #turned = Promise.withResolvers<void>();
  #since = '';
  #txn = 0;

  constructor(room: string, manners: Manners) {
    super();
    this.#room = room;
    this.#manners = manners;
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.#manners.homeserver}/_matrix/client/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#manners.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Takes in what is new, and hands it on where a widget is there. */
  async sync(api: ClientWidgetApi | null, timeout: number): Promise<void> {
    const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [this.#room], timeline: { limit: this.#since === '' ? LOADED : 500 } }, presence: { types: [] } }));
    const told = await this.#ask<Sync>('GET', `v3/sync?filter=${filter}&timeout=${timeout}${this.#since === '' ? '' : `&since=${this.#since}`}`);
    this.#since = told.next_batch;
    const { state, timeline } = told.rooms?.join?.[this.#room] ?? {};
    for (const event of state?.events ?? []) this.#takeState(event, api);
    for (const event of timeline?.events ?? []) this.take(event, api);
  }

  /** Takes in one event, of whomever it says it is. */
  take(raw: Event, api: ClientWidgetApi | null): void {
    const event = { ...raw, room_id: this.#room };
    if (event.state_key !== undefined) this.#takeState(event, api);
    this.#timeline.push(event);
    void api?.feedEvent(event).catch(() => undefined);
  }

  #takeState(raw: Event, api: ClientWidgetApi | null): void {
    const event = { ...raw, room_id: this.#room };
    this.#state.set(`${event.type} ${event.state_key ?? ''}`, event);
    void api?.feedStateUpdate(event).catch(() => undefined);
    if (api !== null && event.type === QUEUE) this.#turned.resolve();
  }

  override async validateCapabilities(wished: Set<Capability>): Promise<Set<Capability>> {
    this.wished.push(...wished);
    return new Set([...wished].filter((one) => !this.#manners.refused.some((part) => one.includes(part))));
  }

  override async sendEvent(type: string, content: unknown, stateKey: string | null = null, room: string | null = null): Promise<ISendEventDetails> {
    if (room !== this.#room || stateKey !== null) throw new Error(`Expected an event for ${this.#room}, got one for ${String(room)}`);
    const { event_id } = await this.#ask<{ event_id: string }>('PUT', `v3/rooms/${encodeURIComponent(room)}/send/${type}/w${Date.now()}.${this.#txn++}`, content as object);
    return { roomId: room, eventId: event_id };
  }

  /** What is loaded, the newest first; an edited message says what its last edit says, as matrix-js-sdk has it. */
  override async readRoomTimeline(_room: string, type: string, msgtype: string | undefined, _key: string | undefined, limit: number): Promise<IRoomEvent[]> {
    if (this.#manners.behind) await this.#turned.promise;
    const isEdit = (event: Event): string | null => {
      const relation = event.content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
      return relation?.rel_type === 'm.replace' ? (relation.event_id ?? null) : null;
    };
    return this.#timeline
      .filter((event) => event.type === type && (msgtype === undefined || event.content['msgtype'] === msgtype))
      .map((event) => {
        const edit = this.#timeline.findLast((one) => isEdit(one) === event.event_id);
        return edit === undefined ? event : { ...event, content: edit.content['m.new_content'] as Record<string, unknown> };
      })
      .toReversed()
      .slice(0, limit === 0 ? undefined : limit);
  }

  override async readRoomState(_room: string, type: string, key: string | undefined): Promise<IRoomEvent[]> {
    return [...this.#state.values()].filter((event) => event.type === type && (key === undefined || event.state_key === key));
  }

  override async readEventRelations(event: string, _room?: string, relation?: string, type?: string): Promise<IReadEventRelationsResult> {
    return this.#ask('GET', `v1/rooms/${encodeURIComponent(this.#room)}/relations/${encodeURIComponent(event)}/${relation ?? ''}/${type ?? ''}?limit=50`);
  }

  override async navigate(uri: string): Promise<void> {
    this.led.push(uri);
  }

  override getKnownRooms(): string[] {
    return [this.#room];
  }
}
