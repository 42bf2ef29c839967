/** The commands of the staff, obeyed. Pure. */
import type { Ticket } from '@portineria/config/book';
import { UserId, type EventId, type OfficeId } from '@portineria/config/ids';
import { exampleOf, readCommands, type Command, type Verb } from '../../words/commands.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { isUnder } from '../outcome.ts';
import { isSameLink, type GuestLink } from '../guests.ts';
import { atTheDoor, stageOf, waitingTickets } from '../queue.ts';
import { amend, mayAnswer, put, without, type Situation } from '../situation.ts';
import type { Visit } from '../visit.ts';
import { hoursNow, queueNow } from '../telling.ts';
import { say } from '../../words/texts.ts';
import { remarked } from '../remark.ts';
import { mayPass, orderPass, whereTo, whichOne } from './passing.ts';
import { answer, firstAnswer, soon, withoutPower, type Said } from './answers.ts';
import { isDoorVerb, order } from './orders.ts';

/** What obeying a command brings: what is true then, and what is said. */
interface Obeyed {
  readonly s: Situation;
  readonly said: Said | null;
}

/** Every command of a message counts; what is to be said to them is said at once. */
export function hearCommands(before: Situation, event: RoomEvent, replay: boolean): Situation {
  const commands = readCommands(event.content);
  const [first] = commands;
  if (first === undefined) return before;
  const may = mayAnswer(before, event.sender);
  const said: Said[] = [];
  const tell = (one: Said | null): void => {
    if (one !== null) said.push(one);
  };
  let s = before;
  if (!may) tell(withoutPower(before, event.sender));
  else for (const [line, command] of commands.entries()) {
    const obeyed = obey(s, command, event, line);
    s = obeyed.s;
    tell(obeyed.said);
  }
  if (replay || said.length === 0) return s;
  const way = said.find((one) => one.way !== undefined)?.way;
  const { thread } = first;
  return remarked(s, { to: event.event_id, text: said.map(({ text }) => text).join('\n'), ...(way === undefined ? {} : { way }), ...(thread === null ? {} : { thread }) });
}

/** What a message orders of the door. Heard again it changes nothing. */
export function hearOrders(s: Situation, event: RoomEvent): Situation {
  if (!mayAnswer(s, event.sender)) return s;
  return readCommands(event.content).reduce((then, { verb, ...command }) => (isDoorVerb(verb) ? order(then, event, verb, { verb, ...command }) : then), s);
}

function obey(s: Situation, command: Command, event: RoomEvent, line: number): Obeyed {
  const { verb } = command;
  const language = s.languages[0] ?? 'it';
  const { origin_server_ts: at } = event;
  switch (verb) {
    case 'unknown':
      return { s, said: { text: command.near === null ? say(language, 'command.unknown') : say(language, 'command.near', { example: exampleOf(command.near, language) }) } };
    case 'help':
      return { s, said: { text: say(language, 'command.help') } };
    case 'queue':
      return { s, said: { text: queueNow(s, at) } };
    case 'hours':
      return { s, said: { text: hoursNow(s, at) } };
    case 'pause':
    case 'close':
    case 'reopen':
    case 'prolong':
      return { s: order(s, event, verb, command), said: null };
    case 'write':
      return write(s, command, event);
    case 'pass': {
      const where = whereTo(s, command);
      return 'said' in where ? { s, said: where.said } : toSomebody(s, { ...command, verb, number: where.number, words: where.note, to: where.to }, event, line);
    }
    case 'admit':
    case 'soon':
    case 'decline':
    case 'end':
    case 'back':
    case 'invite':
      return toSomebody(s, { ...command, verb }, event, line);
  }
}

/** What is about a visit that runs. */
const ABOUT_VISITS: ReadonlySet<Verb> = new Set(['end', 'back', 'invite']);
/** And what may be. */
const MAY_BE_OF_VISITS: ReadonlySet<Command['verb'] | Verb> = new Set([...ABOUT_VISITS, 'pass']);

/** Whether something that is said in the office may be meant of a visit. */
export function isOfVisits(s: Situation, { type, sender, content }: RoomEvent): boolean {
  return type === 'm.room.message' && sender !== s.porter && readCommands(content).some(({ verb }) => MAY_BE_OF_VISITS.has(verb));
}

/** What is about one ticket. */
type Answering = Command & ({ readonly verb: Extract<Verb, 'admit' | 'soon' | 'decline' | 'end' | 'back' | 'invite'> } | { readonly verb: 'pass'; readonly to: OfficeId });

