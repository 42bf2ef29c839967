/** What Element Call asks of its host, done with the page's own Matrix session, in the visit's room alone. */
import { MatrixError, type MatrixClient, type Room } from 'matrix-js-sdk';
import type { StateEvents, TimelineEvents } from 'matrix-js-sdk/lib/@types/event.js';
import type { CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { ToDevicePayload } from 'matrix-js-sdk/lib/models/ToDeviceMessage.js';
import {
  OpenIDRequestState,
  WidgetDriver,
  type Capability,
  type IOpenIDUpdate,
  type IReadEventRelationsResult,
  type IRoomEvent,
  type IRtcTransportsResult,
  type ISendDelayedEventDetails,
  type ISendEventDetails,
  type IWidgetApiErrorResponseDataDetails,
  type SimpleObservable,
} from 'matrix-widget-api';
import { BEGAN, CALL_MEMBER, grant, type Seat } from './grants.ts';
import { renamed } from './mask.ts';
import { marked } from './member.ts';
import { asCalled } from '../names.ts';
import type { Purse } from './purse.ts';
import type { Transport } from './transport.ts';

/** What the host hears from the driver. */
export interface Overheard {
  /** Our membership of the call was accepted by the homeserver. */
  joined(): void;
  /** What the frame said about itself, as its room has it from now on. */
  echo(event: IRoomEvent): void;
  /** The event that will say that we left, unless it is put off in time (MSC4140). */
  goodbye(delayId: string): void;
}

/** What the frame is told of its room while there is none. */
export interface Rehearsal {
  state: readonly IRoomEvent[];
  transport: Transport;
}

/** How much later than the call staff's own clients are told that it began, in milliseconds. */
const BEGAN_LATER = 3_000;
/** So soon after its sending an event that is put off need not be put off again, in milliseconds: Element Call does so at once, and then every few seconds. */
const JUST_SENT = 2_000;

/** How long what was said in a room that stood ready counts as said in its visit, in milliseconds: memberships of calls run out after hours. */
const LASTING = 30 * 60_000;

/** How often, and how many milliseconds apart, a device that is not known yet is looked for. */
const [TRIES, RETRY] = [10, 1_000];

interface Device {
  userId: string;
  deviceId: string;
}

type Contents = Record<string, Record<string, object>>;

/** `seat.room` is a mask: the frame's name for the visit's room. What the frame says before `enter` waits until then. */
export class CallDriver extends WidgetDriver {
  readonly #client: MatrixClient;
  readonly #seat: Seat;
  readonly #rehearsal: Rehearsal;
  readonly #purse: Purse;
  readonly #overheard: Overheard;
  /** Of this entry into a call. */
  readonly #entry = crypto.randomUUID();
  #room: Room | null = null;
  /** What the frame says before it is said once the door opens. */
  readonly #entered = Promise.withResolvers<Room>();
  /** The room that the visit will be in, as soon as it stands ready. */
  readonly #prepared = Promise.withResolvers<Room>();
  /** Events that are put off, by the names that the frame was told. */
  readonly #delayed = new Map<string, { sent: Promise<string>; at: Promise<number> }>();

  constructor(client: MatrixClient, seat: Seat, rehearsal: Rehearsal, purse: Purse, overheard: Overheard) {
    super();
    this.#client = client;
    this.#seat = seat;
    this.#rehearsal = rehearsal;
    this.#purse = purse;
    this.#overheard = overheard;
  }

  /**
   * The room stands ready, and is joined. That we are in its call is said there already, where nobody is yet: whoever comes in knows it at
   * once. The frame hears of it only when the door opens, as its keys are for those who are there then.
   */
  prepare(room: Room): void {
    this.#prepared.resolve(room);
  }

  /** The door is open: from now on the frame speaks in this room, and in no other ever. */
  enter(room: Room): void {
    if (this.#room !== null) throw new Error('Expected a call to be of one visit');
    this.#room = room;
    this.#prepared.resolve(room);
    this.#entered.resolve(room);
  }

  /** Whether the homeserver has told what is in the room; an invitation tells next to nothing. */
  isInside(): boolean {
    return this.#room?.getMyMembership() === 'join';
  }

  /** An event of the visit's room as the frame knows it. */
  masked(event: IRoomEvent): IRoomEvent {
    return this.#room === null ? event : renamed(asCalled(event, this.#room), this.#room.roomId, this.#seat.room);
  }

  override async validateCapabilities(wished: Set<Capability>): Promise<Set<Capability>> {
    return grant(wished, this.#seat);
  }

  override async sendEvent(type: string, content: unknown, stateKey: string | null = null, room: string | null = null): Promise<ISendEventDetails> {
    if (stateKey !== null) {
      const eventId = await this.#sendState(type, content, stateKey, room);
      if (type === CALL_MEMBER && Object.keys(content ?? {}).length > 0) {
        // Told of another's membership before its own, Element Call would join once more.
        this.#overheard.echo({ type, state_key: stateKey, content: content as Record<string, unknown>, event_id: eventId, room_id: this.#seat.room, sender: this.#seat.user, origin_server_ts: Date.now(), unsigned: {} });
        this.#overheard.joined();
      }
      return { roomId: this.#seat.room, eventId };
    }
    await this.#entered.promise;
    const { roomId } = this.#here(room);
    const body = this.#unmasked(content) as Record<string, unknown>;
    if (type === BEGAN) return { roomId: this.#seat.room, eventId: await this.#tellLater(roomId, body) };
    const { event_id } = type === 'm.room.redaction'
      ? await this.#client.redactEvent(roomId, String(body['redacts']))
      : await this.#client.sendEvent(roomId, type as keyof TimelineEvents, body as unknown as TimelineEvents[keyof TimelineEvents]);
    return { roomId: this.#seat.room, eventId: event_id };
  }

  /**
   * Tells that the call began. It costs as much as the keys of the sound, which are wanted at that very moment: so later. The visit may be over
   * by then, and nobody is to be told; Element Call takes a failure here for a pair of two, and throws what nothing catches.
   * @returns the event's id; empty where it was not sent
   */
  async #tellLater(roomId: string, body: Record<string, unknown>): Promise<string> {
    await new Promise((done) => setTimeout(done, BEGAN_LATER));
    return this.#client.sendEvent(roomId, BEGAN as keyof TimelineEvents, body as unknown as TimelineEvents[keyof TimelineEvents]).then(({ event_id }) => event_id, () => '');
  }

  /** Sends it where the visit will be, at once; and once more in the visit, if that is elsewhere, or too long ago. Returns when the door is open. */
  async #sendState(type: string, content: unknown, stateKey: string, room: string | null): Promise<string> {
    this.#mustBeOurs(room);
    const send = async ({ roomId }: Room): Promise<string> => {
      const said = renamed(type === CALL_MEMBER ? marked(content, this.#entry) : content, this.#seat.room, roomId) as StateEvents[keyof StateEvents];
      return (await this.#client.sendStateEvent(roomId, type as keyof StateEvents, said, stateKey)).event_id;
    };
    const [prepared, began] = [await this.#prepared.promise, Date.now()];
    // What failed while somebody waits is tried again; in the visit the frame is told.
    const ahead = this.#room === null ? await send(prepared).catch(() => null) : null;
    const entered = await this.#entered.promise;
    return ahead !== null && entered.roomId === prepared.roomId && Date.now() - began < LASTING ? ahead : send(entered);
  }

  override async sendDelayedEvent(delay: number, type: string, content: unknown, stateKey: string | null = null, room: string | null = null): Promise<ISendDelayedEventDetails> {
    this.#mustBeOurs(room);
    if (type !== CALL_MEMBER || stateKey === null) throw new Error('Expected only the end of a membership to be sent with a delay');
    const sent = this.#entered.promise.then(async ({ roomId }) => {
      const said = this.#unmasked(content) as StateEvents[keyof StateEvents];
      const { delay_id } = await this.#client._unstable_sendDelayedStateEvent(roomId, { delay }, type as keyof StateEvents, said, stateKey);
      this.#overheard.goodbye(delay_id);
      return delay_id;
    });
    // A homeserver that knows no such events says so at once, and must be heard.
    if (!(await this.#client.doesServerSupportUnstableFeature('org.matrix.msc4140'))) return { roomId: this.#seat.room, delayId: await sent };
    // Of any other the frame waits for nothing but a name: its membership goes out at the same time as what will end it.
    sent.catch(() => undefined);
    const delayId = crypto.randomUUID();
    this.#delayed.set(delayId, { sent, at: this.#entered.promise.then(() => Date.now()) });
    return { roomId: this.#seat.room, delayId };
  }

  /** The homeserver's own name for an event that is put off. @throws what the homeserver said, where it has not taken it */
  async #delayId(name: string): Promise<string> {
    await this.#entered.promise;
    return this.#delayed.get(name)?.sent ?? name;
  }

  override async cancelScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.#client._unstable_cancelScheduledDelayedEvent(await this.#delayId(delayId));
  }

  override async restartScheduledDelayedEvent(delayId: string): Promise<void> {
    const id = await this.#delayId(delayId);
    if (Date.now() - ((await this.#delayed.get(delayId)?.at) ?? 0) >= JUST_SENT) await this.#client._unstable_restartScheduledDelayedEvent(id);
  }

  override async sendScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.#client._unstable_sendScheduledDelayedEvent(await this.#delayId(delayId));
  }

  /** Keys of the sound: never in the clear, and only to people of this room. */
  override async sendToDevice(type: string, encrypted: boolean, contents: Contents): Promise<void> {
    const room = this.#here(null);
    const crypto = this.#client.getCrypto();
    if (!encrypted || crypto === undefined) throw new Error('Expected messages to devices to be encrypted');
    // One content goes to many devices: as many requests as contents.
    const batches = new Map<string, Device[]>();
    for (const [userId, devices] of Object.entries(contents)) {
      if (room.getMember(userId)?.membership !== 'join') continue;
      for (const [deviceId, content] of Object.entries(devices)) {
        const text = JSON.stringify(this.#unmasked(content));
        batches.set(text, [...(batches.get(text) ?? []), { userId, deviceId }]);
      }
    }
    await Promise.all([...batches].map(([text, devices]) => this.#deliver(crypto, type, devices, text, TRIES)));
  }

  /** The SDK leaves out devices that it does not know yet: they get theirs once they are known. */
  async #deliver(crypto: CryptoApi, type: string, devices: readonly Device[], text: string, tries: number): Promise<void> {
    const batch = await crypto.encryptToDeviceMessages(type, [...devices], JSON.parse(text) as ToDevicePayload);
    await this.#client.queueToDevice(batch);
    const missed = devices.filter(({ userId, deviceId }) => !batch.batch.some((one) => one.userId === userId && one.deviceId === deviceId));
    if (missed.length === 0 || tries === 0) return;
    const stillIn = (): Device[] => missed.filter(({ userId }) => this.#here(null).getMember(userId)?.membership === 'join');
    // Should it fail, the call's own watching over its keys has it joined again.
    setTimeout(() => void this.#deliver(crypto, type, stillIn(), text, tries - 1).catch(() => undefined), RETRY);
  }

  override async readRoomTimeline(room: string, type: string, _msgtype: string | undefined, stateKey: string | undefined, limit: number, since: string | undefined): Promise<IRoomEvent[]> {
    if (!this.isInside()) return [];
    const events = this.#here(room).getLiveTimeline().getEvents().toReversed();
    const end = since === undefined ? -1 : events.findIndex((event) => event.getId() === since);
    return events
      .slice(0, end < 0 ? undefined : end)
      .filter((event) => event.getType() === type && (stateKey === undefined || event.getStateKey() === stateKey))
      .slice(0, limit > 0 ? limit : undefined)
      .map((event) => this.masked(event.getEffectiveEvent() as IRoomEvent));
  }

  override async readRoomState(room: string, type: string, stateKey: string | undefined): Promise<IRoomEvent[]> {
    if (!this.isInside()) return this.#rehearsal.state.filter((event) => event.type === type && (stateKey === undefined || event.state_key === stateKey));
    const state = this.#here(room).currentState;
    const found = stateKey === undefined ? state.getStateEvents(type) : [state.getStateEvents(type, stateKey)];
    return found.flatMap((event) => (event === null ? [] : [this.masked(event.getEffectiveEvent() as IRoomEvent)]));
  }

  override async readStickyEvents(): Promise<IRoomEvent[]> {
    return [];
  }

  override async readEventRelations(
    event: string, room?: string, relation?: string, type?: string, from?: string, to?: string, limit?: number, direction?: 'f' | 'b',
  ): Promise<IReadEventRelationsResult> {
    const page = Object.fromEntries(Object.entries({ from, to, limit, dir: direction }).filter(([, value]) => value !== undefined));
    const found = await this.#client.relations(this.#here(room).roomId, event, relation ?? null, type ?? null, page);
    return {
      chunk: found.events.map((one) => this.masked(one.getEffectiveEvent() as IRoomEvent)),
      ...(found.nextBatch == null ? {} : { nextBatch: found.nextBatch }),
      ...(found.prevBatch == null ? {} : { prevBatch: found.prevBatch }),
    };
  }

  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    // A request without an answer would be waited for silently and for ever.
    this.#purse.take().then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  /** The visit's own transport, whatever this user's homeserver announces: so everybody meets on one SFU. */
  override async getRtcTransports(): Promise<IRtcTransportsResult> {
    return { rtc_transports: [this.#rehearsal.transport] };
  }

  override getKnownRooms(): string[] {
    return [this.#seat.room];
  }

  override processError(error: unknown): IWidgetApiErrorResponseDataDetails | undefined {
    return error instanceof MatrixError ? { matrix_api_error: error.asWidgetApiErrorData() } : undefined;
  }

  #mustBeOurs(room: string | null | undefined): void {
    if (room != null && room !== this.#seat.room) throw new Error('Expected nothing but the room of the visit');
  }

  #here(room: string | null | undefined): Room {
    this.#mustBeOurs(room);
    if (this.#room === null) throw new Error('Expected nothing to be said before the door opens');
    return this.#room;
  }

  /** What the frame says, in the words of the visit's room. */
  #unmasked<T>(said: T): T {
    return renamed(said, this.#seat.room, this.#here(null).roomId);
  }
}
