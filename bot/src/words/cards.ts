/** What staff read in an office's room. Pure. Names and topics are strangers' words: they are text, and nothing else. */
import type { Ticket, Visitor } from '@portineria/config/book';
import { CARD, type CardContent } from '@portineria/config/events';
import { escapeHtml as html, plainLine } from '@portineria/config/harmless';
import type { EventId, RoomAlias, UserId } from '@portineria/config/ids';
import { say } from './texts.ts';
import type { DoorFault, UnreadDoor } from '../ground/unread.ts';

const NAME = 80;
const TOPIC = 500;
const LANGUAGE = 35;
/** How much is shown of a value that cannot be read, in code points. */
const SHOWN = 40;

/** Without them an emoji of several is shown as those; with them, words of which nothing is seen could stand there. */
const JOINERS = /[\u200C\u200D]/gu;

/**
 * Strangers' words, made harmless for one line: no control characters, no invisible or direction-changing ones,
 * no line breaks, nothing that an old client takes for a call to everybody, and no longer than `length` code points.
 */
export function plain(words: string, length: number): string {
  const line = plainLine(words.normalize('NFC').replace(JOINERS, ''), length);
  return line.replace(/@(?=room\b)/giu, '@\u2060');
}

/** A mention in all three ways that clients know: the list, the pill, the plain name. */
function pills(staff: readonly UserId[]): string {
  return staff.map((user) => `<a href="https://matrix.to/#/${encodeURIComponent(user)}">${html(user)}</a>`).join(' ');
}

/** What the record of a ticket in a card says of it, and of nobody. */
function recordOf({ knock, number, since }: Ticket, visit: RoomAlias): CardContent {
  return { knock, number, since, visit };
}

/** Who of the staff said that it takes but a moment, as they are called, and when. */
export interface Promised {
  readonly by: string;
  readonly time: string;
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
  /** The office that has passed the visitor on, who did it there, and since when the visitor waits; null where nobody has. */
  readonly passed?: { readonly office: string; readonly by: string; readonly time: string } | null;
}

/** The invite request: one message that rings, mentions the staff, and names nobody. It stays for as long as the room keeps anything. */
export function card(parts: CardParts) {
  const { ticket, staff, visit } = parts;
  const { body, formatted_body } = callOf(parts);
  return { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body, 'm.mentions': { user_ids: [...staff] }, [CARD]: recordOf(ticket, visit) };
}

