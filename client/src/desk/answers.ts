/** What an office tells ahead of a visit: who is the next in line, and, by one's own answer, where the visit will be. */
import type { MatrixEvent, Room } from 'matrix-js-sdk';
import { CARD, CardContent, QUEUE, QueueContent } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { signOf } from '@portineria/config/reactions';

/** Where the visit will be, if an event of a room is one's own answer that opens the door; null for any other, and for a card that does not say it. */
export function wayOfAnswer(event: MatrixEvent, room: Room, porter: UserId): string | null {
  if (event.getType() !== 'm.reaction' || event.getSender() !== room.myUserId) return null;
  const { event_id: card, key } = event.getContent<{ 'm.relates_to'?: { event_id?: string; key?: string } }>()['m.relates_to'] ?? {};
  if (card === undefined || signOf(key ?? '') !== 'admit') return null;
  return cardIn(room, card, porter)?.visit ?? null;
}

/** Who is the next in line at an office; null for other rooms, and where nobody waits. */
export function nextIn(room: Room, porter: UserId): string | null {
  const queue = room.currentState.getStateEvents(QUEUE, '');
  const first = queue?.getSender() === porter ? QueueContent.safeParse(queue.getContent()).data?.waiting[0] : undefined;
  return first?.card === undefined ? null : (cardIn(room, first.card, porter)?.visitor ?? null);
}

/** A card of the porter's: what its last edit says, or it itself. Anybody of the office could post what looks like one. */
function cardIn(room: Room, id: string, porter: UserId): CardContent | undefined {
  const event = room.findEventById(id);
  return event?.getSender() === porter ? CardContent.safeParse(event.getContent()[CARD] ?? event.getOriginalContent()[CARD]).data : undefined;
}
