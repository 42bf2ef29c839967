/** What staff read in an office's room. Pure. Names and topics are strangers' words: they are text, and nothing else. */
import { CARD, type Ticket, type Visitor } from '@portineria/config/events';
import type { EventId, RoomAlias, UserId } from '@portineria/config/ids';
import { say } from './texts.ts';
import type { DoorFault, UnreadDoor } from './unread.ts';

const NAME = 80;
const TOPIC = 500;
/** How much is shown of a value that cannot be read, in code points. */
const SHOWN = 40;

/**
 * Strangers' words, made harmless for one line: no control characters, no invisible or direction-changing ones,
 * no line breaks, nothing that an old client takes for a call to everybody, and no longer than `length` code points.
 */
export function plain(words: string, length: number): string {
  const visible = words
    .normalize('NFC')
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    // Cc controls, Cf formats (bidi overrides, zero widths), Cs lone surrogates, Co private use.
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
    // More than a few combining marks on one letter only serve to paint over other lines.
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .trim();
  const points = [...visible];
  const cut = points.length > length ? `${points.slice(0, length - 1).join('')}…` : visible;
  return cut.replace(/@(?=room\b)/giu, '@\u2060');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const html = (words: string): string => words.replace(/[&<>"']/gu, (mark) => ENTITIES[mark] ?? mark);

/** A mention in all three ways that clients know: the list, the pill, the plain name. */
function pills(staff: readonly UserId[]): string {
  return staff.map((user) => `<a href="https://matrix.to/#/${encodeURIComponent(user)}">${html(user)}</a>`).join(' ');
}

/**
 * The invite request: one message that says who knocks and why, and mentions the staff.
 * @param visitor what a visitor of the page told; null for a knock by another client, whose own `reason` is shown
 * @param visit where the visit will be
 */
export function card(language: string, ticket: Ticket, visitor: Visitor | null, reason: string, staff: readonly UserId[], visit: RoomAlias) {
  const name = plain(visitor?.name ?? ticket.visitor, NAME);
  const topic = plain(visitor?.topic ?? reason, TOPIC) || say(language, 'card.no_topic');
  const wish = visitor === null ? [] : [say(language, visitor.voice ? 'card.voice' : 'card.writing')];
  const { number } = ticket;
  return {
    msgtype: 'm.text',
    body: [say(language, 'card.body', { number, name, topic }), ...wish, staff.join(' ')].join('\n'),
    format: 'org.matrix.custom.html',
    formatted_body:
      `<p>🔔 <strong>${html(say(language, 'card.title', { number, name }))}</strong></p><blockquote>${html(topic)}</blockquote>`
      + `<p>${[...wish.map(html), html(say(language, 'card.how', { number })), pills(staff)].join('<br>')}</p>`,
    'm.mentions': { user_ids: [...staff] },
    [CARD]: { knock: ticket.knock, number, visitor: ticket.visitor, since: ticket.since, visit },
  };
}

/** An edit of the card after which it holds nothing of the visitor, and says who opened. */
export function closedCard(language: string, original: EventId, number: number, by: UserId, time: string) {
  const body = say(language, 'card.opened', { number, by, time });
  const content = { msgtype: 'm.notice', body, 'm.mentions': {} };
  return { ...content, body: `* ${body}`, 'm.new_content': content, 'm.relates_to': { rel_type: 'm.replace', event_id: original } };
}

/** An edit of the card: the visitor knocked again with other words. */
export function changedCard(original: EventId, content: ReturnType<typeof card>) {
  const calm = { ...content, 'm.mentions': {} };
  return { ...calm, body: `* ${content.body}`, 'm.new_content': calm, 'm.relates_to': { rel_type: 'm.replace', event_id: original } };
}

/** Calls the staff again in reply to the card; from the second round on everybody in the room. */
export function callAgain(language: string, original: EventId, number: number, round: number, minutes: number, staff: readonly UserId[]) {
  const everybody = round > 1;
  const text = (names: string): string => say(language, everybody ? 'card.everybody' : 'card.again', { number, minutes, staff: names });
  return {
    msgtype: 'm.text',
    body: text(everybody ? '@room' : staff.join(' ')),
    format: 'org.matrix.custom.html',
    formatted_body: html(text('\u0000')).replace('\u0000', () => (everybody ? '@room' : pills(staff))),
    'm.mentions': everybody ? { room: true } : { user_ids: [...staff] },
    'm.relates_to': { 'm.in_reply_to': { event_id: original } },
  };
}

/** Tells who opened that the visit ends soon, in reply to its card. */
export function endsSoon(language: string, original: EventId, number: number, minutes: number, by: UserId) {
  return {
    msgtype: 'm.text',
    body: say(language, 'card.ends_soon', { number, minutes }),
    'm.mentions': { user_ids: [by] },
    'm.relates_to': { 'm.in_reply_to': { event_id: original } },
  };
}

/** A reaction that offers an answer to be tapped. */
export function tap(original: EventId, key: string) {
  return { 'm.relates_to': { rel_type: 'm.annotation', event_id: original, key } };
}

/** An answer to a command. */
export function remark(to: EventId, text: string) {
  return { msgtype: 'm.notice', body: text, 'm.mentions': {}, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } };
}

/** Tells who set the door that it cannot be read, in reply to it: what was expected of each value, and what came. */
export function doorReport(language: string, { event, by, faults }: UnreadDoor) {
  const came = ({ came: kind, length, shown }: DoorFault): string =>
    kind === 'missing' ? say(language, 'door.came_missing') : kind === 'long' ? say(language, 'door.came_long', { length }) : say(language, 'door.came', { shown: plain(shown, SHOWN) });
  const lines = faults.map((fault) => say(language, `door.expected_${fault.field}`, { came: came(fault) }));
  return {
    msgtype: 'm.notice',
    body: [say(language, 'door.unread', { by }), ...lines, say(language, 'door.again')].join('\n'),
    'm.mentions': { user_ids: [by] },
    'm.relates_to': { 'm.in_reply_to': { event_id: event } },
  };
}
