/** What staff do in a town: they answer in every way that there is, order the door, come into visits and leave them, and try doors that are not theirs. */
import { CARD } from '@portineria/config/events';
import type { Event } from '../matrix.ts';
import { cardsIn, type Card } from '../reception.ts';
import { runs } from './standing.ts';
import { attempt, trespass, type Clerk, type OfficeId, type Town } from './town.ts';

const inThread = (root: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } } });
const inReply = (to: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } });

/** Answers to a knock, by their sign and by their words. Half of all open the door. */
const ANSWERS: readonly (readonly [weight: number, answer: readonly [sign: string, word: string]])[] = [
  [5, ['✅', '!apri']], [2, ['👍🏽', '!open']], [1, ['❌', '!rifiuta']], [1, ['⏳', '!attendi']],
];
/** What is said under a card of a visit, or of nobody any more. */
const ORDERS = [[3, '!rimetti'], [3, '!fine'], [2, '!scrivi'], [2, '!invita'], [1, '!apri']] as const;
const DOOR_ORDERS = [[2, '!pausa 1m un caffè'], [6, '!riapri'], [1, '!chiudi 1m'], [1, '!prolunga 30m']] as const;
const SAID_TO_ALL = ['!apri', '!coda', '!aiuto', '!orario', '!aprii', '!scrivi tutti Arriviamo', 'buongiorno'];

type Deed = () => Promise<unknown>;

/** One thing that somebody of the staff does, as their client shows the house just now. */
export async function clerkActs(town: Town, clerk: Clerk): Promise<void> {
  const { person, draws, offices } = clerk;
  await person.sync();
  const invitations = [...person.invites.keys()];
  if (invitations.length > 0 && draws.below(4) > 0) {
    await attempt(() => person.join(draws.oneOf(invitations)));
    return;
  }
  const office = draws.oneOf(offices);
  const room = town.rooms[office];
  const cards = cardsIn(person, room);
  const waiting = cards.filter(({ over }) => !over);
  const deeds: (readonly [number, Deed])[] = [
    [2, () => person.say(room, draws.oneOf(SAID_TO_ALL))],
    [1, () => person.say(room, draws.weighted(DOOR_ORDERS))],
    [1, () => triesAnother(town, clerk)],
    ...(waiting.length === 0 ? [] : [[16, () => answers(clerk, room, draws.oneOf(waiting))] as const]),
    ...(cards.length === 0 ? [] : [
      [2, () => orders(town, clerk, office, draws.oneOf(cards))] as const,
      [1, () => answers(clerk, room, draws.oneOf(cards))] as const,
      [2, () => comesByItself(clerk, draws.oneOf(cards))] as const,
    ]),
    ...visitsOf(town, clerk).map((visit) => [2, () => actsInside(clerk, visit)] as const),
  ];
  await attempt(draws.weighted(deeds));
}

/** By a reaction, a command with the number, in reply, or in a thread. */
async function answers({ person, draws }: Clerk, room: string, { event_id, number }: Card): Promise<void> {
  const [sign, word] = draws.weighted(ANSWERS);
  const ways: Deed[] = [
    () => person.react(room, event_id, sign),
    () => person.say(room, `${word} ${number}`),
    () => person.send(room, 'm.room.message', inReply(event_id, word)),
    () => person.send(room, 'm.room.message', inThread(event_id, word)),
  ];
  await draws.oneOf(ways)();
}

async function orders({ clerks }: Town, { person, draws }: Clerk, office: OfficeId, { event_id, number }: Card): Promise<void> {
  const order = draws.weighted(ORDERS);
  const colleagues = clerks.flatMap((one) => (one.offices.includes(office) ? [] : [one.person.user]));
  const words = order === '!invita' ? ` ${draws.oneOf(colleagues)}` : '';
  const said = order === '!scrivi' ? ' Arriva qualcuno' : '';
  const room = person.timeline.findLast(({ event }) => event.event_id === event_id)?.room ?? '';
  if (draws.below(2) === 0) await person.say(room, `${order}${words} ${number}${said}`);
  else await person.send(room, 'm.room.message', inReply(event_id, `${order}${words}${said}`));
}

/** As the desk's page goes: to the alias that the card names. */
async function comesByItself({ person }: Clerk, { visit }: Card): Promise<void> {
  if (visit !== undefined) await person.join(visit);
}

/** The rooms of visits that somebody is in. */
function visitsOf(town: Town, { person }: Clerk): string[] {
  return town.now().visits.flatMap(({ room, members }) => (members.get(person.user) === 'join' ? [room] : []));
}

async function actsInside({ person, draws }: Clerk, room: string): Promise<void> {
  const greeting = person.timeline.findLast(({ room: where, event }) => where === room && isGreeting(event));
  const deeds: Deed[] = [
    () => person.leave(room),
    () => person.say(room, 'Buongiorno'),
    ...(greeting === undefined ? [] : [() => person.react(room, greeting.event.event_id, '🚪')]),
  ];
  await draws.oneOf(deeds)();
}

function isGreeting({ type, sender, content }: Event): boolean {
  return type === 'm.room.message' && sender.startsWith('@portineria:') && content[CARD] !== undefined;
}

/** The visit of an office where somebody does not work, and into which nobody has asked them. */
async function triesAnother(town: Town, { person, offices }: Clerk): Promise<void> {
  const closed = town.now().visits.find((one) => runs(one) && !offices.some((office) => office === one.of.office) && !one.members.has(person.user) && one.visit?.guests?.some((guest) => guest === person.user) !== true);
  if (closed === undefined) return;
  // Whoever is asked in at this very moment may come in.
  await trespass(`${person.user} joins a visit of ${closed.of.office}`, () => person.join(closed.room)).catch((error: unknown) => {
    if (town.now().visits.find(({ room }) => room === closed.room)?.visit?.guests?.some((guest) => guest === person.user) !== true) throw error;
  });
}
