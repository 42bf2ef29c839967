/** The door apart from the office: who is where, and what stays behind. */
import { expect, test } from 'vitest';
import { DOOR_ROOM_TYPE, OFFICE, type OfficeContent } from '@portineria/config/events';
import { aliasOf, allRooms, insideOf, membershipsIn, stateIn } from '../rig/administrator.ts';
import { Person, type Event } from '../rig/matrix.ts';
import { arrive, askForAccount, startReception, type Reception } from '../rig/reception.ts';
import { cardOf, meet, porterOf, seeOff, settled, strangerAt, told, visitOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

const PORTER = '@portineria:localhost';

interface Levels {
  readonly users: Record<string, number>;
  readonly [what: string]: unknown;
}

/** A room's state by type, for the state that has no key. */
async function stateOf(reception: Reception, room: string): Promise<Map<string, Record<string, unknown>>> {
  return new Map((await stateIn(reception, room)).flatMap(({ type, state_key, content }) => (state_key === '' ? [[type, content]] : [])));
}

let reception: Reception;
let anna: Person;
let office: string;
let door: string;
stage(async () => {
  reception = await startReception();
  anna = reception.anna;
  office = reception.rooms.anagrafe;
  door = reception.doors.anagrafe;
}, () => reception.stop());

test('the door is where the alias leads: the porter is alone inside, everybody may knock, nobody else may do anything, and it says which office it is of', async () => {
  const state = await stateOf(reception, door);
  expect(state.get('m.room.create')).toMatchObject({ type: DOOR_ROOM_TYPE, room_version: '11' });
  expect(state.get('m.room.join_rules')).toEqual({ join_rule: 'knock' });
  expect(state.get('m.room.history_visibility')).toEqual({ history_visibility: 'joined' });
  expect(state.get('m.room.guest_access')).toEqual({ guest_access: 'forbidden' });
  expect(state.get('m.room.canonical_alias')).toMatchObject({ alias: '#anagrafe:localhost' });
  expect(state.get('m.room.name')).toMatchObject({ name: 'Anagrafe' });
  expect(state.get(OFFICE)).toMatchObject({ id: 'anagrafe', comune: { id: 'prova' } } satisfies Partial<Record<keyof OfficeContent, unknown>>);
  const { users, ...levels } = state.get('m.room.power_levels') as unknown as Levels;
  expect(users).toEqual({ [PORTER]: 100 });
  for (const what of ['events_default', 'state_default', 'invite', 'kick', 'ban', 'redact']) expect([what, levels[what]]).toEqual([what, 100]);
  expect([levels['users_default'], levels['events']]).toEqual([0, {}]);
  expect(await membershipsIn(reception, door)).toEqual(new Map([[PORTER, 'join']]));
});

test('the office has no alias and nobody gets in but by invitation: the porter and the staff, whose only power over the room is its door by hand', async () => {
  const state = await stateOf(reception, office);
  expect(state.get('m.room.create')).not.toHaveProperty('type');
  expect(state.get('m.room.join_rules')).toEqual({ join_rule: 'invite' });
  expect(state.get('m.room.canonical_alias')?.['alias']).toBeUndefined();
  expect(state.get(OFFICE)).toMatchObject({ id: 'anagrafe' });
  expect((await allRooms(reception)).find(({ room_id }) => room_id === office)?.canonical_alias).toBeNull();
  expect((await insideOf(reception, office)).toSorted()).toEqual([anna.user, reception.bruno.user, PORTER].toSorted());
  const guest = await arrive(reception, 'anagrafe');
  const stranger = await strangerAt(reception);
  for (const person of [guest.person, stranger]) {
    await cardOf(reception, office, person.user);
    for (const attempt of [() => person.knock(office), () => person.join(office), () => person.join(door)]) await expect(attempt()).rejects.toMatchObject({ status: 403 });
  }
  await stranger.ask('POST', `/rooms/${encodeURIComponent(door)}/leave`, {});
  await seeOff(reception, guest);
});

test('whoever knocks reads what office it is before they come in, and the page gives the door’s room and its alias', async () => {
  const stranger = await reception.person('curiosa');
  await stranger.knock(aliasOf(reception, 'anagrafe'));
  const { rooms } = await stranger.ask<{ rooms: { knock: Record<string, { knock_state: { events: Event[] } }> } }>('GET', '/sync?timeout=0');
  const shown = rooms.knock[door]?.knock_state.events ?? [];
  expect(shown.find(({ type }) => type === OFFICE)?.content).toMatchObject({ id: 'anagrafe', page: `${reception.url}/o/anagrafe` });
  await stranger.withdraw();
  const answer = await askForAccount(reception, { office: 'anagrafe', name: 'Maria', topic: '', language: 'it', voice: false, consent: true });
  expect(((await answer.json()) as { knock: object }).knock).toMatchObject({ room_id: door, alias: '#anagrafe:localhost', via: ['localhost'] });
  await settled(reception);
});

test('after a day with visitors of every kind no membership of any of them is in the office’s timeline, and nobody but the porter was ever inside the door', async () => {
  const received = await arrive(reception, 'anagrafe', { name: 'Ada' });
  await meet(reception, received);
  await seeOff(reception, received);
  const declined = await arrive(reception, 'anagrafe', { name: 'Bice' });
  await anna.react(office, (await cardOf(reception, office, declined.person.user)).event_id, '❌');
  await told(declined.person, 'a refusal', ({ state }) => state === 'declined');
  const withdrawn = await arrive(reception, 'anagrafe', { name: 'Cleo' });
  await cardOf(reception, office, withdrawn.person.user);
  await seeOff(reception, withdrawn);
  const [passer, other] = [await strangerAt(reception), await strangerAt(reception)];
  await anna.react(office, (await cardOf(reception, office, passer.user)).event_id, '✅');
  const visit = await visitOf(passer, office);
  await passer.join(visit);
  await anna.join(visit);
  await passer.leave(visit);
  await anna.say(office, `!rifiuta ${(await cardOf(reception, office, other.user)).number}`);
  await other.until('the knock is turned away', () => other.left.has(door));
  await settled(reception);
  const { chunk } = await anna.ask<{ chunk: Event[] }>('GET', `/rooms/${encodeURIComponent(office)}/messages?dir=b&limit=1000`);
  const staff = [PORTER, anna.user, reception.bruno.user];
  expect([...new Set(chunk.flatMap(({ type, state_key = '' }) => (type === 'm.room.member' ? [state_key] : [])))].toSorted()).toEqual(staff.toSorted());
  const history = await porterOf(reception).ask<{ chunk: Event[] }>('GET', `/rooms/${encodeURIComponent(door)}/messages?dir=b&limit=1000&filter=${encodeURIComponent(JSON.stringify({ types: ['m.room.member'] }))}`);
  const entered = history.chunk.filter(({ content }) => content['membership'] === 'join').map(({ state_key }) => state_key);
  expect([entered, history.chunk.length > 5]).toEqual([[PORTER], true]);
});
