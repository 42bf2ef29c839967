/** The offices where whoever looks is staff, each as the port of its desk over the Matrix SDK. */
import { Direction, EventType, RelationType, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import { DOOR, OFFICE, OfficeContent, QUEUE, QueueContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import type { Doors } from '@portineria/widget/desk/doors';
import type { DeskPort, DeskPowers, RoomEvent as Fact, RoomState } from '@portineria/widget/desk/port';

/** How far back the desk reads for today's lines, in milliseconds; cards of who waits are read however old. */
const DAY_MS = 24 * 60 * 60_000;
/** How much is asked for at once, and how often at most. */
const [PAGE, PAGES] = [250, 40];
/** Whoever is staff may do here what they may do in any client. */
const ALL: DeskPowers = { react: true, say: true };
/** When reading back is tried again, in milliseconds. */
const RETRY_MS = 10_000;

/** What the porter says of an office in this room; null where it is none, or one is not in it. Anybody can make a room that looks like one. */
function officeOf(room: Room, porter: UserId): OfficeContent | null {
  const event = room.currentState.getStateEvents(OFFICE, '');
  if (room.getMyMembership() !== 'join' || event?.getSender() !== porter) return null;
  return OfficeContent.safeParse(event.getContent()).data ?? null;
}

/** The desks of the offices that one is staff of, by the offices' ids. A room keeps its port. */
export function desksOf(client: MatrixClient, porter: UserId, doors: Doors, kept: Map<string, DeskPort>): DeskPort[] {
  return client
    .getRooms()
    .flatMap((room) => {
      const office = officeOf(room, porter);
      return office === null ? [] : [{ room, id: office.id }];
    })
    .toSorted((a, b) => a.id.localeCompare(b.id))
    .map(({ room }) => {
      const port = kept.get(room.roomId) ?? deskPortOf(client, room, porter, doors);
      kept.set(room.roomId, port);
      return port;
    });
}

/** The port of one office's desk. */
function deskPortOf(client: MatrixClient, room: Room, porter: UserId, doors: Doors): DeskPort {
  let reading: Promise<void> | null = null;
  const complete = (): void => {
    reading ??= readBack(client, room, porter, doors.now()).then(
      () => (reading = null),
      (error: unknown) => {
        console.warn(error);
        setTimeout(() => {
          reading = null;
          complete();
        }, RETRY_MS);
      },
    ).then(() => undefined);
  };
  complete();
  // After a gap the SDK begins the timeline anew.
  room.on(RoomEvent.TimelineReset, complete);

  return {
    room: room.roomId,
    now: () => doors.now(),
    read: () => ({
      room: room.roomId,
      me: room.myUserId,
      porter,
      office: stateOf(room, OFFICE),
      hand: stateOf(room, DOOR),
      queue: stateOf(room, QUEUE),
      names: new Map(room.getJoinedMembers().map((member) => [member.userId, member.rawDisplayName])),
      timeline: eventsOf(room).filter((event) => !event.isRedacted() && event.getId() !== undefined).map(factOf),
      may: ALL,
      door: doors.of(officeOf(room, porter)?.id ?? ''),
    }),
    watch(changed) {
      let due: ReturnType<typeof setTimeout> | undefined;
      // Much comes at once: it is read once.
      const later = (): void => {
        due ??= setTimeout(() => {
          due = undefined;
          changed();
        });
      };
      const onState = (event: MatrixEvent): void => {
        if (event.getType() === DOOR) doors.hurry();
        later();
      };
      room.on(RoomEvent.Timeline, later);
      room.on(RoomEvent.Redaction, later);
      room.on(RoomEvent.TimelineReset, later);
      room.on(RoomStateEvent.Events, onState);
      const stop = doors.watch(later);
      return () => {
        clearTimeout(due);
        stop();
        room.off(RoomEvent.Timeline, later);
        room.off(RoomEvent.Redaction, later);
        room.off(RoomEvent.TimelineReset, later);
        room.off(RoomStateEvent.Events, onState);
      };
    },
    react: async (card, key) =>
      (await client.sendEvent(room.roomId, EventType.Reaction, { 'm.relates_to': { rel_type: RelationType.Annotation, event_id: card, key } })).event_id,
    say: async (text) => (await client.sendTextMessage(room.roomId, text)).event_id,
  };
}

function eventsOf(room: Room): MatrixEvent[] {
  return room.getLiveTimeline().getEvents();
}

function stateOf(room: Room, type: string): RoomState | null {
  const event = room.currentState.getStateEvents(type, '');
  return event === null ? null : { sender: event.getSender() ?? '', content: event.getContent() };
}

function factOf(event: MatrixEvent): Fact {
  // As it was sent: the SDK puts what an edit says into what it edits.
  return { id: event.getId() ?? '', type: event.getType(), sender: event.getSender() ?? '', at: event.getTs(), content: event.getOriginalContent(), redacts: event.event.redacts };
}

/** Reads the room's messages back over the last day, and as far as the cards of all who wait. */
async function readBack(client: MatrixClient, room: Room, porter: UserId, now: number): Promise<void> {
  for (let page = 0; page < PAGES; page += 1) {
    if (room.getLiveTimeline().getPaginationToken(Direction.Backward) === null) return;
    const oldest = eventsOf(room)[0]?.getTs() ?? now;
    if (oldest < now - DAY_MS && cardsOf(room, porter).every((card) => room.findEventById(card) !== undefined)) return;
    await client.scrollback(room, PAGE);
  }
}

/** The cards that the queue names. */
function cardsOf(room: Room, porter: UserId): string[] {
  const state = stateOf(room, QUEUE);
  const queue = state?.sender === porter ? QueueContent.safeParse(state.content).data : undefined;
  return [...(queue?.waiting ?? []), ...(queue?.visits ?? [])].flatMap(({ card }) => card ?? []);
}
