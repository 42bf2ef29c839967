/** What the tests see and do again and again: cards, tickets, visits, the end. */
import { QUEUE, TICKET, VISIT, type TicketContent, type VisitContent } from '@portineria/config/events';
import { PORTER } from '@portineria/synapse/registrations';
import { allRooms, aliasOf, doorOf, membershipsIn, officeOf, stateIn } from './administrator.ts';
import { Failure, Person, until, type Event } from './matrix.ts';
import { cardsIn, type Card, type Guest, type Reception, type Scene } from './reception.ts';

/** The event of somebody's knock at an office's door. Nobody but the porter and the homeserver's administrator sees it there. @param office the staff's room */
export async function knockOf(reception: Scene, office: string, user: string): Promise<string> {
  const id = await officeOf(reception, office);
  return until(`the knock of ${user}`, async () => {
    const state = await stateIn(reception, await doorOf(reception, id));
    return state.find(({ type, state_key, content }) => type === 'm.room.member' && state_key === user && content['membership'] === 'knock')?.event_id;
  });
}

/** Somebody's membership at the door of an office as it is now; `none` when they were never there. */
export async function atDoor(reception: Scene, user: string, office = 'anagrafe'): Promise<string> {
  return (await membershipsIn(reception, await doorOf(reception, office))).get(user) ?? 'none';
}

/** The porter, to be spoken for by its token. */
export function porterOf({ homeserver }: Pick<Reception, 'homeserver'>): Person {
  return new Person(homeserver.url, `@${PORTER.localpart}:${homeserver.name}`, homeserver.secrets.porter.as_token, true);
}

let strangers = 0;

/** Somebody with an account of their own has knocked from a Matrix client. They may take it back, and are taken from the door when they are turned away. */
export async function strangerAt(reception: Reception, reason = 'un certificato', office = 'anagrafe'): Promise<Person> {
  const stranger = await reception.person(`passante-${++strangers}`);
  await stranger.knock(aliasOf(reception, office), reason);
  return stranger;
}

/** Awaits the card for somebody who knocks, and that it says who. @param office the staff's room */
export function cardOf(reception: Scene, office: string, user: string): Promise<Card> {
  return cardThat(reception, office, user, ({ isDescribed }) => isDescribed);
}

/** Awaits only that it rings: who it is may follow. */
export function ringOf(reception: Scene, office: string, user: string): Promise<Card> {
  return cardThat(reception, office, user, () => true);
}

async function cardThat(reception: Scene, office: string, user: string, fits: (card: Card) => boolean): Promise<Card> {
  const { anna } = reception;
  const knock = await knockOf(reception, office, user);
  return anna.until('a card for the knock', () => cardsIn(anna, office).find((card) => card.knock === knock && !card.over && fits(card)));
}

/** Awaits the invitation into a visit's room. */
export async function visitOf(person: Person, office: string): Promise<string> {
  return person.until('an invitation to the visit', () => [...person.invites.keys()].find((room) => room !== office && room !== person.door));
}

export interface Visiting {
  readonly guest: Guest;
  readonly card: Card;
  readonly number: number;
  readonly room: string;
}

/** Anna opens to somebody who has knocked, by a tap on the card. The visitor is invited to the visit, and not inside yet. */
export async function letIn(reception: Scene, guest: Guest, office = reception.rooms.anagrafe): Promise<Visiting> {
  const card = await cardOf(reception, office, guest.person.user);
  await reception.anna.react(office, card.event_id, '✅');
  return { guest, card, number: card.number, room: await visitOf(guest.person, office) };
}

