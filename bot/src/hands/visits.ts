/** A visit's own room: encrypted, invite only, for one visitor and the office's staff. */
import type { Ticket, Visitor } from '@portineria/config/book';
import { PREPARED, VISIT, type Outcome, type PreparedContent, type Transport, type VisitContent } from '@portineria/config/events';
import { fileMark } from '@portineria/config/filemark';
import { RoomAlias, serverOf, type EventId, type RoomId, type UserId } from '@portineria/config/ids';
import { createHash } from 'node:crypto';
import { plain, type VisitWays } from '../words/cards.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { makeOnce, type NewRoom } from './making.ts';
import { visitAcl } from '../judgement/admission.ts';
import { STAFF_LEVEL, type Premises } from '../judgement/situation.ts';
import type { Visit } from '../judgement/visit.ts';
import { say } from '../words/texts.ts';
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

/** The address of the staff's page, of no visit. */
export function deskPage(publicUrl: string): string {
  return new URL('/desk', publicUrl).href;
}

/** The ways into a visit. */
export function waysTo({ name, publicUrl }: Pick<Homeserver, 'name' | 'publicUrl'>, { knock }: Pick<Ticket, 'knock'>): VisitWays {
  return { visit: visitAlias(knock, name), desk: deskAddress(publicUrl, knock, name) };
}

/** What a visit's room leads to. */
export interface Ways {
  /** The staff's page for this visit. */
  readonly desk: string;
  /** What shows its conference in the staff's own clients. */
  readonly widget: readonly RoomState[];
}

/** Whose visit a room is for. @param guests who stays with a visitor that another office has passed on */
export function preparedContent(s: Pick<Premises, 'office' | 'room'>, ticket: Pick<Ticket, 'visitor' | 'knock' | 'number'>, guests: ReadonlySet<UserId> = new Set()): PreparedContent {
  return { office: s.office, office_room: s.room, visitor: ticket.visitor, knock: ticket.knock, ticket: ticket.number, ...(guests.size === 0 ? {} : { guests: [...guests] }) };
}

/** The state of a visit whose door opens. @param guests who was asked in at the office that has passed the visitor on */
export function openedContent(s: Premises, ticket: Ticket, by: UserId, transport: Transport | null, now: number, guests?: ReadonlySet<UserId>): VisitContent {
  return { ...preparedContent(s, ticket, guests), transport, opened_by: by, opened_at: now, ends_at: now + s.limits.longest };
}

/** Who may do what in a visit's room. @param hosts who of the staff is there: the visitor reads this, so nobody else is named */
export function visitLevels(porter: UserId, hosts: readonly UserId[]) {
  return {
    users: Object.fromEntries<number>([[porter, 100], ...hosts.map((user): [UserId, number] => [user, STAFF_LEVEL])]),
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

/** What a visit's room is called, and what it is about. */
export function roomWords(s: Premises, { number }: Ticket, told: Visitor | null, officeName: string, desk: string): { readonly name: string; readonly topic: string } {
  const language = s.languages[0] ?? 'it';
  // Another homeserver gets both with the very invitation, and nothing takes them from there, be it the visitor's or a colleague's: on the
  // card it is read who comes.
  const isShared = told !== null && [told.user_id, ...s.roster].some((user) => serverOf(user) !== serverOf(s.porter));
  const visitor = isShared ? null : told;
  const about = visitor === null || plain(visitor.topic, 500) === '' ? officeName : say(language, 'visit.topic', { office: officeName, topic: plain(visitor.topic, 500) });
  return {
    name: visitor === null ? say(language, 'visit.name_nobody', { number }) : say(language, 'visit.name', { number, name: plain(visitor.name, 80) }),
    topic: s.transport !== null ? say(language, 'visit.desk', { about, address: desk }) : about,
  };
}

/** Colleagues may come in by themselves; nobody else can without an invitation. @param office the staff's room */
export function visitJoinRules(office: RoomId) {
  return { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: office }] };
}

