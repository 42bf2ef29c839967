/** Carrying out what was decided. Thin: one action, a few requests, each safe to repeat. */
import { BOOK, type Ticket, type Visitor } from '@portineria/config/book';
import { DOOR, QUEUE, TICKET, VISIT, type TicketContent, type Transport, type VisitContent } from '@portineria/config/events';
import { serverOf, type EventId, type RoomId, type UserId } from '@portineria/config/ids';
import { END, OFFERS } from '@portineria/config/reactions';
import { text } from '@portineria/config/text';
import type { Action, Done } from '../judgement/actions.ts';
import { card, closedCard, describedCard, doorReport, greeting, outcomeCard, remark, tap, type CardParts, type VisitWays } from '../words/cards.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { callOut, post, sinceReturn } from './callings.ts';
import { giveLink, presentGuest } from './guests.ts';
import type { Hands } from './means.ts';
import { doorState, makeDoor, officePage, statePrint } from './offices.ts';
import { whereToKnock } from '../judgement/passing.ts';
import { passedFrom, passVisitor } from './passing.ts';
import { dedicate, discardRoom, openReady, prepareRoom, sayPlace, showOut } from './ready.ts';
import { timeOfDay } from '../judgement/outcome.ts';
import { doorNote } from '../words/doors.ts';
import { deniedText, refusalText, toStranger, type KnockRefusal } from '../words/refusals.ts';
import { HomeserverError } from '../servers/request.ts';
import { SfuError, type Sfu } from '../servers/sfu.ts';
import { isTemporary, type Premises } from '../judgement/situation.ts';
import { isHosted, present, type Visit } from '../judgement/visit.ts';
import { say } from '../words/texts.ts';
import { clearKnock, redactKnock, turnAway } from './turning.ts';
import { deskAddress, endedContent, forgetWords, makeVisitRoom, openedContent, removeRoom, removeVisit, roomContent, roomWords, runningContent, visitAlias, visitLevels, waysTo, type Ways } from './visits.ts';
import { jitsiWidget } from './widgets.ts';

/**
 * @param signal ends what goes outside Matrix, once it is not wanted any more
 * @throws HomeserverError when the homeserver could not be brought to do it
 * @throws OutsideError when a mail server or a program could not
 */
