/** What happens in a visit’s room, and in one that stands ready. Pure. */
import { CARD, CardContent, VISIT, VisitContent } from '@portineria/config/events';
import { UserId, type RoomId } from '@portineria/config/ids';
import { readCommands, readEnd } from '../../words/commands.ts';
import { hostsOf } from './levels.ts';
import { Member, type RoomEvent } from '../../ground/matrix.ts';
import { amend, mayAnswer, put, type Situation } from '../situation.ts';
import { isFromBefore, type Visit } from '../visit.ts';

export function hearVisit(s: Situation, room: RoomId, event: RoomEvent): Situation {
  const visit = [...s.visits.values()].find((one) => one.room === room);
  if (visit === undefined) return hearPrepared(s, room, event);
  if (event.type === 'm.room.message' && event.sender === s.porter) return greeted(s, visit, event);
  const changed = isEnding(s, visit, event) ? { ...visit, ending: true } : changedVisit(s, visit, event);
  return changed === visit ? s : { ...s, visits: put(s.visits, visit.knock, changed) };
}

/** The porter's first line in a visit's room. */
function greeted(s: Situation, { knock }: Visit, { event_id, content }: RoomEvent): Situation {
  if (!CardContent.safeParse(content[CARD]).success) return s;
  return amend(s, (ticket) => ticket.knock === knock && ticket.greeting === undefined, (ticket) => ({ ...ticket, greeting: event_id }));
}

/**
 * Whether staff end a visit from inside: by a reaction under the porter's first line, which clients do not encrypt, or by a command, where
 * a client sends it unencrypted. What is said there encrypted, the porter cannot read.
 */
function isEnding(s: Situation, visit: Visit, { type, sender, content }: RoomEvent): boolean {
  if (visit.ending || visit.endedAt !== null || sender === visit.visitor || !mayAnswer(s, sender)) return false;
  if (type === 'm.reaction') {
    const under = readEnd(content);
    return under !== null && s.book.tickets.some(({ knock, greeting }) => knock === visit.knock && greeting === under);
  }
  const commands = type === 'm.room.message' ? readCommands(content) : [];
  return commands.some(({ verb, number }) => verb === 'end' && (number === null || number === visit.ticket));
}

function hearPrepared(s: Situation, room: RoomId, event: RoomEvent): Situation {
  const prepared = [...s.prepared.values()].find((one) => one.room === room);
  if (prepared === undefined) return s;
  const members = changedMembers(s, prepared.members, event);
  return members === prepared.members ? s : { ...s, prepared: put(s.prepared, prepared.knock, { ...prepared, members }) };
}

function changedVisit(s: Situation, visit: Visit, event: RoomEvent): Visit {
  if (event.type === VISIT && event.sender === s.porter) {
    const content = VisitContent.safeParse(event.content).data;
    return content === undefined ? visit : { ...visit, endedAt: content.ended_at ?? visit.endedAt, endsAt: content.ends_at ?? visit.endsAt, transport: content.transport ?? visit.transport, outcome: content.outcome ?? visit.outcome, guests: content.guests === undefined ? visit.guests : new Set(content.guests) };
  }
  if (event.type === 'm.room.power_levels') return { ...visit, hosts: hostsOf(event.content, s.porter) };
  const members = changedMembers(s, visit.members, event, visit);
  return members === visit.members ? visit : { ...visit, members };
}

function changedMembers(s: Situation, members: Visit['members'], event: RoomEvent, visit?: Visit): Visit['members'] {
  if (event.type !== 'm.room.member') return members;
  const user = UserId.safeParse(event.state_key).data;
  const membership = Member.safeParse(event.content).data?.membership;
  if (user === undefined || user === s.porter || membership === undefined || membership === 'knock') return members;
  const presence = { membership, at: event.origin_server_ts, by: event.sender };
  return visit !== undefined && isFromBefore(visit, user, presence, s.porter) ? members : put(members, user, presence);
}
