/** Visits’ rooms as they are read: those of running visits, and those that stand ready. */
import { PREPARED, PreparedContent, VISIT, VisitContent } from '@portineria/config/events';
import { OfficeId, UserId } from '@portineria/config/ids';
import { stateOf, type RoomFacts } from './facts.ts';
import { hostsOf } from '../judgement/hearing/levels.ts';
import { Member } from '../ground/matrix.ts';
import { isFromBefore, type Prepared, type Presence, type Visit } from '../judgement/visit.ts';

/** The visit that a room belongs to, or will belong to, by the porter's own word. */
export function roomOfVisit(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Visit | Prepared } | null {
  return returnedOf(facts, porter) ?? visitOf(facts, porter) ?? preparedOf(facts, porter);
}

/** The visit that a room belongs to, by the porter's own word. */
export function visitOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Visit } | null {
  const event = facts.state.find(({ type, sender }) => type === VISIT && sender === porter);
  const content = VisitContent.safeParse(event?.content).data;
  if (content === undefined) return null;
  const { office, knock, visitor, ticket, guests = [], opened_by: openedBy, opened_at: openedAt, ended_at, ends_at, transport, outcome } = content;
  const members = new Map([...membersOf(facts, porter)].filter(([user, presence]) => !isFromBefore({ openedAt, visitor }, user, presence, porter)));
  return {
    office,
    visit: { room: facts.room, knock, visitor, ticket, openedBy, openedAt, endedAt: ended_at ?? null, outcome: outcome ?? null, endsAt: ends_at ?? null, transport, ending: false, returning: false, asked: new Set(), guests: new Set(guests), members, hosts: hostsOf(stateOf(facts, 'm.room.power_levels'), porter) },
  };
}

/** The knock that went back to its place, as nobody came who had opened: the room stands ready for it. */
function returnedOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Prepared } | null {
  const found = visitOf(facts, porter);
  if (found?.visit.outcome !== 'nobody_came') return null;
  const { room, knock, visitor, members, endedAt } = found.visit;
  return { office: found.office, visit: { room, knock, visitor, members, ...placeIn(facts), ...(endedAt === null ? {} : { returnedAt: endedAt }) } };
}

/** The knock for which a room stands ready that is no visit yet, by the porter's own word. */
function preparedOf(facts: RoomFacts, porter: UserId): { office: OfficeId; visit: Prepared } | null {
  const event = facts.state.find(({ type, sender }) => type === PREPARED && sender === porter);
  const content = PreparedContent.safeParse(event?.content).data;
  if (content === undefined) return null;
  const { office, knock, visitor, guests } = content;
  return { office, visit: { room: facts.room, knock, visitor, members: membersOf(facts, porter), ...placeIn(facts), ...(guests === undefined ? {} : { guests: new Set(guests) }) } };
}

/** What a visitor reads there of their place. Only the porter can say it. */
function placeIn(facts: RoomFacts): { place?: string } {
  const topic = stateOf(facts, 'm.room.topic')?.['topic'];
  return typeof topic === 'string' ? { place: topic } : {};
}

function membersOf(facts: RoomFacts, porter: UserId): ReadonlyMap<UserId, Presence> {
  const members = new Map<UserId, Presence>();
  for (const { type, state_key, sender, content: raw, origin_server_ts: at } of facts.state) {
    const user = UserId.safeParse(state_key).data;
    if (type !== 'm.room.member' || user === undefined || user === porter) continue;
    const membership = Member.parse(raw).membership;
    if (membership !== 'knock') members.set(user, { membership, at, by: sender });
  }
  return members;
}
