/** What staff read in an office's room. Pure. Names and topics are strangers' words: they are text, and nothing else. */
import { CARD, type CardContent, type Ticket, type Visitor } from '@portineria/config/events';
import type { EventId, RoomAlias, UserId } from '@portineria/config/ids';
import { say } from './texts.ts';
import type { DoorFault, UnreadDoor } from '../ground/unread.ts';

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

/** What the record of a ticket in a card says of it, and of nobody. */
export function recordOf({ knock, number, since }: Ticket, visit: RoomAlias): CardContent {
  return { knock, number, since, visit };
}

/** What a card is made of. */
export interface CardParts {
  readonly language: string;
  readonly ticket: Ticket;
  /** The office's name. */
  readonly office: string;
  /** What a visitor of the page told; null for a knock by another client. */
  readonly visitor: Visitor | null;
  readonly staff: readonly UserId[];
  /** Where the visit will be. */
  readonly visit: RoomAlias;
}

/** The invite request: one message that rings, mentions the staff, and names nobody. It stays for as long as the room keeps anything. */
export function card(parts: CardParts) {
  const { ticket, staff, visit } = parts;
  const { body, formatted_body } = callOf(parts);
  return { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body, 'm.mentions': { user_ids: [...staff] }, [CARD]: recordOf(ticket, visit) };
}

function callOf({ language, ticket: { number }, office, visitor, staff }: CardParts) {
  const title = say(language, 'card.title', { number, office });
  const wish = visitor === null ? [] : [say(language, visitor.voice ? 'card.voice' : 'card.writing', { language: languageName(language, visitor.language) })];
  const how = say(language, 'card.how', { number });
  return {
    body: [title, ...wish, how, staff.join(' ')].join('\n'),
    formatted_body: `<p><strong>${html(title)}</strong></p><p>${[...wish.map(html), html(how), pills(staff)].join('<br>')}</p>`,
  };
}

/** A language as others call it: `English` is "inglese" to whoever reads Italian. */
function languageName(reader: string, tag: string): string {
  try {
    return plain(new Intl.DisplayNames(reader, { type: 'language' }).of(tag) ?? tag, NAME);
  } catch {
    // No language tag at all: a visitor's page sent it.
    return plain(tag, NAME);
  }
}

/**
 * The edit of the card that says who knocks and what for, and is redacted at the end. It rings for nobody. Who it is stands last:
 * the preview of a reaction or of the room itself, in lists and on locked screens, shows how a message begins.
 * @param reason what a knock by another client says
 */
export function describedCard(original: EventId, parts: CardParts, reason: string) {
  const { language, ticket, visitor, staff, visit } = parts;
  const name = plain(visitor?.name ?? ticket.visitor, NAME);
  const topic = plain(visitor?.topic ?? reason, TOPIC) || say(language, 'card.no_topic');
  const call = callOf(parts);
  const body = `${call.body}\n${say(language, 'card.who', { name, topic })}`;
  const record: CardContent = { ...recordOf(ticket, visit), visitor: ticket.visitor };
  const formatted_body = `${call.formatted_body}<blockquote><strong>${html(name)}</strong><br>${html(topic)}</blockquote>`;
  const content = { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body, 'm.mentions': { user_ids: [...staff] }, [CARD]: record };
  return { ...edit(original, content), [CARD]: record };
}

/** An edit, with what clients show that know of none. Nobody is called by it. */
function edit<T extends { readonly msgtype: string; readonly body: string }>(original: EventId, content: T) {
  return { msgtype: content.msgtype, body: `* ${content.body}`, 'm.mentions': {}, 'm.new_content': content, 'm.relates_to': { rel_type: 'm.replace', event_id: original } };
}

/** What staff's own clients follow to a room: an address that each of them knows as its own. */
function linkTo(alias: RoomAlias): string {
  return `https://matrix.to/#/${encodeURIComponent(alias)}`;
}

/** Ways into a visit: in the staff's own client, and by our page. */
export interface VisitWays {
  readonly visit: RoomAlias;
  /** The address of the desk. */
  readonly desk: string;
}