export async function act({ homeserver, comune, office, sfu, conference, guestAddress, elsewhere, passing, outside, abroad }: Hands, s: Premises, action: Action, now: number, signal?: AbortSignal): Promise<Done> {
  const language = s.languages[0] ?? 'it';
  const officeName = text(office.name, comune.languages);
  const partsOf = ({ ticket, visitor, staff }: Pick<CardParts, 'ticket' | 'visitor' | 'staff'>): CardParts => ({ language, ticket, office: officeName, visitor, staff, visit: visitAlias(ticket.knock, homeserver.name), passed: passedFrom(s, visitor) });
  const waysFor = (visit: VisitContent | null, { knock }: Pick<Ticket, 'knock'>): Ways => {
    const { publicUrl, porter, name } = homeserver;
    const widget = jitsiWidget({ transport: visit?.transport ?? null, jitsi: comune.jitsi, publicUrl, porter, subject: officeName });
    return { desk: deskAddress(publicUrl, knock, name), widget };
  };
  const contentFor = (visit: VisitContent | null, { ticket, visitor }: { ticket: Ticket; visitor: Visitor | null }): ReturnType<typeof roomContent> => roomContent(s, ticket, visit, visitor, officeName, waysFor(visit, ticket));
  const neutral = ({ ticket: number }: Visit): { name: string; topic: string } => ({ name: say(language, 'visit.name_nobody', { number }), topic: officeName });
  switch (action.kind) {
    case 'number':
      return null;
    case 'announce':
      return post(homeserver, s, 'm.room.message', card(partsOf(action)), `card ${action.ticket.knock}`);
    case 'describe': {
      const { ticket, reason, promised } = action;
      const since = `${sinceReturn(ticket)}${ticket.soon === undefined ? '' : ` soon ${ticket.soon.at}`}`;
      return post(homeserver, s, 'm.room.message', describedCard(action.card, partsOf(action), reason, promised), `describe ${ticket.knock}${since}`);
    }
    case 'refuse': {
      const { knock, why, door, ticket } = action;
      const message = toStranger(action.language, s.languages, (words) => {
        if (why === 'passed') return whereToKnock(s, ticket?.pass ?? { office: s.office }, words);
        return why === 'denied' ? deniedText(words, comune, office, officePage(office, homeserver.publicUrl)) : refusalText(why, words, comune, office, door, ticket?.answer?.reason, now);
      });
      if (why !== 'already') {
        const content: TicketContent = {
          office: s.office,
          ...(action.from === undefined ? {} : { from: action.from }),
          knock: knock.event,
          number: ticket?.number ?? 0,
          place: 0,
          wait: null,
          state: stateOf(why),
          message,
        };
        await homeserver.sendToDevice(TICKET, new Map([[knock.user, content]]), `refuse ${knock.event}`);
      }
      if (isTemporary(s, knock.user)) await redactKnock(homeserver, knock.room, knock.event);
      else await turnAway({ homeserver, abroad }, knock, message, action.reach === true);
      return null;
    }
    case 'open': {
      const { ticket, by, ready, visitor } = action;
      const transport = placed(s.transport, conference(ticket.knock));
      const visit = openedContent(s, ticket, by, transport, now, ready?.guests);
      // The visitor first: their page has more to do.
      if (ready === null) return { ...(await makeVisitRoom(homeserver, contentFor(visit, action), [ticket.visitor, by])), openedAt: now };
      const { desk, widget } = waysFor(visit, ticket);
      return { ...(await openReady(homeserver, { ...action, ready }, visit, roomWords(s, ticket, visitor, officeName, desk).topic, widget)), openedAt: now };
    }
    case 'prepare':
      return prepareRoom(homeserver, action, contentFor(null, action));
    case 'say-place':
      return sayPlace(homeserver, action);
    case 'empty-ready':
      await showOut(homeserver, action.prepared, action.remove);
      return null;
    case 'discard':
      return discardRoom(homeserver, action);
    case 'invite':
      // Where the staff are of other servers too, the room names nobody from the beginning.
      if (action.user !== action.visit.visitor && serverOf(action.user) !== homeserver.name && !s.roster.has(action.user)) await forgetWords(homeserver, action.visit, neutral(action.visit), true);
      return inviteTo(homeserver, action.visit, action.user, action.why);
    case 'list-guest': {
      const { visit, user } = action;
      await presentGuest(homeserver, action);
      await homeserver.setState(visit.room, VISIT, '', runningContent(s, { ...visit, guests: new Set([...visit.guests, user]) }));
      return null;
    }
    case 'give-link':
      return giveLink({ homeserver, guestAddress }, s, action);
    case 'put-out':
      await homeserver.kick(s.room, action.user, say(language, 'refuse.not_staff'));
      return null;
    case 'clear-knock':
      return clearKnock({ homeserver, abroad }, s, action, officePage(office, homeserver.publicUrl));
    case 'clear-words':
      await redactKnock(homeserver, action.room, action.event);
      return null;
    case 'replace-door': {
      const state = doorState(comune, { ...office, call: s.call }, s.admission, homeserver);
      return { room: await makeDoor(homeserver, office, state), print: statePrint(state) };
    }
    case 'remove-door':
      await removeRoom(homeserver, action.room);
      return null;
    case 'empower':
      await homeserver.setState(action.visit.room, 'm.room.power_levels', '', visitLevels(s.porter, [...new Set([...action.visit.hosts, ...action.users])]));
      return null;
    case 'renew': {
      const { ticket, knock, ready } = action;
      if (ready !== null) await dedicate(homeserver, s, ready, { ...ticket, knock: knock.event });
      const content = ticket.card === undefined ? null : describedCard(ticket.card, partsOf({ ...action, ticket: { ...ticket, knock: knock.event } }), knock.reason);
      const done = content === null ? null : await post(homeserver, s, 'm.room.message', content, `renew ${knock.event}`);
      await redactKnock(homeserver, ticket.door ?? knock.room, ticket.knock);
      return done;
    }
    case 'close-card': {
      const { ticket, visit, by } = action;
      const content = closedCard(language, action.card, ticket, by, timeOfDay(s, visit.openedAt), waysTo(homeserver, ticket));
      const done = await post(homeserver, s, 'm.room.message', content, `close ${ticket.knock}${sinceReturn(ticket)}`);
      for (const event of ticket.offers ?? []) await homeserver.redact(s.room, event);
      return done;
    }
    case 'greet':
      return greet(homeserver, action, language, waysTo(homeserver, action.ticket));
    case 'put-back': {
      const { visit } = action;
      await homeserver.setState(visit.room, VISIT, '', endedContent(s, visit, 'nobody_came', now));
      // Whoever opens next is invited then. The visitor stays: the room is theirs, and stands ready.
      for (const user of present(visit)) if (user !== visit.visitor) await homeserver.kick(visit.room, user, say(language, 'visit.farewell'));
      if (visit.hosts.size > 0) await homeserver.setState(visit.room, 'm.room.power_levels', '', visitLevels(s.porter, []));
      if (isHosted(visit)) await sfu?.end(visit.room);
      return null;
    }
    case 'end-call':
      await sfu?.end(action.visit.room);
      return null;
    case 'hang-up':
      await sfu?.putOut(action.visit.room, action.users);
      return null;
    case 'look-at-calls':
      return { inside: await lookAt(sfu, action.visits) };
    case 'offer': {
      const events: EventId[] = [];
      for (const key of OFFERS) events.push(...(await react(homeserver, s.room, action.card, key, sinceReturn(action.ticket))));
      return { events };
    }
    case 'call-again':
    case 'call-host':
    case 'call-colleagues':
    case 'call-people':
    case 'call-elsewhere':
    case 'close-elsewhere':
    case 'send-word':
    case 'warn':
      return callOut({ homeserver, comune, office, elsewhere, outside }, s, action, now, signal);
    case 'pass-on':
    case 'hand-over':
    case 'bring':
    case 'adopt':
      return passVisitor({ homeserver, comune, office, sfu, elsewhere, passing }, s, action);
    case 'forget': {
      const { ticket } = action;
      await redactKnock(homeserver, action.door, ticket.knock);
      for (const event of action.events) await homeserver.redact(s.room, event);
      // A card of an earlier shape named the visitor, and is gone with what named them. Last, as it says that all of it is done.
      if (ticket.card === undefined || action.events.includes(ticket.card)) return null;
      await post(homeserver, s, 'm.room.message', outcomeCard(language, ticket.card, ticket, action.outcome, visitAlias(ticket.knock, homeserver.name)), `over ${ticket.knock}`);
      return null;
    }
    case 'tell':
      await homeserver.sendToDevice(TICKET, action.tickets, `tell ${s.room} ${now}`);
      return null;
    case 'publish':
      await homeserver.setState(s.room, QUEUE, '', action.queue);
      return null;
    case 'write-book':
      await homeserver.kept.setOfRoom(s.room, BOOK, action.book);
      return null;
    case 'end-visit':
      await homeserver.setState(action.visit.room, VISIT, '', endedContent(s, action.visit, action.outcome, now));
      await forgetWords(homeserver, action.visit, neutral(action.visit), [...action.visit.members.keys()].some((user) => serverOf(user) !== homeserver.name));
      await showOut(homeserver, action.visit, action.remove);
      return null;
    case 'empty-room':
      await showOut(homeserver, action.visit, action.remove);
      return null;
    case 'purge':
      await removeVisit(homeserver, action.visit);
      return null;
    case 'erase':
      // First the words: the event that takes the knock's place tells what was there before.
      for (const [event, room] of action.knocks) await redactKnock(homeserver, room, event);
      if (serverOf(action.user) === homeserver.name) await homeserver.accounts.erase(action.user);
      // Another server's account goes there; and that the knock of one of ours could not be taken back with it, Synapse tells its log alone.
      for (const room of new Set([action.door, ...action.knocks.values()])) {
        if (['knock', 'invite'].includes(await homeserver.membershipOf(room, action.user))) await homeserver.kick(room, action.user, say(language, 'visit.farewell'));
      }
      return null;
    case 'look-for-signs': {
      const looks = action.users.filter((user) => serverOf(user) === homeserver.name).map(async (user): Promise<[UserId, number]> => [user, await homeserver.accounts.lastSeen(user)]);
      return { seen: new Map(await Promise.all(looks)) };
    }
    case 'reply': {
      const { to, under, way, text: words, reader, thread, room = s.room } = action.remark;
      const ways = way === undefined ? undefined : waysTo(homeserver, { knock: way });
      await post(homeserver, { room }, 'm.room.message', remark(language, under ?? to, { text: words, reader, thread, ways }), `reply ${to}`);
      return null;
    }
    case 'set-door': {
      const { command, by, at, door } = action.order;
      return { event: await homeserver.setState(s.room, DOOR, '', { ...door, by, command, at }) };
    }
    case 'note-door': {
      const { order, by, door } = action;
      const words = doorNote(language, s.zone, by, order.door === null, door, now);
      await post(homeserver, s, 'm.room.message', remark(language, order.command, { text: words, thread: order.thread }), `door ${order.command}`);
      return null;
    }
    case 'report-door':
      return post(homeserver, s, 'm.room.message', doorReport(language, action.door), `unread door ${action.door.event}`);
  }
}