/** The same, and both come in. */
export async function meet(reception: Scene, guest: Guest, office?: string): Promise<Visiting> {
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

/** Says goodbye as the page does, once: what it is answered where the porter does not come to it in time is 503. */
export function goodbyeOnce({ url }: Scene, token: string): Promise<Response> {
  return fetch(`${url}/api/visitors/me`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
}

/** The cards of all who wait at the registry, as soon as there are so many. */
export function openCards({ anna, rooms }: Scene, count: number, office = rooms.anagrafe): Promise<Card[]> {
  return anna.until(`${count} cards`, () => {
    const open = cardsIn(anna, office).filter(({ over }) => !over);
    return open.length === count && open;
  });
}

/** Says goodbye until it is taken: on a machine that stands still for some seconds one is asked to come again. */
export function goodbye(reception: Scene, token: string): Promise<Response> {
  return until('the goodbye is taken', async () => {
    const response = await goodbyeOnce(reception, token);
    return response.status === 503 ? undefined : response;
  });
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

/** Says goodbye and awaits that nothing of the guest is left: no account, no knock, no open card, no visit. */
export async function seeOff(reception: Scene, ...guests: Guest[]): Promise<void> {
  for (const { person, token } of guests) {
    if (await isErased(person)) continue;
    const { status } = await goodbye(reception, token);
    // The porter may have erased it in between.
    if (status !== 204 && !(status === 401 && (await isErased(person)))) throw new Error(`The goodbye was answered with ${status}`);
  }
  for (const { person } of guests) await erased(person);
  await settled(reception);
}

/** Awaits that nobody waits, no card is open and no visit runs, in all offices. The rooms of visits are still there, and empty. */
export async function settled(reception: Scene, patience = 30_000): Promise<void> {
  const { anna, rooms } = reception;
  await until('no visit runs', async () => (await visitsOf(reception)).length === 0, patience);
  for (const room of Object.values(rooms)) {
    await anna.until('every card is over', () => cardsIn(anna, room).every(({ over }) => over), patience);
    await until('the queue is empty', async () => (await waitingIn(reception, room)).length === 0, patience);
  }
}

interface Place {
  readonly number: number;
  readonly card?: string;
}

/** The queue as desks see it. In a room that is new there is none yet. */
export async function waitingIn({ anna }: Scene, room: string): Promise<readonly Place[]> {
  const { waiting } = await anna.state<{ waiting: Place[] }>(room, QUEUE).catch((error: unknown) => {
    if (!(error instanceof Failure && error.status === 404)) throw error;
    return { waiting: [] };
  });
  return waiting;
}

export interface VisitRoom {
  readonly room: string;
  readonly visit: VisitContent;
  readonly state: readonly Event[];
}

/** Rooms of visits that were seen to be over, with everybody out. */
const empty = new Set<string>();

/** The rooms of visits that run, or that somebody is still in, as the homeserver's administrator sees them. */
export async function visitsOf(reception: Scene): Promise<VisitRoom[]> {
  const found: VisitRoom[] = [];
  for (const room of await roomsOf(reception)) {
    if (empty.has(room)) continue;
    // It may be purged while we look.
    const state = await stateIn(reception, room);
    const visit = state.find(({ type }) => type === VISIT)?.content as VisitContent | undefined;
    if (visit === undefined) continue;
    const isEmpty = !state.some(({ type, state_key, content }) => type === 'm.room.member' && content['membership'] !== 'leave' && !String(state_key).startsWith('@portineria'));
    if (visit.ended_at !== undefined && isEmpty) empty.add(room);
    else found.push({ room, visit, state });
  }
  return found;
}

/** The rooms that the porter has made under one of these rules. */
async function roomsUnder(reception: Scene, ...rules: readonly (string | null)[]): Promise<string[]> {
  return (await allRooms(reception)).flatMap(({ room_id, creator, join_rules }) => (creator.startsWith('@portineria:') && rules.includes(join_rules) ? [room_id] : []));
}

/** All rooms of visits that the homeserver holds. */
export function roomsOf(reception: Scene): Promise<string[]> {
  // No other room of the porter's may be entered by the members of another.
  return roomsUnder(reception, 'restricted');
}

/** Awaits that every visit's room is deleted with all that was said, which is a minute after everybody was shown out. */
export async function purged(reception: Scene): Promise<void> {
  // A room that the porter was taken out of, and that is not deleted, has no rule any more.
  await until('every visit’s room is purged', async () => (await roomsUnder(reception, 'restricted', null)).length === 0, 180_000);
}

/** The memberships that somebody ever had in a room, as a member of staff has seen them. Where events forked, Synapse tells some state twice. */
export function membershipsOf(person: Person, room: string, user: string): unknown[] {
  const told = new Map(person.timeline.flatMap(({ room: where, event }) => (where === room && event.type === 'm.room.member' && event.state_key === user ? [[event.event_id, event]] : [])));
  return [...told.values()].map(({ content }) => content['membership']);
}

/** What somebody's client shows as the reason why they are out of a room. */
export function reasonOf(person: Person, room: string): string | undefined {
  const event = person.left.get(room)?.findLast(({ type, state_key }) => type === 'm.room.member' && state_key === person.user);
  if (event === undefined) return undefined;
  const { reason } = event.content;
  return typeof reason === 'string' ? reason : '';
}