function callOf({ language, ticket: { number }, office, visitor, staff, passed = null }: CardParts) {
  const title = say(language, 'card.title', { number, office });
  const wish = visitor === null ? [] : [say(language, visitor.voice ? 'card.voice' : 'card.writing', { language: languageName(language, visitor.language) })];
  const how = say(language, 'card.how', { number });
  const before = passed === null ? [] : [say(language, 'card.passed', { office: passed.office, by: plain(passed.by, NAME), time: passed.time })];
  return {
    body: [title, ...before, ...wish, how, staff.join(' ')].join('\n'),
    formatted_body: `<p><strong>${html(title)}</strong></p><p>${[...[...before, ...wish].map(html), html(how), pills(staff)].join('<br>')}</p>`,
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
export function describedCard(original: EventId, parts: CardParts, reason: string, promised: Promised | null = null) {
  const { language, ticket, visitor, staff, visit } = parts;
  const name = plain(visitor?.name ?? ticket.visitor, NAME);
  const topic = plain(visitor?.topic ?? reason, TOPIC) || say(language, 'card.no_topic');
  const call = callOf(parts);
  const moment = promised === null ? null : say(language, 'card.soon', { by: promised.by, time: promised.time });
  const note = visitor?.passed?.note === undefined ? null : say(language, 'card.note', { note: plain(visitor.passed.note, TOPIC) });
  const body = [call.body, ...(moment === null ? [] : [moment]), say(language, 'card.who', { name, topic }), ...(note === null ? [] : [note])].join('\n');
  const wishes = visitor === null ? {} : { language: plain(visitor.language, LANGUAGE), voice: visitor.voice };
  const record: CardContent = { ...recordOf(ticket, visit), visitor: ticket.visitor, name, topic: plain(visitor?.topic ?? reason, TOPIC), ...wishes };
  const formatted_body = `${call.formatted_body}${moment === null ? '' : `<p>${html(moment)}</p>`}<blockquote><strong>${html(name)}</strong><br>${html(topic)}</blockquote>${note === null ? '' : `<p>${html(note)}</p>`}`;
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

/** What to do stands before the link: Element shows the room's address in place of the link's own words. */
function waysIn(language: string, { visit, desk }: VisitWays): string {
  return `${html(say(language, 'card.enter'))}: <a href="${html(linkTo(visit))}">${html(say(language, 'card.room'))}</a> · <a href="${html(desk)}">${html(say(language, 'card.desk'))}</a>`;
}

/** The edit of the card once the door is open: who opened, and the ways in. It names no visitor. */
export function closedCard(language: string, original: EventId, ticket: Ticket, by: string, time: string, { visit, desk }: VisitWays) {
  const opened = say(language, 'card.opened', { number: ticket.number, by, time });
  const [enter, elsewhere] = [say(language, 'card.enter'), say(language, 'card.desk')];
  return edit(original, {
    msgtype: 'm.notice',
    body: `${opened}\n${enter}: ${linkTo(visit)}\n${elsewhere}: ${desk}`,
    format: 'org.matrix.custom.html',
    formatted_body: `${html(opened)}<br>${waysIn(language, { visit, desk })}`,
    'm.mentions': {},
    // Whoever taps just then is still led to the visit.
    [CARD]: recordOf(ticket, visit),
  });
}

/** What became of a ticket: who received it and when, or who turned it away, or nobody. */
export type CardOutcome =
  | { readonly kind: 'received'; readonly by: string; readonly from: string; readonly to: string }
  | { readonly kind: 'declined'; readonly by: string; readonly at: string }
  | { readonly kind: 'passed'; readonly by: string; readonly office: string; readonly at: string }
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

/** Calls some of the staff by name, in reply to the card. Answers to it count as on the card. @param step of the escalation */
export function callPeople(language: string, original: EventId, ticket: Ticket, visit: RoomAlias, step: string, minutes: number, people: readonly UserId[]) {
  const text = (names: string): string => say(language, 'card.people', { number: ticket.number, minutes, staff: names });
  return { ...calling(original, text, people), [CARD]: { ...recordOf(ticket, visit), step } };
}

/** Calls another office's staff in their room: it is no card, and is answered where the card is. It names no visitor. */
export function callElsewhere(language: string, number: number, office: string, minutes: number, desk: string, staff: readonly UserId[]) {
  const title = say(language, 'card.elsewhere', { number, office, minutes });
  const how = say(language, 'card.elsewhere_how', { office });
  return {
    msgtype: 'm.text',
    body: [title, `${how} ${desk}`, staff.join(' ')].join('\n'),
    format: 'org.matrix.custom.html',
    formatted_body: `<p><strong>${html(title)}</strong></p><p>${html(how)} <a href="${html(desk)}">${html(desk)}</a><br>${pills(staff)}</p>`,
    'm.mentions': { user_ids: [...staff] },
  };
}

/** The edit of it once the knock waits no more. @param by what whoever answered is called; null where nobody did */
export function closedElsewhere(language: string, original: EventId, number: number, office: string, by: string | null) {
  const body = by === null ? say(language, 'card.elsewhere_over', { number, office }) : say(language, 'card.elsewhere_answered', { number, office, by });
  return edit(original, { msgtype: 'm.notice', body, 'm.mentions': {} });
}

/** Calls into the visit whoever opened and did not come; from the second round on the colleagues as well. */
export function callHost(language: string, original: EventId, number: number, ways: VisitWays, round: number, by: UserId, staff: readonly UserId[]) {
  const called = round > 1 ? [...new Set([by, ...staff])] : [by];
  return calling(original, (names) => say(language, round > 1 ? 'card.host_again' : 'card.host', { number, staff: names, link: linkTo(ways.visit) }), called);
}

/** Calls the colleagues to a visitor who is alone in the call. */
export function callColleagues(language: string, original: EventId, number: number, ways: VisitWays, staff: readonly UserId[]) {
  return calling(original, (names) => say(language, 'card.alone', { number, staff: names, link: linkTo(ways.visit) }), staff);
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

/** An answer to a command, or to a reaction. */
export interface Answer {
  readonly text: string;
  /** Whoever it is for, where they are called by it: to a reaction, whose answer stands under the card. */
  readonly reader?: UserId | undefined;
  /** The thread in which it was asked. */
  readonly thread?: EventId | null | undefined;
  /** The way into the visit that it is about. */
  readonly ways?: VisitWays | undefined;
}

/** An answer, where it was asked. */
export function remark(language: string, to: EventId, { text, reader, thread, ways }: Answer) {
  const reply = { 'm.in_reply_to': { event_id: to } };
  const content = {
    msgtype: 'm.notice',
    body: text,
    'm.mentions': reader === undefined ? {} : { user_ids: [reader] },
    // In a thread clients show it there; the others as a reply (Client-Server API, "Threading").
    'm.relates_to': thread === undefined || thread === null ? reply : { rel_type: 'm.thread', event_id: thread, is_falling_back: false, ...reply },
  };
  if (ways === undefined) return content;
  const [enter, elsewhere] = [say(language, 'card.enter'), say(language, 'card.desk')];
  const lines = text.split('\n').map(html).join('<br>');
  return {
    ...content,
    body: `${text}\n${enter}: ${linkTo(ways.visit)}\n${elsewhere}: ${ways.desk}`,
    format: 'org.matrix.custom.html',
    formatted_body: `${lines}<br>${waysIn(language, ways)}`,
  };
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
