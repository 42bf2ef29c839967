/** The bot is killed at every step of passing somebody on: one ticket, one room, one account, and in the end none. */
import { expect, test } from 'vitest';
import { BOOK, type BookContent } from '@portineria/config/book';
import { paced, promised } from '@portineria/config/pace';
import { membershipsIn } from '../rig/administrator.ts';
import { killedAtEachStep, nothingLeft, type When } from '../rig/kills.ts';
import { until } from '../rig/matrix.ts';
import { arrive, cardsIn, CONFIG, startReception, type Card, type Guest, type Reception } from '../rig/reception.ts';
import { cardOf, erased, goodbye, meet, porterOf, settled, told, visitsOf, waitingIn } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

const OPEN = /hours: .*\n/u.exec(CONFIG)?.[0] ?? '';
let reception: Reception;
stage(async () => {
  reception = await startReception({ config: CONFIG.replace('    hours: {}\n', `    ${OPEN}`).replace('retention: 0.01', `retention: 0.01, unused: ${promised(9_000) / 60_000}`) });
}, () => reception.stop());

type Place = 'anagrafe' | 'sindaco';
interface Passing {
  readonly guest: Guest;
  readonly card: Card;
  /** Of the visit that ran before; null where the visitor waited. */
  readonly room: string | null;
}

/** What the porter remembers of an office. */
function bookOf(office: Place): Promise<BookContent> {
  const porter = porterOf(reception);
  return porter.ask('GET', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(reception.rooms[office])}/account_data/${BOOK}`);
}
const knows = async (office: Place, user: string): Promise<boolean> => (await bookOf(office)).visitors.some(({ user_id }) => user_id === user);

async function comes(isVisit: boolean): Promise<Passing> {
  const guest = await until('an account', () => arrive(reception, 'sindaco', { name: 'Ermenegilda Rossi' }).catch(() => undefined), 60_000);
  const card = await cardOf(reception, reception.rooms.sindaco, guest.person.user);
  return { guest, card, room: isVisit ? (await meet(reception, guest, reception.rooms.sindaco)).room : null };
}

/** They wait at the one office, once, and the other knows nothing of them. */
async function isAt(there: Place, before: Place, { guest: { person }, card }: Pick<Passing, 'guest' | 'card'>): Promise<Card> {
  const { anna, rooms } = reception;
  // At a door where they were once before their first knock still stands.
  const { number: given } = await told(person, 'the place there', ({ office, from, place }) => office === there && from === before && place === 1);
  const now = await anna.until('the card there', () => cardsIn(anna, rooms[there]).find(({ number, isDescribed, over }) => number === given && isDescribed && !over));
  await until('one waits there, nobody at the other', async () => String((await waitingIn(reception, rooms[there])).map(({ number }) => number)) === String([now.number]) && (await waitingIn(reception, rooms[before])).length === 0);
  await anna.until('the card before is over', () => cardsIn(anna, rooms[before]).find(({ event_id }) => event_id === card.event_id)?.over);
  await until('the office before knows nothing of them', async () => !(await knows(before, person.user)) && (await bookOf(before)).tickets.length === 0);
  expect(cardsIn(anna, rooms[there]).filter(({ over }) => !over), 'one card').toHaveLength(1);
  expect(cardsIn(anna, rooms[before]).filter(({ over }) => !over), 'no card').toEqual([]);
  expect(await knows(there, person.user)).toBe(true);
  return now;
}

async function passedBothWays(when: When, isVisit: boolean): Promise<void> {
  const { anna, bruno, rooms } = reception;
  let card: Card;
  await killedAtEachStep(
    reception,
    when,
    () => comes(isVisit),
    async (passing) => {
      await anna.say(rooms.sindaco, `!passa anagrafe ${passing.card.number} una nota`);
      card = await isAt('anagrafe', 'sindaco', passing);
      if (passing.room === null) return;
      const { room, guest } = passing;
      await until('only the visitor is in the visit’s room', async () => String([...(await membershipsIn(reception, room))].filter(([user, is]) => is === 'join' && !user.startsWith('@portineria')).map(([user]) => user)) === guest.person.user);
      expect((await visitsOf(reception)).filter(({ visit }) => 'opened_at' in visit && visit.ended_at === undefined), 'no visit runs').toEqual([]);
    },
    async ({ guest }) => {
      await bruno.say(rooms.anagrafe, `!passa sindaco ${card.number}`);
      await isAt('sindaco', 'anagrafe', { guest, card });
    },
    async ({ guest }) => {
      await until('a goodbye', async () => [204, 401].includes((await goodbye(reception, guest.token).catch(() => undefined))?.status ?? 0), 60_000);
      await erased(guest.person);
      await settled(reception);
      for (const office of ['sindaco', 'anagrafe'] as const) await until('nobody is remembered', async () => !(await knows(office, guest.person.user)));
    },
  );
  await nothingLeft(reception);
}

test.for([['before', false], ['after', true]] as const)('killed at any step %s the homeserver has carried it out, whoever is passed on has one place (out of a visit: %s)', { timeout: paced(600_000) }, async ([when, isVisit]) => passedBothWays(when, isVisit));
