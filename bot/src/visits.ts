/** A visit's own room: encrypted, invite only, for one visitor and the office's staff. */
import { PREPARED, VISIT, type PreparedContent, type Outcome, type Ticket, type Transport, type VisitContent, type Visitor } from '@portineria/config/events';
import { RoomAlias, serverOf, type EventId, type RoomId, type UserId } from '@portineria/config/ids';
import { createHash } from 'node:crypto';
import { plain } from './cards.ts';
import type { Homeserver } from './homeserver.ts';
import { roomEvents } from './matrix.ts';
import { HomeserverError } from './request.ts';
import { STAFF_LEVEL, type Situation, type Visit } from './situation.ts';
import { say } from './texts.ts';
import type { RoomState } from './widgets.ts';

/** The local part of the alias of a visit's room. It derives from the knock, so that one knock never has two rooms. */
function aliasName(knock: EventId): string {
  return `visita-${createHash('sha256').update(knock).digest('hex').slice(0, 32)}`;
}

/** The alias of a visit's room. */
export function visitAlias(knock: EventId, server: string): RoomAlias {
  return RoomAlias.parse(`#${aliasName(knock)}:${server}`);
}

/** The address of the staff's page for a visit: for those whose own client has no calls. */
export function deskAddress(publicUrl: string, knock: EventId, server: string): string {
  return new URL(`/desk#${encodeURIComponent(visitAlias(knock, server))}`, publicUrl).href;
}

/** What a visit's room leads to. */
export interface Ways {
  /** The staff's page for this visit. */
  readonly desk: string;
  /** What shows its conference in the staff's own clients. */
  readonly widget: readonly RoomState[];
}

/** Whose visit a room is for. */
function preparedContent(s: Situation, ticket: Ticket): PreparedContent {
  return { office: s.office, office_room: s.room, visitor: ticket.visitor, knock: ticket.knock, ticket: ticket.number };
}

/** The state of a visit whose door opens. */
export function openedContent(s: Situation, ticket: Ticket, by: UserId, transport: Transport | null, now: number): VisitContent {
  return { ...preparedContent(s, ticket), transport, opened_by: by, opened_at: now, ends_at: now + s.limits.longest };
}

/** Who may do what in a visit's room. @param hosts who of the staff is there: the visitor reads this, so nobody else is named */
export function visitLevels(porter: UserId, hosts: readonly UserId[]) {
  return {
    users: Object.fromEntries([[porter, 100], ...hosts.map((user) => [user, STAFF_LEVEL])]),
    users_default: 0,
    events_default: 0,
    state_default: 100,
    // Everybody in a visit may call: a call is the state of its members (MSC3401, MSC4143).
    events: { 'org.matrix.msc3401.call.member': 0, 'm.room.name': STAFF_LEVEL, 'm.room.topic': STAFF_LEVEL },
    invite: STAFF_LEVEL,
    kick: STAFF_LEVEL,
    ban: STAFF_LEVEL,
    redact: STAFF_LEVEL,
  };
}

/** What `createRoom` is asked for. @param visit the state of the visit; null while its visitor still waits */
export function roomContent(s: Situation, ticket: Ticket, visit: VisitContent | null, visitor: Visitor | null, officeName: string, { desk, widget }: Ways) {
  const language = s.languages[0] ?? 'it';
  const by = visit === null ? [] : [visit.opened_by];
  const number = ticket.number;
  const about = visitor === null || plain(visitor.topic, 500) === '' ? officeName : say(language, 'visit.topic', { office: officeName, topic: plain(visitor.topic, 500) });
  return {
    room_version: '11',
    preset: 'private_chat',
    visibility: 'private',
    room_alias_name: aliasName(ticket.knock),
    // In this order: the visitor's page has more to do. Who is of another server is invited once the room is made: that may take long.
    invite: [...new Set([ticket.visitor, ...by])].filter((user) => serverOf(user) === serverOf(s.porter)),
    name: visitor === null ? say(language, 'visit.name_nobody', { number }) : say(language, 'visit.name', { number, name: plain(visitor.name, 80) }),
    topic: s.transport !== null ? say(language, 'visit.desk', { about, address: desk }) : about,
    power_level_content_override: visitLevels(s.porter, by),
    initial_state: [
      { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
      // Colleagues may come in by themselves; nobody else can without an invitation.
      { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: s.room }] } },
      // Whoever is invited reads on from there, also what was said before accepting.
      { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'invited' } },
      { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
      visit === null ? { type: PREPARED, state_key: '', content: preparedContent(s, ticket) } : { type: VISIT, state_key: '', content: visit },
      ...widget,
    ],
  };
}

/** A visit's room, and whom its making has invited. */
export interface Made {
  readonly room: RoomId;
  readonly invited: readonly UserId[];
}

/** Makes the room with its invitations, or finds the one that an interrupted attempt has made: whom that has invited is not known. */
export async function makeVisitRoom(homeserver: Homeserver, content: ReturnType<typeof roomContent>): Promise<Made> {
  try {
    return { room: await homeserver.createRoom(content), invited: content.invite };
  } catch (error) {
    if (!(error instanceof HomeserverError && error.errcode === 'M_ROOM_IN_USE')) throw error;
    const room = await homeserver.resolve(RoomAlias.parse(`#${content.room_alias_name}:${homeserver.name}`));
    if (room === null) throw error;
    return { room, invited: [] };
  }
}

/** The room that stands ready becomes a visit. Who opened is invited a moment later, if they do not come by themselves. */
export async function openPrepared(homeserver: Homeserver, room: RoomId, visit: VisitContent): Promise<Made> {
  await homeserver.setState(room, VISIT, '', visit);
  return { room, invited: [] };
}

/** Whether a room is a visit already: one that an interrupted attempt has made may only stand ready. */
export async function isOpened(homeserver: Homeserver, room: RoomId): Promise<boolean> {
  return roomEvents((await homeserver.stateOf(room)) ?? []).some(({ type, sender }) => type === VISIT && sender === homeserver.porter);
}

/** The state of a visit that has ended. */
export function endedContent(s: Situation, visit: Visit, outcome: Outcome, now: number): VisitContent {
  return {
    office: s.office,
    office_room: s.room,
    visitor: visit.visitor,
    knock: visit.knock,
    ticket: visit.ticket,
    transport: visit.transport,
    opened_by: visit.openedBy,
    opened_at: visit.openedAt,
    ...(visit.endsAt === null ? {} : { ends_at: visit.endsAt }),
    ended_at: now,
    outcome,
  };
}

/** Deletes the empty room with all that was said in it; without an administrator's token the porter but leaves it. */
export async function removeVisitRoom(homeserver: Homeserver, room: RoomId): Promise<void> {
  await (homeserver.administrator?.purge(room) ?? homeserver.leave(room));
}
