/** The way of one's own answer: whoever opens a door is on the way in before the porter has invited them. */
import type { MatrixEvent, Room } from 'matrix-js-sdk';
import { CARD, CardContent } from '@portineria/config/events';
import { porterOf } from './visits.ts';

/** What opens a door under its card (docs/events.md, "From the knock to the visit"). */
const ADMIT = ['✅', '👍'];

/** Where the visit will be, if an event of a room is one's own answer that opens the door; null for any other, and for a card that does not say it. */
export function wayOfAnswer(event: MatrixEvent, room: Room): string | null {
  if (event.getType() !== 'm.reaction' || event.getSender() !== room.myUserId) return null;
  const { event_id: card, key } = event.getContent<{ 'm.relates_to'?: { event_id?: string; key?: string } }>()['m.relates_to'] ?? {};
  if (card === undefined || !ADMIT.includes(key ?? '')) return null;
  const asked = room.findEventById(card);
  // Anybody of the office could post what looks like a card.
  if (asked === undefined || asked.getSender() !== porterOf(room)) return null;
  return CardContent.safeParse(asked.getContent()[CARD]).data?.visit ?? null;
}