function toSomebody(before: Situation, command: Answering, event: RoomEvent, line: number): Obeyed {
  const { event_id, sender: by, origin_server_ts: at } = event;
  const { verb, number, card, words } = command;
  const language = before.languages[0] ?? 'it';
  const heard = before.book.heard.find((one) => one.event === event_id && one.line === line);
  const isBare = number === null && card === null;
  const knock = heard === undefined ? meantBy(before, command, at)?.knock : heard.knock;
  const s = isBare && heard === undefined ? noted(before, event_id, line, at, knock) : before;
  const tell = (said: Said): Obeyed => ({ s, said: heard === undefined ? said : null });
  const isMeant = (ticket: Ticket): boolean => (number === null ? card !== null && isUnder(ticket, card) : ticket.number === number);
  if (knock === undefined) {
    // The same command once more: it has been obeyed.
    if (before.book.tickets.some((ticket) => isMeant(ticket) && ((ticket.answer?.by === by && ticket.answer.at === at) || ticket.pass?.command === event_id))) return { s, said: null };
    const first = ABOUT_VISITS.has(verb) ? null : firstAnswer(s, isMeant, by, at);
    return tell(first ?? { text: number === null ? nobodyMeant(s, command, at) : say(language, 'command.no_ticket', { number }) });
  }
  const theirs = (ticket: Ticket): boolean => ticket.knock === knock;
  switch (verb) {
    case 'pass':
      return { s: orderPass(s, theirs, command.to, words, { command, event }), said: null };
    case 'soon':
      return { s: soon(s, theirs, by, at), said: null };
    case 'end':
      return { s: amendVisit(s, knock, (visit) => ({ ...visit, ending: true })), said: null };
    case 'back': {
      const ticket = s.book.tickets.find(theirs);
      if (ticket !== undefined && atTheDoor(s, ticket)) return { s: amendVisit(s, knock, (visit) => ({ ...visit, returning: true })), said: null };
      return tell({ text: say(language, 'command.no_way_back', { number: ticket?.number ?? 0 }) });
    }
    case 'invite': {
      if (words === null || BY_LINK.test(words)) return withLink(s, knock, { command: event_id, line, at, ...(command.thread === null ? {} : { thread: command.thread }) });
      const user = UserId.safeParse(words).data;
      if (user === undefined || user === s.porter) return tell({ text: say(language, 'command.invite_whom', { example: exampleOf('invite', language) }) });
      return { s: amendVisit(s, knock, (visit) => asking(visit, user, at)), said: { text: say(language, 'command.invited') } };
    }
    case 'admit':
    case 'decline':
      return { s: answer(s, theirs, { kind: verb, by, at, ...(verb === 'decline' && words !== null ? { reason: words } : {}) }), said: null };
  }
}

/** Whom a link is to bring needs no name: "!invita 3", "!invita link 3". */
const BY_LINK = /^link$/iu;
/** How many links are given for one visit. */
const MOST_LINKS = 20;

/** A link is to be given. It is the answer itself. */
function withLink(s: Situation, knock: EventId, link: GuestLink): Obeyed {
  const has = ({ links = [] }: Ticket): boolean => links.some((one) => isSameLink(one, link));
  const ticket = s.book.tickets.find((one) => one.knock === knock);
  if (ticket === undefined || has(ticket)) return { s, said: null };
  if ((ticket.links?.length ?? 0) >= MOST_LINKS) return { s, said: { text: say(s.languages[0] ?? 'it', 'link.enough', { count: MOST_LINKS }) } };
  return { s: amend(s, (one) => one === ticket, ({ links = [], ...rest }) => ({ ...rest, links: [...links, link] })), said: null };
}

/** Nobody can be meant, or more than one: then an example with somebody's own number says how. */
function nobodyMeant(s: Situation, command: Answering, at: number): string {
  const language = s.languages[0] ?? 'it';
  const [one] = candidates(s, command, at);
  if (one === undefined || command.card !== null) return say(language, 'command.nobody');
  return command.verb === 'pass' ? whichOne(language, command.to, one.number) : say(language, 'command.which', { example: exampleOf(command.verb, language, one.number) });
}

