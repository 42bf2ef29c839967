/** The room of a visit stands ready while its visitor waits: for the next in line alone, a visit only once the door opens, and gone when nobody waits. */
import { PREPARED, VISIT } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { placeFor } from '../rig/calls.ts';
import { FORBIDDEN, refused, startHouse } from '../rig/house.ts';
import { Failure, until, type Event, type Person } from '../rig/matrix.ts';
import { arrive, type Guest, type Reception } from '../rig/reception.ts';
import { cardOf, goodbye, roomsOf, seeOff, told, visitOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let anna: Person;
let office: string;
stage(async () => {
  ({ reception, anna, office } = await startHouse());
}, () => reception.stop());

/** Somebody waits who would like to speak. @returns the room that stands ready, and is entered */
async function inReadyRoom(): Promise<{ guest: Guest; card: string; room: string }> {
  const guest = await arrive(reception, 'anagrafe', { voice: true });
  const { event_id: card } = await cardOf(reception, office, guest.person.user);
  const room = await visitOf(guest.person, office);
  await guest.person.join(room);
  return { guest, card, room };
}

const membersOf = async (person: Person, room: string): Promise<string[]> => (await person.members(room)).chunk.flatMap(({ state_key }) => (state_key === undefined ? [] : [state_key]));

test('the next in line is in the visit’s room before the door opens, alone with the porter and without a token; then it is the visit', async () => {
  const { guest: { person, token }, card, room } = await inReadyRoom();
  expect((await membersOf(person, room)).toSorted()).toEqual([person.user, '@portineria:localhost'].toSorted());
  expect(await person.state(room, PREPARED)).toMatchObject({ visitor: person.user, office_room: office });
  await expect(person.state(room, VISIT)).rejects.toThrow(Failure);
  expect(await refused(placeFor(person, reception.url, room))).toEqual(FORBIDDEN);
  await anna.sync();
  expect(anna.invites.has(room)).toBe(false);

  await anna.react(office, card, '✅');
  expect(await told(person, 'the visit', ({ state }) => state === 'opened')).toMatchObject({ visit: room });
  await anna.until('an invitation for who opened', () => anna.invites.has(room));
  // The invitation says what it is for: the staff's page follows by that.
  const shown = anna.invites.get(room)?.find(({ type }: Pick<Event, 'type'>) => type === VISIT);
  expect(shown?.content).toMatchObject({ opened_by: anna.user, visitor: person.user });
  await anna.join(room);
  for (const one of [person, anna]) expect((await placeFor(one, reception.url, room)).jwt).toMatch(/\./u);
  expect(await roomsOf(reception)).toEqual([room]);
  await seeOff(reception, { person, token });
});

test('whoever opens is in by their own answer, with a token that was asked for by the visit’s alias, and is not invited then; another is', async () => {
  const { guest: { person, token }, card, room } = await inReadyRoom();
  const { visit: alias = '' } = await cardOf(reception, office, person.user);
  expect(alias).toMatch(/^#visita-[0-9a-f]{32}:localhost$/u);
  await anna.react(office, card, '✅');
  const asking = placeFor(anna, reception.url, alias);
  await anna.join(alias);
  expect((await asking).jwt).toMatch(/\./u);
  await told(person, 'the visit', ({ state }) => state === 'opened');
  await until('the opener is in', async () => (await person.members(room)).chunk.some(({ state_key, content }) => state_key === anna.user && content['membership'] === 'join'));
  await anna.sync();
  expect(anna.invites.has(room)).toBe(false);
  await seeOff(reception, { person, token });
});

test('an alias lets in nobody who could not come in by the room’s id, and before the door is open nobody at all', async () => {
  const { guest, room } = await inReadyRoom();
  const { visit: alias = '' } = await cardOf(reception, office, guest.person.user);
  for (const person of [guest.person, anna]) expect(await refused(placeFor(person, reception.url, alias))).toEqual(FORBIDDEN);
  expect(await refused(placeFor(anna, reception.url, '#visita-none:localhost'))).toEqual(FORBIDDEN);
  expect(await roomsOf(reception)).toContain(room);
  await seeOff(reception, guest);
});

test('a room stands ready for one at a time, in the order of the queue, and not for who writes', async () => {
  const writer = await arrive(reception, 'anagrafe');
  const { event_id: first } = await cardOf(reception, office, writer.person.user);
  const speaker = await arrive(reception, 'anagrafe', { voice: true });
  await cardOf(reception, office, speaker.person.user);
  await told(speaker.person, 'the second place', ({ place }) => place === 2);
  await speaker.person.sync();
  expect([writer.person.invites.size, speaker.person.invites.size]).toEqual([0, 0]);
  await anna.react(office, first, '✅');
  await visitOf(speaker.person, office);
  await seeOff(reception, writer, speaker);
});

test('whoever goes away leaves no room behind', async () => {
  const { guest, room } = await inReadyRoom();
  expect(await roomsOf(reception)).toContain(room);
  expect((await goodbye(reception, guest.token)).status).toBe(204);
  await until('the room is deleted', async () => !(await roomsOf(reception)).includes(room));
  await seeOff(reception, guest);
});

test('whoever is turned away leaves no room behind', async () => {
  const { guest, card, room } = await inReadyRoom();
  await anna.react(office, card, '❌');
  await told(guest.person, 'a refusal', ({ state }) => state === 'declined');
  await until('the room is deleted', async () => !(await roomsOf(reception)).includes(room));
  await seeOff(reception, guest);
});
