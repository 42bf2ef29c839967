/** How `npm start` finds the rooms of offices, on a real homeserver. */
import { DOOR_ROOM_TYPE, OFFICE } from '@portineria/config/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { officeRooms } from './accounts.ts';
import { startHomeserver, type Homeserver } from './harness.ts';
import { asking, type Ask } from './matrix.ts';
import { freePorts } from './ports.ts';

let homeserver: Homeserver;
let porter: Ask;
let anna: Ask;

beforeAll(async () => {
  homeserver = await startHomeserver({ botPort: (await freePorts('porter')).porter });
  const service = asking(homeserver.url, homeserver.secrets.porter.as_token);
  await service('POST', '/_matrix/client/v3/register', { type: 'm.login.application_service', username: 'portineria' });
  porter = (method, path, body) => service(method, `${path}?user_id=${encodeURIComponent('@portineria:localhost')}`, body);
  anna = asking(homeserver.url, (await homeserver.registerUser('anna')).access_token);
}, 300_000);
afterAll(() => homeserver.stop());

const definition = (id: string): object => ({ id, comune: { id: 'prova', name: { it: 'Prova' } }, name: { it: id }, description: {}, zone: 'Europe/Rome', call: 'none', page: `http://localhost/o/${id}` });

async function makeRoom(by: Ask, id: string, rule: 'invite' | 'knock', more: object = {}, state: object[] = []): Promise<string> {
  const made = await by('POST', '/_matrix/client/v3/createRoom', {
    preset: 'private_chat',
    initial_state: [{ type: OFFICE, state_key: '', content: definition(id) }, { type: 'm.room.join_rules', state_key: '', content: { join_rule: rule } }, ...state],
    ...more,
  });
  return (made as { room_id: string }).room_id;
}

const makeDoor = (by: Ask, id: string): Promise<string> => makeRoom(by, id, 'knock', { creation_content: { type: DOOR_ROOM_TYPE }, room_alias_name: id });
const found = (...ids: string[]): ReturnType<typeof officeRooms> => officeRooms({ url: homeserver.url, signal: new AbortController().signal }, homeserver.adminToken, 'localhost', ids.map((id) => ({ id })));

test('an office is its door by the alias, and the newest room of its staff, in the configuration’s order', async () => {
  await makeRoom(porter, 'anagrafe', 'invite');
  await makeRoom(porter, 'sindaco', 'invite');
  const [sindaco, anagrafe] = [await makeRoom(porter, 'sindaco', 'invite'), await makeRoom(porter, 'anagrafe', 'invite')];
  const doors = [await makeDoor(porter, 'sindaco'), await makeDoor(porter, 'anagrafe')];
  // What others call an office, and what of the porter's is none.
  await makeRoom(anna, 'anagrafe', 'invite');
  await makeRoom(porter, 'anagrafe', 'knock');
  await makeRoom(porter, 'anagrafe', 'invite', {}, [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }]);
  expect(await found('sindaco', 'anagrafe')).toEqual([
    { id: 'sindaco', alias: '#sindaco:localhost', door_room_id: doors[0], room_id: sindaco },
    { id: 'anagrafe', alias: '#anagrafe:localhost', door_room_id: doors[1], room_id: anagrafe },
  ]);
});

test('an office without a door, without a room, or whose alias is somebody else’s is left out', async () => {
  await makeRoom(porter, 'tributi', 'invite');
  await makeDoor(porter, 'suap');
  await makeRoom(porter, 'protocollo', 'invite');
  await makeDoor(anna, 'protocollo');
  expect(await found('tributi', 'suap', 'protocollo', 'mai')).toEqual([]);
});