/** Whom a command meant that named nobody is kept: heard again, it would mean the next in line. One older than every ticket can mean nobody any more. */
function noted(s: Situation, event: EventId, line: number, at: number, knock: EventId | undefined): Situation {
  const oldest = Math.min(...s.book.tickets.map(({ since }) => since));
  const heard = [...s.book.heard.filter((one) => one.at >= oldest), { event, line, at, ...(knock === undefined ? {} : { knock }) }];
  return { ...s, book: { ...s.book, heard } };
}

/** Whom a command can be about. Nobody who is younger than it. */
function candidates(s: Situation, { verb }: Answering, at: number): readonly Ticket[] {
  // Said before the door opened and read again, it does not end the visit.
  const running = ({ knock }: Ticket): boolean => s.visits.get(knock)?.endedAt === null && (s.visits.get(knock)?.openedAt ?? at) <= at;
  const waiting = (ticket: Ticket): boolean => ticket.pass === undefined && stageOf(s, ticket) === 'waiting';
  // Whoever has knocked anew keeps the ticket and its answer, also in the moment before the porter has renewed it.
  const opens = (ticket: Ticket): boolean => ticket.answer === undefined && ticket.pass === undefined && !s.visits.has(ticket.knock) && s.knocks.has(ticket.visitor);
  const passes = (ticket: Ticket): boolean => (waiting(ticket) || running(ticket)) && mayPass(ticket, at);
  const isMeant = verb === 'pass' ? passes : ABOUT_VISITS.has(verb) ? running : verb === 'admit' ? opens : waiting;
  return s.book.tickets.filter((ticket) => ticket.since <= at && isMeant(ticket));
}

/** The ticket that a command means: by its number, by the card it replies to, or the only sensible one. */
function meantBy(s: Situation, command: Answering, at: number): Ticket | undefined {
  const { verb, number, card } = command;
  const found = candidates(s, command, at);
  if (number !== null) return found.findLast((ticket) => ticket.number === number);
  if (card !== null) return found.find((ticket) => isUnder(ticket, card));
  // "Open" alone means the next one; for all else one must be named, unless there is but one.
  return verb === 'admit' || found.length === 1 ? found[0] : undefined;
}

function amendVisit(s: Situation, knock: EventId, change: (visit: Visit) => Visit): Situation {
  const visit = s.visits.get(knock);
  return visit === undefined ? s : { ...s, visits: put(s.visits, knock, change(visit)) };
}

/** Somebody is asked in: once more, if they have left before. */
function asking(visit: Visit, user: UserId, at: number): Visit {
  const known = visit.members.get(user);
  const hasLeft = known !== undefined && (known.membership === 'leave' || known.membership === 'ban') && known.at < at;
  return { ...visit, asked: new Set([...visit.asked, user]), members: hasLeft ? without(visit.members, user) : visit.members };
}

/** "tutti", "all": to everybody who waits. */
const EVERYBODY = /^(?:tutti|tutte|all|everybody)(?:[\s,;.:]+|$)/iu;

/** Words for who waits, or for one of them. Those who are in a visit are written to there. */
function write(s: Situation, { number, card, words }: Command, { origin_server_ts: at }: RoomEvent): Obeyed {
  const language = s.languages[0] ?? 'it';
  const isToAll = number === null && EVERYBODY.test(words ?? '');
  const text = (isToAll ? (words ?? '').replace(EVERYBODY, '') : (words ?? '')).trim();
  if (text === '' || (number === null && card === null && !isToAll)) return { s, said: { text: say(language, 'command.write_what') } };
  const isMeant = (ticket: Ticket): boolean => isToAll || (number === null ? card !== null && isUnder(ticket, card) : ticket.number === number);
  const readers = waitingTickets(s).filter((ticket) => ticket.since <= at && isMeant(ticket));
  const [reader] = readers;
  if (reader === undefined) {
    const visiting = s.book.tickets.find((ticket) => !isToAll && isMeant(ticket) && stageOf(s, ticket) === 'visiting');
    if (visiting !== undefined) return { s, said: { text: say(language, 'command.write_there', { number: visiting.number }), way: visiting.knock } };
    return { s, said: { text: number === null ? say(language, 'command.nobody') : say(language, 'command.no_ticket', { number }) } };
  }
  const then = amend(s, (ticket) => readers.includes(ticket) && (ticket.word?.at ?? 0) < at, (ticket) => ({ ...ticket, word: { text, at } }));
  return { s: then, said: { text: isToAll ? say(language, 'command.written_all', { count: readers.length }) : say(language, 'command.written', { number: reader.number }) } };
}
