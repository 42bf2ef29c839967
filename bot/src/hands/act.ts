/** Carrying out what was decided. Thin: one action, a few requests, each safe to repeat. */
import type { Comune, Office } from '@portineria/config/comune';
import { BOOK, QUEUE, TICKET, VISIT, type Ticket, type TicketContent, type Transport, type VisitContent, type Visitor } from '@portineria/config/events';
import type { EventId, RoomId, UserId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import { timeThere } from '../judgement/absence.ts';
import type { Action, Done } from '../judgement/actions.ts';
import { callAgain, callHost, card, closedCard, describedCard, doorReport, endsSoon, greeting, outcomeCard, remark, tap, type CardParts, type VisitWays } from '../words/cards.ts';
import { END, OFFERS } from '../words/commands.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { outcomeOf, staffName, timeOfDay } from '../judgement/outcome.ts';
import { doorState, makeDoor, statePrint } from './offices.ts';
import { HomeserverError } from '../servers/request.ts';
import { refusalText } from '../words/refusals.ts';
import { SfuError, type Sfu } from '../servers/sfu.ts';
import { isTemporary, mayAnswer, present, type Knock, type Prepared, type Situation, type Visit } from '../judgement/situation.ts';
import { say } from '../words/texts.ts';
import { deskAddress, endedContent, makeVisitRoom, openedContent, openPrepared, removeRoom, roomContent, visitAlias, visitLevels } from './visits.ts';
import { jitsiWidget } from './widgets.ts';

/** What acting needs beside the situation. */
export interface Hands {
  readonly homeserver: Homeserver;
  readonly comune: Comune;
  readonly office: Office;
  /** Null where visits are in writing. */
  readonly sfu: Sfu | null;
  /** The name of a visit's conference, where the office prefers Jitsi. */
  readonly conference: (knock: EventId) => string;
}

/**
 * @throws HomeserverError when the homeserver could not be brought to do it
 */
export async function act({ homeserver, comune, office, sfu, conference }: Hands, s: Situation, action: Action, now: number): Promise<Done> {
  const language = s.languages[0] ?? 'it';
  const staff = [...s.joined].filter((user) => mayAnswer(s, user));
  const officeName = text(office.name, comune.languages);
  const partsOf = (ticket: Ticket, visitor: Visitor | null): CardParts => ({ language, ticket, office: officeName, visitor, staff, visit: visitAlias(ticket.knock, homeserver.name) });
  const waysTo = ({ knock }: Pick<Ticket, 'knock'>): VisitWays => ({ visit: visitAlias(knock, homeserver.name), desk: deskAddress(homeserver.publicUrl, knock, homeserver.name) });
  const contentFor = (visit: VisitContent | null, { ticket, visitor }: { ticket: Ticket; visitor: Visitor | null }): ReturnType<typeof roomContent> => {
    const { publicUrl, porter } = homeserver;
    const widget = jitsiWidget({ transport: visit?.transport ?? null, jitsi: comune.jitsi, publicUrl, porter, subject: officeName });
    return roomContent(s, ticket, visit, visitor, officeName, { desk: deskAddress(publicUrl, ticket.knock, homeserver.name), widget });
  };
  switch (action.kind) {
    case 'number':
      return null;
    case 'announce':
      return post(homeserver, s, 'm.room.message', card(partsOf(action.ticket, action.visitor)), `card ${action.ticket.knock}`);
    case 'describe': {
      const { ticket, visitor, reason } = action;
      return post(homeserver, s, 'm.room.message', describedCard(action.card, partsOf(ticket, visitor), reason), `describe ${ticket.knock}${sinceReturn(ticket)}`);
    }
    case 'refuse': {
      const { knock, why, door, ticket } = action;
      const message = refusalText(why, action.language ?? language, comune, office, door, ticket?.answer?.reason);
      if (why !== 'already') {
        const content: TicketContent = {
          office: s.office,
          knock: knock.event,
          number: ticket?.number ?? 0,
          place: 0,
          wait: null,
          state: why === 'paused' ? 'closed' : why,
          message,
        };
        await homeserver.sendToDevice(TICKET, new Map([[knock.user, content]]), `refuse ${knock.event}`);
      }
      if (isTemporary(s, knock.user)) await redactKnock(homeserver, knock.room, knock.event);
      else await turnAway(homeserver, knock, message);
      return null;
    }
    case 'open': {
      const { ticket, by } = action;
      const transport = placed(s.transport, conference(ticket.knock));
      const visit = openedContent(s, ticket, by, transport, now);
      const ready = s.prepared.get(ticket.knock);
      if (ready !== undefined) return openPrepared(homeserver, ready.room, visit);
      // The visitor first: their page has more to do.
      return makeVisitRoom(homeserver, contentFor(visit, action), [ticket.visitor, by]);
    }
    case 'prepare': {
      const { ticket } = action;
      const ready = s.prepared.get(ticket.knock);
      if (ready === undefined) return makeVisitRoom(homeserver, contentFor(null, action), [ticket.visitor]);
      await homeserver.invite(ready.room, ticket.visitor);
      return { room: ready.room, invited: [ticket.visitor] };
    }
    case 'discard':
      await showOut(homeserver, s, action.prepared, present(action.prepared));
      await removeRoom(homeserver, action.prepared.room);
      return null;
    case 'invite':
      await homeserver.invite(action.visit.room, action.user);
      return null;
    case 'put-out':
      await homeserver.kick(s.room, action.user, say(language, 'refuse.not_staff'));
      return null;
    case 'clear-knock':
      await turnAway(homeserver, action.knock, say(language, 'refuse.entered'));
      return null;
    case 'replace-door': {
      const state = doorState(comune, { ...office, call: s.call }, homeserver);
      return { room: await makeDoor(homeserver, office, state), print: statePrint(state) };
    }
    case 'remove-door':
      await removeRoom(homeserver, action.room);
      return null;
    case 'empower':
      await homeserver.setState(action.visit.room, 'm.room.power_levels', '', visitLevels(s.porter, [...new Set([...action.visit.hosts, ...action.users])]));
      return null;
    case 'renew': {
      const { ticket, knock, visitor } = action;
      const content = ticket.card === undefined ? null : describedCard(ticket.card, partsOf({ ...ticket, knock: knock.event }, visitor), knock.reason);
      const done = content === null ? null : await post(homeserver, s, 'm.room.message', content, `renew ${knock.event}`);
      await redactKnock(homeserver, ticket.door ?? knock.room, ticket.knock);
      return done;
    }
    case 'close-card': {
      const { ticket, visit } = action;
      const content = closedCard(language, action.card, ticket, staffName(s, visit.openedBy), timeOfDay(s, visit.openedAt), waysTo(ticket));
      const done = await post(homeserver, s, 'm.room.message', content, `close ${ticket.knock}${sinceReturn(ticket)}`);
      for (const event of ticket.offers ?? []) await homeserver.redact(s.room, event);
      return done;
    }
    case 'greet':
      return greet(homeserver, action, language, waysTo(action.ticket));
    case 'call-host': {
      const { ticket, visit, round } = action;
      const content = callHost(language, action.card, ticket.number, waysTo(ticket), round, visit.openedBy, staff);
      return post(homeserver, s, 'm.room.message', content, `host ${ticket.knock}${sinceReturn(ticket)} ${round}`);
    }
    case 'put-back': {
      const { visit } = action;
      await homeserver.setState(visit.room, VISIT, '', endedContent(s, visit, 'nobody_came', now));
      // Whoever opens next is invited then. The visitor stays: the room is theirs, and stands ready.
      for (const user of present(visit)) if (user !== visit.visitor) await homeserver.kick(visit.room, user, say(language, 'visit.farewell'));
      if (visit.hosts.size > 0) await homeserver.setState(visit.room, 'm.room.power_levels', '', visitLevels(s.porter, []));
      return null;
    }
    case 'warn': {
      const minutes = Math.max(1, Math.round((action.endsAt - now) / 60_000));
      return post(homeserver, s, 'm.room.message', endsSoon(language, action.card, action.ticket.number, minutes, action.visit.openedBy), `warn ${action.ticket.knock}`);
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
    case 'call-again': {
      const minutes = Math.max(1, Math.floor(timeThere(s.absences, action.ticket.since, now) / 60_000));
      const content = callAgain(language, action.card, action.ticket, visitAlias(action.ticket.knock, homeserver.name), action.round, minutes, staff);
      return post(homeserver, s, 'm.room.message', content, `call ${action.ticket.knock} ${action.round}`);
    }
    case 'forget': {
      const { ticket } = action;
      await redactKnock(homeserver, action.door, ticket.knock);
      for (const event of action.events) await homeserver.redact(s.room, event);
      // A card of an earlier shape named the visitor, and is gone with what named them. Last, as it says that all of it is done.
      if (ticket.card === undefined || action.events.includes(ticket.card)) return null;
      await post(homeserver, s, 'm.room.message', outcomeCard(language, ticket.card, ticket, outcomeOf(s, ticket, now), visitAlias(ticket.knock, homeserver.name)), `over ${ticket.knock}`);
      return null;
    }
    case 'tell':
      await homeserver.sendToDevice(TICKET, action.tickets, `tell ${s.room} ${now}`);
      return null;
    case 'publish':
      await homeserver.setState(s.room, QUEUE, '', action.queue);
      return null;
    case 'write-book':
      await homeserver.setAccountData(s.room, BOOK, action.book);
      return null;
    case 'end-visit':
      await homeserver.setState(action.visit.room, VISIT, '', endedContent(s, action.visit, action.outcome, now));
      // Whoever is put out keeps the room's name, and another server its copy.
      await homeserver.setState(action.visit.room, 'm.room.name', '', { name: say(language, 'visit.name_nobody', { number: action.visit.ticket }) });
      await homeserver.setState(action.visit.room, 'm.room.topic', '', { topic: officeName });
      await showOut(homeserver, s, action.visit, action.remove);
      return null;
    case 'empty-room':
      await showOut(homeserver, s, action.visit, action.users);
      return null;
    case 'purge':
      await removeRoom(homeserver, action.visit.room);
      return null;
    case 'erase':
      // First the words: the event that takes the knock's place tells what was there before.
      for (const [event, room] of knocksOf(s, action.user)) await redactKnock(homeserver, room, event);
      await homeserver.eraseVisitor(action.user);
      return null;
    case 'look-for-signs': {
      const looks = action.users.map(async (user): Promise<[UserId, number]> => [user, await homeserver.lastSeen(user)]);
      return { seen: new Map(await Promise.all(looks)) };
    }
    case 'reply':
      await post(homeserver, s, 'm.room.message', remark(action.remark.under ?? action.remark.to, action.remark.text, action.remark.reader), `reply ${action.remark.to}`);
      return null;
    case 'report-door':
      return post(homeserver, s, 'm.room.message', doorReport(language, action.door), `unread door ${action.door.event}`);
  }
}

/** Takes a knock from the door. Its words go first: what takes its place tells what was there before. */
async function turnAway(homeserver: Homeserver, { room, event, user }: Knock, why: string): Promise<void> {
  await redactKnock(homeserver, room, event);
  await homeserver.kick(room, user, why);
}

/** Redacts a knock at a door where it should be. Where it is of another, that has been deleted, or will be. */
async function redactKnock(homeserver: Homeserver, door: RoomId, knock: EventId): Promise<void> {
  await homeserver.redact(door, knock).catch((error: unknown) => {
    // Where the porter is, it has all power: whatever is forbidden to it is in a room that is gone.
    if (!(error instanceof HomeserverError && (error.status === 400 || error.isMoot))) throw error;
  });
}

/** The knocks of somebody that may still stand at a door, and at which. */
function knocksOf(s: Situation, user: UserId): ReadonlyMap<EventId, RoomId> {
  const knock = s.knocks.get(user);
  const visits = [...s.visits.values()].filter(({ visitor }) => visitor === user).map((visit): [EventId, RoomId] => [visit.knock, s.door.room]);
  const tickets = s.book.tickets.filter(({ visitor }) => visitor === user).map((ticket): [EventId, RoomId] => [ticket.knock, ticket.door ?? s.door.room]);
  return new Map([...visits, ...tickets, ...(knock === undefined ? [] : [[knock.event, knock.room] as const])]);
}

/** Takes people out of a visit's room, with a word in the language of each. */
async function showOut(homeserver: Homeserver, s: Situation, { room }: Prepared, users: readonly UserId[]): Promise<void> {
  for (const user of users) await homeserver.kick(room, user, say(languageFor(s, user), 'visit.farewell'));
}

function languageFor(s: Situation, user: UserId): string {
  return s.visitors.get(user)?.language ?? s.languages[0] ?? 'it';
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

async function post(homeserver: Homeserver, s: Situation, type: string, content: unknown, cause: string): Promise<Done> {
  return { event: await homeserver.send(s.room, type, content, cause) };
}

/** What tells apart what is said of a knock that went back to its place. */
function sinceReturn({ returned_at: at }: Ticket): string {
  return at === undefined ? '' : ` ${at}`;
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