/** @returns that they take no invitations, where it is so */
async function inviteTo(homeserver: Homeserver, { room, openedBy }: Visit, user: UserId, why?: string): Promise<Done> {
  try {
    await homeserver.invite(room, user, why);
    return null;
  } catch (error) {
    // Whoever opened can come without an invitation.
    if (user === openedBy || !(error instanceof HomeserverError && error.isInviteBlocked)) throw error;
    return { blocked: true };
  }
}

/** What a visitor's page shows of a refusal. */
function stateOf(why: Exclude<KnockRefusal, 'already'>): TicketContent['state'] {
  if (why === 'paused' || why === 'full') return 'closed';
  return why === 'passed' || why === 'denied' ? 'declined' : why;
}

/** A conference is made for the visit alone. */
function placed(transport: Transport | null, conference: string): Transport | null {
  return transport?.type === 'jitsi' ? { ...transport, conference } : transport;
}

/** All at once: a calls' server that does not answer holds the office up no longer than one question takes. Those that cannot be looked at now are looked at again in time. */
async function lookAt(sfu: Sfu | null, visits: readonly Visit[]): Promise<ReadonlyMap<EventId, ReadonlySet<UserId>>> {
  const found = new Map<EventId, ReadonlySet<UserId>>();
  const look = async (server: Sfu, { knock, room }: Visit): Promise<void> => {
    try {
      found.set(knock, await server.inside(room));
    } catch (error) {
      if (!(error instanceof SfuError)) throw error;
    }
  };
  if (sfu !== null) await Promise.all(visits.map((visit) => look(sfu, visit)));
  return found;
}

/** @returns the reaction; nothing where it stands there already */
async function react(homeserver: Homeserver, room: RoomId, to: EventId, key: string, since = ''): Promise<EventId[]> {
  try {
    return [await homeserver.send(room, 'm.reaction', tap(to, key), `offer ${to} ${key}${since}`)];
  } catch (error) {
    if (!(error instanceof HomeserverError && error.errcode === 'M_DUPLICATE_ANNOTATION')) throw error;
    return [];
  }
}

/** The first line in a visit's room, and what ends the visit under it. */
async function greet(homeserver: Homeserver, { ticket, visit }: Extract<Action, { kind: 'greet' }>, language: string, ways: VisitWays): Promise<Done> {
  const isThere = visit.members.get(visit.visitor)?.membership === 'join';
  const way = visit.transport === null ? 'writing' : visit.transport.type === 'jitsi' ? 'widget' : 'page';
  const event = await homeserver.send(visit.room, 'm.room.message', greeting(language, ticket, isThere, way, ways), `greet ${ticket.knock}${sinceReturn(ticket)}`);
  await react(homeserver, visit.room, event, END);
  return { event };
}
