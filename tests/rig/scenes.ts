/** What the tests see and do again and again: cards, tickets, visits, the end. */
import { QUEUE, TICKET, VISIT, type TicketContent, type VisitContent } from '@portineria/config/events';
import { Failure, until, type Event, type Person } from './matrix.ts';
import { cardsIn, type Card, type Guest, type Reception } from './reception.ts';

/** The event of somebody's knock, as the office's staff see it. */
export function knockOf({ anna }: Reception, room: string, user: string): Promise<string> {
  return until(`the knock of ${user}`, async () => {
    const { chunk } = await anna.members(room);
    return chunk.find(({ state_key, content }) => state_key === user && content['membership'] === 'knock')?.event_id;
  });
}

let strangers = 0;

/** Somebody with an account of their own has knocked from a Matrix client. Staff may turn such a one away by their own client, and they may leave. */
export async function strangerAt({ person, rooms }: Reception, reason = 'un certificato', office = rooms.anagrafe): Promise<Person> {
  const stranger = await person(`passante-${++strangers}`);
  await stranger.knock(office, reason);
  return stranger;
}

/** Awaits the card for somebody who knocks. */
export async function cardOf(reception: Reception, room: string, user: string): Promise<Card> {
  const { anna } = reception;
  const knock = await knockOf(reception, room, user);
  return anna.until('a card for the knock', () => cardsIn(anna, room).find((card) => card.knock === knock && !card.redacted));
}

/** Awaits the invitation into a visit's room. */
export async function visitOf(person: Person, office: string): Promise<string> {
  return person.until('an invitation to the visit', () => [...person.invites.keys()].find((room) => room !== office));
}

export interface Visiting {
  readonly guest: Guest;
  readonly card: Card;
  readonly number: number;
  readonly room: string;
}

/** Anna opens to somebody who has knocked, by a tap on the card. The visitor is invited to the visit, and not inside yet. */
export async function letIn(reception: Reception, guest: Guest, office = reception.rooms.anagrafe): Promise<Visiting> {
  const card = await cardOf(reception, office, guest.person.user);
  await reception.anna.react(office, card.event_id, '✅');
  return { guest, card, number: card.number, room: await visitOf(guest.person, office) };
}

/** The same, and both come in. */
export async function meet(reception: Reception, guest: Guest, office?: string): Promise<Visiting> {
  const { anna } = reception;
  const visit = await letIn(reception, guest, office);
  await guest.person.join(visit.room);
  await anna.until('an invitation for who opened', () => anna.invites.has(visit.room));
  await anna.join(visit.room);
  return visit;
}

/** What the porter told somebody, the latest last. */
export function ticketsOf(person: Person): TicketContent[] {
  return person.toDevice.flatMap(({ type, content }) => (type === TICKET ? [content as unknown as TicketContent] : []));
}

/** Awaits a ticket for which `which` holds. */
export function told(person: Person, what: string, which: (ticket: TicketContent) => boolean, patience?: number): Promise<TicketContent> {
  return person.until(what, () => ticketsOf(person).findLast(which), patience);
}