/** The room to be made. @param visit the state of the visit; null while its visitor still waits */
export function roomContent(s: Premises, ticket: Ticket, visit: VisitContent | null, visitor: Visitor | null, officeName: string, { desk, widget }: Ways): NewRoom {
  const by = visit === null ? [] : [visit.opened_by];
  const content = {
    room_version: '11',
    preset: 'private_chat',
    visibility: 'private',
    ...roomWords(s, ticket, visitor, officeName, desk),
    power_level_content_override: visitLevels(s.porter, by),
    initial_state: [
      { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
      { type: 'm.room.join_rules', state_key: '', content: visitJoinRules(s.room) },
      // Whoever is invited reads on from there, also what was said before accepting.
      { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'invited' } },
      { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
      { type: 'm.room.server_acl', state_key: '', content: visitAcl(s.admission, serverOf(s.porter)) },
      ...widget,
    ],
  };
  const mark = visit === null ? { type: PREPARED, content: preparedContent(s, ticket) } : { type: VISIT, content: visit };
  return { content, alias: visitAlias(ticket.knock, serverOf(s.porter)), mark };
}

/** A visit's room, and whom its making has invited. */
export interface VisitRoom {
  readonly room: RoomId;
  readonly invited: readonly UserId[];
  /** It was there before: who opens has no power in it yet. */
  readonly found?: boolean;
}

/**
 * Makes the room, or finishes the one that an interrupted attempt has made, and invites people of our own server in this order. Who is
 * of another one is invited later, as that may take long; and so is whoever could not be. @param why what a client shows with the invitation
 */
export async function makeVisitRoom(homeserver: Homeserver, wanted: NewRoom, guests: readonly UserId[], why?: string): Promise<VisitRoom> {
  const { room, isNew } = await makeOnce(homeserver, wanted);
  if (!isNew) return { room, invited: [], found: true };
  const near = [...new Set(guests)].filter((user) => serverOf(user) === homeserver.name);
  const answers = await Promise.allSettled(near.map((user) => homeserver.invite(room, user, why)));
  return { room, invited: near.filter((_user, index) => answers[index]?.status === 'fulfilled') };
}

/** The room that stands ready becomes a visit. Who opened is invited a moment later, if they do not come by themselves. */
export async function openPrepared(homeserver: Homeserver, room: RoomId, visit: VisitContent): Promise<VisitRoom> {
  await homeserver.setState(room, VISIT, '', visit);
  return { room, invited: [] };
}

/** The state of a visit that runs. */
export function runningContent(s: Premises, visit: Visit): VisitContent {
  return {
    office: s.office,
    office_room: s.room,
    visitor: visit.visitor,
    knock: visit.knock,
    ticket: visit.ticket,
    transport: visit.transport,
    opened_by: visit.openedBy,
    opened_at: visit.openedAt,
    ...(visit.guests.size === 0 ? {} : { guests: [...visit.guests] }),
    ...(visit.endsAt === null ? {} : { ends_at: visit.endsAt }),
  };
}

/** The state of a visit that has ended. */
export function endedContent(s: Premises, visit: Visit, outcome: Outcome, now: number): VisitContent {
  return { ...runningContent(s, visit), ended_at: now, outcome };
}

/**
 * Puts words that name nobody in the place of a room's name and topic: whoever is put out keeps them, and the server of whoever is invited.
 * @param isShared whether another homeserver has a copy of the room, or soon will: then what stood there before is redacted as well
 */
export async function forgetWords(homeserver: Homeserver, { room }: Pick<Visit, 'room'>, { name, topic }: { readonly name: string; readonly topic: string }, isShared: boolean): Promise<void> {
  for (const [type, content] of [['m.room.name', { name }], ['m.room.topic', { topic }]] as const) {
    // First, so that after a crash it is found again.
    const said = isShared ? await homeserver.stateEvent(room, type) : null;
    if (said !== null) await homeserver.redact(room, said);
    await homeserver.setState(room, type, '', content);
  }
}

/** Deletes the empty room with all that was said in it; without an administrator's token the porter but leaves it. */
export async function removeRoom(homeserver: Homeserver, room: RoomId): Promise<void> {
  await (homeserver.administrator?.purge(room) ?? homeserver.leave(room));
}

/**
 * Deletes a visit's room with all that was said in it, and the files that staff have sent to it from their page, which names them after the
 * room: they are encrypted, and the porter cannot know them otherwise. The visitor's own go with the account.
 */
export async function removeVisit(homeserver: Homeserver, { room, members, visitor }: Visit): Promise<void> {
  for (const user of members.keys()) {
    if (user !== visitor && serverOf(user) === homeserver.name) await homeserver.administrator?.deleteMediaNamed(user, fileMark(room));
  }
  await removeRoom(homeserver, room);
}