/** The edit of the card once the door is open: who opened, and the ways in. It names no visitor. */
export function closedCard(language: string, original: EventId, ticket: Ticket, by: string, time: string, { visit, desk }: VisitWays) {
  const opened = say(language, 'card.opened', { number: ticket.number, by, time });
  const [enter, elsewhere] = [say(language, 'card.enter'), say(language, 'card.desk')];
  return edit(original, {
    msgtype: 'm.notice',
    body: `${opened}\n${enter}: ${linkTo(visit)}\n${elsewhere}: ${desk}`,
    format: 'org.matrix.custom.html',
    formatted_body: `${html(opened)}<br><a href="${html(linkTo(visit))}">${html(enter)}</a> · <a href="${html(desk)}">${html(elsewhere)}</a>`,
    'm.mentions': {},
    // Whoever taps just then is still led to the visit.
    [CARD]: recordOf(ticket, visit),
  });
}

/** What became of a ticket: who received it and when, or who turned it away, or nobody. */
export type CardOutcome =
  | { readonly kind: 'received'; readonly by: string; readonly from: string; readonly to: string }
  | { readonly kind: 'declined'; readonly by: string; readonly at: string }
  | { readonly kind: 'withdrawn'; readonly at: string }
  | { readonly kind: 'never_came' | 'not_received' };

/** The card's last edit: one line that stays. */
export function outcomeCard(language: string, original: EventId, ticket: Ticket, outcome: CardOutcome, visit: RoomAlias) {
  const { kind, ...values } = outcome;
  const record: CardContent = { ...recordOf(ticket, visit), over: true };
  return { ...edit(original, { msgtype: 'm.notice', body: say(language, `card.over_${kind}`, { number: ticket.number, ...values }), 'm.mentions': {}, [CARD]: record }), [CARD]: record };
}

/** Calls the staff again in reply to the card; from the second round on everybody in the room. Answers to it count as on the card. */
export function callAgain(language: string, original: EventId, ticket: Ticket, visit: RoomAlias, round: number, minutes: number, staff: readonly UserId[]) {
  const { number } = ticket;
  const everybody = round > 1;
  const text = (names: string): string => say(language, everybody ? 'card.everybody' : 'card.again', { number, minutes, staff: names });
  return { ...calling(original, text, everybody ? null : staff), [CARD]: recordOf(ticket, visit) };
}

/** Calls into the visit whoever opened and did not come; from the second round on the colleagues as well. */
export function callHost(language: string, original: EventId, number: number, ways: VisitWays, round: number, by: UserId, staff: readonly UserId[]) {
  const called = round > 1 ? [...new Set([by, ...staff])] : [by];
  return calling(original, (names) => say(language, round > 1 ? 'card.host_again' : 'card.host', { number, staff: names, link: linkTo(ways.visit) }), called);
}

/** A reply to the card that calls these people; null for everybody. */
function calling(original: EventId, text: (names: string) => string, people: readonly UserId[] | null) {
  return {
    msgtype: 'm.text',
    body: text(people === null ? '@room' : people.join(' ')),
    format: 'org.matrix.custom.html',
    formatted_body: html(text('\u0000')).replace('\u0000', () => (people === null ? '@room' : pills(people))),
    'm.mentions': people === null ? { room: true } : { user_ids: [...people] },
    'm.relates_to': { 'm.in_reply_to': { event_id: original } },
  };
}

/**
 * The porter's first line in a visit's room, for the staff: who is there, how to speak, how to end. It is not encrypted, as the porter
 * has no keys, and says nothing that the room's state does not.
 */
export function greeting(language: string, ticket: Ticket, isThere: boolean, way: 'page' | 'widget' | 'writing', { visit, desk }: VisitWays) {
  const { number } = ticket;
  const lines = [
    say(language, isThere ? 'visit.greeting_there' : 'visit.greeting_coming', { number }),
    say(language, `visit.greeting_${way}`, { address: desk }),
    say(language, 'visit.greeting_end', { number }),
  ];
  return { msgtype: 'm.notice', body: lines.join('\n'), 'm.mentions': {}, [CARD]: recordOf(ticket, visit) };
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

/** An answer to a command, or to a reaction: then it stands under the card, and calls whoever it is for. */
export function remark(to: EventId, text: string, reader: UserId | null = null) {
  return { msgtype: 'm.notice', body: text, 'm.mentions': reader === null ? {} : { user_ids: [reader] }, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } };
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