/** Says goodbye as the page does. */
export function goodbye({ url }: Reception, token: string): Promise<Response> {
  return fetch(`${url}/api/visitors/me`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
}

/** Awaits that an account cannot do anything any more. */
export async function erased(person: Person, patience?: number): Promise<void> {
  await until(`${person.user} is erased`, () => isErased(person), patience);
}

export async function isErased(person: Person): Promise<boolean> {
  return person.ask('GET', '/account/whoami').then(
    () => false,
    (error: unknown) => error instanceof Failure && error.status === 401,
  );
}

/** Says goodbye and awaits that nothing of the guest is left: no account, no knock, no card, no visit. */
export async function seeOff(reception: Reception, ...guests: Guest[]): Promise<void> {
  for (const { person, token } of guests) {
    if (await isErased(person)) continue;
    const { status } = await goodbye(reception, token);
    if (status !== 204) throw new Error(`The goodbye was answered with ${status}`);
  }
  for (const { person } of guests) await erased(person);
  await settled(reception);
}

/** Awaits that nobody waits, no card is open and no visit runs, in all offices. The rooms of visits are still there, and empty. */
export async function settled(reception: Reception, patience = 30_000): Promise<void> {
  const { anna, rooms } = reception;
  await until('no visit runs', async () => (await visitsOf(reception)).length === 0, patience);
  for (const room of Object.values(rooms)) {
    await anna.until('every card is redacted', () => cardsIn(anna, room).every(({ redacted }) => redacted), patience);
    await until('the queue is empty', async () => (await waitingIn(reception, room)).length === 0, patience);
  }
}

/** The queue as desks see it. */
export async function waitingIn({ anna }: Reception, room: string): Promise<{ number: number; card?: string }[]> {
  const { waiting } = await anna.state<{ waiting: { number: number; card?: string }[] }>(room, QUEUE);
  return waiting;
}

/** Asks the homeserver as its administrator. */
export async function admin<T>({ homeserver }: Reception, path: string): Promise<T> {
  const response = await fetch(`${homeserver.url}/_synapse/admin${path}`, { headers: { authorization: `Bearer ${homeserver.adminToken}` } });
  if (!response.ok) throw new Failure(response.status, '', await response.text());
  return (await response.json()) as T;
}

/** How long the homeserver may take to delete a room, in milliseconds: it does so beside all else. */
const DELETION = 60_000;

/** Deletes a room as the homeserver's administrator; resolves when it is gone. */
export async function deleteRoom(reception: Reception, room: string): Promise<void> {
  const { url, adminToken } = reception.homeserver;
  const response = await fetch(`${url}/_synapse/admin/v2/rooms/${encodeURIComponent(room)}`, { method: 'DELETE', headers: { authorization: `Bearer ${adminToken}` }, body: JSON.stringify({ purge: true }) });
  const { delete_id } = (await response.json()) as { delete_id?: string };
  if (delete_id === undefined) throw new Error(`The room is not deleted: ${response.status}`);
  await until('the room is deleted', async () => (await admin<{ status: string }>(reception, `/v2/rooms/delete_status/${delete_id}`)).status === 'complete', DELETION);
}

export interface VisitRoom {
  readonly room: string;
  readonly visit: VisitContent;
  readonly state: readonly Event[];
}

/** Rooms of visits that were seen to be over, with everybody out. */
const over = new Set<string>();

/** The rooms of visits that run, or that somebody is still in, as the homeserver's administrator sees them. */
export async function visitsOf(reception: Reception): Promise<VisitRoom[]> {
  const found: VisitRoom[] = [];
  for (const room of await roomsOf(reception)) {
    if (over.has(room)) continue;
    // It may be purged while we look.
    const state = await admin<{ state: Event[] }>(reception, `/v1/rooms/${encodeURIComponent(room)}/state`).then(({ state: events }) => events, () => []);
    const visit = state.find(({ type }) => type === VISIT)?.content as VisitContent | undefined;
    if (visit === undefined) continue;
    const isEmpty = !state.some(({ type, state_key, content }) => type === 'm.room.member' && content['membership'] !== 'leave' && !String(state_key).startsWith('@portineria'));
    if (visit.ended_at !== undefined && isEmpty) over.add(room);
    else found.push({ room, visit, state });
  }
  return found;
}

/** All rooms of visits that the homeserver holds. */
export async function roomsOf(reception: Reception): Promise<string[]> {
  const { rooms } = await admin<{ rooms: { room_id: string; canonical_alias: string | null }[] }>(reception, '/v1/rooms?limit=10000');
  return rooms.flatMap(({ room_id, canonical_alias }) => (canonical_alias?.startsWith('#visita-') === true ? [room_id] : []));
}

/** Awaits that every visit's room is deleted, which is a minute after everybody was shown out. */
export async function purged(reception: Reception): Promise<void> {
  await until('every visit’s room is purged', async () => (await roomsOf(reception)).length === 0, 90_000);
}

/** The memberships that somebody ever had in a room, as a member of staff has seen them. Where events forked, Synapse tells some state twice. */
export function membershipsOf(person: Person, room: string, user: string): unknown[] {
  const told = new Map(person.timeline.flatMap(({ room: where, event }) => (where === room && event.type === 'm.room.member' && event.state_key === user ? [[event.event_id, event]] : [])));
  return [...told.values()].map(({ content }) => content['membership']);
}

/** What somebody's client shows as the reason why they are out of a room. */
export function reasonOf(person: Person, room: string): string | undefined {
  const event = person.left.get(room)?.findLast(({ type, state_key }) => type === 'm.room.member' && state_key === person.user);
  return event === undefined ? undefined : String(event.content['reason'] ?? '');
}
