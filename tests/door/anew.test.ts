/** A door that has seen many is made anew once nobody waits. */
import { expect, test } from 'vitest';
import { DOOR_ROOM_TYPE, OFFICE } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { allRooms, doorOf, insideOf, membershipsIn, stands, stateIn } from '../rig/administrator.ts';
import { Failure, until } from '../rig/matrix.ts';
import { arrive, type Reception } from '../rig/reception.ts';
import { account, comesAndGoes, isServed, nextAfter, startRenewing } from '../rig/renewal.ts';
import { cardOf, settled, strangerAt } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

const PORTER = '@portineria:localhost';

/** A room's state by type, for the state that has no key. */
async function stateOf(reception: Reception, room: string): Promise<Map<string, Record<string, unknown>>> {
  return new Map((await stateIn(reception, room)).flatMap(({ type, state_key, content }) => (state_key === '' ? [[type, content]] : [])));
}

let reception: Reception;
let office: string;
stage(async () => {
  reception = await startRenewing();
  office = reception.rooms.anagrafe;
}, () => reception.stop());

test('is made anew once nobody waits; whoever was sent to the one before is served there for a while, and then it is gone with all its memberships', { timeout: paced(240_000) }, async () => {
  const old = await doorOf(reception, 'anagrafe');
  const [early, late] = [await account(reception), await account(reception)];
  expect([early.knock.room_id, late.knock.room_id]).toEqual([old, old]);
  const numbers = [await comesAndGoes(reception), await comesAndGoes(reception)];
  expect(await doorOf(reception, 'anagrafe')).toBe(old);
  numbers.push(await comesAndGoes(reception));
  const next = await nextAfter(reception, old);
  expect(await insideOf(reception, next)).toEqual([PORTER]);
  expect(await membershipsIn(reception, next)).toEqual(new Map([[PORTER, 'join']]));
  expect((await stateOf(reception, next)).get(OFFICE)).toMatchObject({ id: 'anagrafe' });

  // At the one before, by whoever had its id.
  await early.person.knock(early.knock.room_id, early.knock.reason);
  numbers.push(await isServed(reception, early));
  // By the page, and by the alias.
  const guest = await arrive(reception, 'anagrafe');
  expect(guest.person.door).toBe(next);
  numbers.push(await isServed(reception, guest));
  const stranger = await strangerAt(reception);
  expect(stranger.door).toBe(next);
  numbers.push((await cardOf(reception, office, stranger.user)).number);
  await stranger.withdraw();
  await settled(reception);
  expect(numbers).toEqual(numbers.map((_number, index) => Number(numbers[0]) + index));

  await until('the old door is gone', async () => !(await stands(reception, old)), 180_000);
  // It is too late for its id, and the alias leads on.
  await expect(late.person.knock(old, late.knock.reason)).rejects.toThrow(Failure);
  await late.person.knock(late.knock.alias, late.knock.reason);
  await isServed(reception, late);
  expect((await allRooms(reception)).filter(({ room_type, canonical_alias }) => room_type === DOOR_ROOM_TYPE && canonical_alias === '#sindaco:localhost')).toHaveLength(1);
});
