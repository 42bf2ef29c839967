/** A door that has seen many is made anew: what its tests do again and again. */
import { expect } from 'vitest';
import { resolveAlias } from './administrator.ts';
import { Person, until } from './matrix.ts';
import { arrive, askForAccount, cardsIn, CONFIG, startReception, type Guest, type Reception } from './reception.ts';
import { cardOf, erased, goodbye, seeOff, settled, told, visitOf } from './scenes.ts';

/** A reception whose doors are made anew once they have seen three. */
export function startRenewing(): Promise<Reception> {
  return startReception({ config: CONFIG.replace('door_visits: 100', 'door_visits: 3') });
}

/** Comes and goes. */
export async function comesAndGoes(reception: Reception): Promise<number> {
  const guest = await arrive(reception, 'anagrafe');
  const { number } = await cardOf(reception, reception.rooms.anagrafe, guest.person.user);
  await seeOff(reception, guest);
  return number;
}

/** How long a quiet office may take until its door is made anew: its book must know of all who came, which takes two minutes. */
const RENEWED_MS = 180_000;

/** Awaits that the alias leads from a door to the next one. */
export function nextAfter(reception: Reception, door: string, patience = RENEWED_MS): Promise<string> {
  return until('another door', async () => {
    const now = await resolveAlias(reception, '#anagrafe:localhost');
    return now !== null && now !== door && now;
  }, patience);
}

/** An account as the page gets it, that has not knocked yet. */
export async function account(reception: Reception): Promise<Guest & { knock: { room_id: string; alias: string; reason: string } }> {
  const answer = await askForAccount(reception, { office: 'anagrafe', name: 'Maria', topic: '', language: 'it', voice: false, consent: true });
  const { user_id, access_token, knock } = (await answer.json()) as { user_id: string; access_token: string; knock: { room_id: string; alias: string; reason: string } };
  const person = new Person(reception.homeserver.url, user_id, access_token);
  await person.sync();
  return { person, token: access_token, knock };
}

/** Waits, is let in, and goes. */
export async function isServed(reception: Reception, guest: Guest): Promise<number> {
  const { anna, rooms: { anagrafe: office } } = reception;
  const card = await anna.until('a card', () => cardsIn(anna, office).findLast(({ over }) => !over));
  const ticket = await told(guest.person, 'a place', ({ state }) => state === 'waiting');
  expect(ticket).toMatchObject({ number: card.number, knock: card.knock });
  await anna.react(office, card.event_id, '✅');
  await guest.person.join(await visitOf(guest.person, office));
  await goodbye(reception, guest.token);
  await erased(guest.person);
  await settled(reception);
  return card.number;
}
