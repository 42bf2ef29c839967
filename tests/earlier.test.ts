/** A reception of the earlier shape, where people knocked at the staff's own room, is led over when the bot starts: the staff keep the room, and who waits keeps the place. */
import { expect, test } from 'vitest';
import { BOOK } from '@portineria/config/book';
import { CARD, DOOR, DOOR_ROOM_TYPE, OFFICE } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { VISITORS } from '@portineria/synapse/registrations';
import { allRooms, doorOf, membershipsIn, officeRoom, stateIn } from './rig/administrator.ts';
import { Person, until } from './rig/matrix.ts';
import { arrive, cardsIn, startReception, type Reception } from './rig/reception.ts';
import { atDoor, cardOf, erased, goodbye, knockOf, meet, porterOf, settled, told, visitOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

/** The number that each who waited had. */
const [ROSA, MARIA, UGO] = [7, 8, 9];

let reception: Reception;
let anna: Person;
/** The staff's room, with the alias and the knocks. */
let old: string;
let rosa: Person;
let ugo: Person;
let maria: Person;

type There = Pick<Reception, 'homeserver' | 'anna' | 'bruno'>;

/** An account as the porter made it for a visitor of the page. */
async function temporary({ homeserver }: There): Promise<Person> {
  const response = await fetch(`${homeserver.url}/_matrix/client/v3/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${homeserver.secrets.visitors.as_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'm.login.application_service', username: `${VISITORS.prefix}0123456789abcdef` }),
  });
  const { user_id, access_token } = (await response.json()) as { user_id: string; access_token: string };
  return new Person(homeserver.url, user_id, access_token);
}

/** What the porter of before had made and written: a room for the registry with three who wait in it, two of them with a card. */
async function begin(there: There): Promise<void> {
  const { homeserver, anna: clerk, bruno } = there;
  const porter = porterOf(there);
  await porter.ask('POST', '/register', { type: 'm.login.application_service', username: 'portineria', inhibit_login: true });
  const staff = [clerk, bruno];
  const { room_id } = await porter.ask<{ room_id: string }>('POST', '/createRoom', {
    room_version: '11', preset: 'private_chat', visibility: 'private', room_alias_name: 'anagrafe', name: 'Anagrafe', topic: 'Certificati',
    power_level_content_override: {
      users: Object.fromEntries([[porter.user, 100], ...staff.map(({ user }) => [user, 50])]), users_default: 0, events: { [DOOR]: 50 }, events_default: 0,
      state_default: 100, invite: 50, kick: 50, ban: 50, redact: 50, notifications: { room: 50 },
    },
    initial_state: [
      ['m.room.join_rules', { join_rule: 'knock' }],
      ['m.room.history_visibility', { history_visibility: 'joined' }],
      ['m.room.guest_access', { guest_access: 'forbidden' }],
      [OFFICE, { id: 'anagrafe', comune: { id: 'prova', name: { it: 'Comune di Prova' } }, name: { it: 'Anagrafe' }, description: { it: 'Certificati' }, zone: 'Europe/Rome', call: 'none', page: 'http://localhost/o/anagrafe' }],
    ].map(([type, content]) => ({ type, state_key: '', content })),
  });
  old = room_id;
  for (const person of staff) {
    await porter.invite(old, person.user);
    await person.join(old);
  }
  await clerk.say(old, 'Domani arrivo alle nove.');
  const register = async (localpart: string): Promise<Person> => {
    const { user_id, access_token } = await homeserver.registerUser(localpart);
    return new Person(homeserver.url, user_id, access_token);
  };
  [rosa, maria, ugo] = [await register('rosa'), await temporary(there), await register('ugo')];
  const since = Date.now();
  for (const person of [rosa, maria, ugo]) {
    await person.sync();
    await person.knock('#anagrafe:localhost', 'un certificato');
  }
  // Somebody was here before, and has left.
  const past = await register('passata');
  await past.knock('#anagrafe:localhost', 'sono passata');
  await past.withdraw();
  const state = await stateIn({ homeserver }, old);
  const knocks = new Map(state.flatMap(({ type, state_key = '', event_id }) => (type === 'm.room.member' ? [[state_key, event_id]] : [])));
  const tickets: Record<string, unknown>[] = [];
  for (const [number, { user: visitor }] of [[ROSA, rosa], [MARIA, maria], [UGO, ugo]] as const) {
    const knock = knocks.get(visitor) ?? '';
    // The last had a number and no card yet.
    const card = number === UGO ? undefined : await porter.send(old, 'm.room.message', { msgtype: 'm.text', body: `🔔 N. ${number}`, [CARD]: { knock, number, visitor, since } });
    tickets.push({ number, knock, visitor, since, ...(card === undefined ? {} : { card }), offered: card !== undefined, edits: [], calls: [] });
  }
  const day = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Rome' }).format(since);
  const visitors = [{ user_id: maria.user, made_at: since, name: 'Maria Bianchi', topic: 'Carta d’identità', language: 'it', voice: false, leaving: false }];
  await porter.ask('PUT', `/user/${encodeURIComponent(porter.user)}/rooms/${encodeURIComponent(old)}/account_data/${BOOK}`, { day, last: UGO, tickets, visitors, heard: [], at: since });
}

stage(async () => {
  // The homeserver's module of today would refuse a temporary account's knock at the staff's room.
  reception = await startReception({ before: begin, extra: { modules: [] } });
  anna = reception.anna;
}, () => reception.stop());

test('the staff keep their room and what was said in it; it has no alias and no knocks any more, and the alias leads to a door', { timeout: paced(120_000) }, async () => {
  expect(reception.rooms.anagrafe).toBe(old);
  const door = await doorOf(reception, 'anagrafe');
  expect(door).not.toBe(old);
  const state = new Map((await stateIn(reception, old)).map(({ type, state_key, content }) => [`${type}|${state_key}`, content]));
  expect(state.get('m.room.join_rules|')).toEqual({ join_rule: 'invite' });
  expect(state.get('im.vector.modular.widgets|it.portineria.desk')).toMatchObject({ id: 'it.portineria.desk', url: expect.stringContaining('/widget/desk.html#') });
  expect(state.get('m.room.canonical_alias|')?.['alias']).toBeUndefined();
  expect(state.get('m.room.power_levels|')).toMatchObject({ invite: 100, kick: 100, ban: 100 });
  expect((await allRooms(reception)).filter(({ room_type }) => room_type === DOOR_ROOM_TYPE)).toHaveLength(2);
  const memberships = await membershipsIn(reception, old);
  expect([anna, reception.bruno].map(({ user }) => memberships.get(user))).toEqual(['join', 'join']);
  await anna.sync();
  expect(anna.timeline.some(({ room, event }) => room === old && event.content['body'] === 'Domani arrivo alle nove.')).toBe(true);
  await expect((await reception.person('tardi')).knock(old)).rejects.toMatchObject({ status: 403 });
});

test('who waited there keeps number and place, before whoever comes now; each is answered at the card, and leaves the staff’s room', { timeout: paced(180_000) }, async () => {
  const guest = await arrive(reception, 'anagrafe');
  const next = await cardOf(reception, old, guest.person.user);
  expect(next.number).toBe(UGO + 1);
  await until('they wait as before', async () => (await waitingIn(reception, old)).map(({ number }) => number).join() === [ROSA, MARIA, UGO, UGO + 1].join());
  expect(await told(maria, 'her place', ({ place }) => place === 2)).toMatchObject({ number: MARIA, state: 'waiting' });
  await anna.until('a card for who had none', () => cardsIn(anna, old).some(({ number, over }) => number === UGO && !over));
  for (const number of [ROSA, MARIA]) expect(cardsIn(anna, old).filter((card) => card.number === number)).toHaveLength(1);

  const card = (number: number): string => cardsIn(anna, old).find((one) => one.number === number)?.event_id ?? '';
  await anna.react(old, card(ROSA), '✅');
  const hers = await visitOf(rosa, old);
  await rosa.join(hers);
  // Until somebody of the staff has come, the knock may have to go back to its place.
  await anna.until('an invitation for who opened', () => anna.invites.has(hers));
  await anna.join(hers);
  await anna.react(old, card(UGO), '❌');
  await told(ugo, 'a refusal', ({ state }) => state === 'declined');
  await anna.say(old, `!apri ${MARIA}`);
  const visit = await visitOf(maria, old);
  await maria.join(visit);
  for (const { user } of [rosa, ugo]) await until(`${user} is out of the staff’s room`, async () => (await membershipsIn(reception, old)).get(user) === 'leave');
  await goodbye(reception, maria.token);
  await erased(maria);
  await until('she is out of the staff’s room', async () => (await membershipsIn(reception, old)).get(maria.user) === 'leave');
  await rosa.leave(hers);
  await meet(reception, guest);
  await goodbye(reception, guest.token);
  await settled(reception);
});

test('after a restart it is as it was: nothing is led over twice', { timeout: paced(120_000) }, async () => {
  const door = await doorOf(reception, 'anagrafe');
  await reception.killBot();
  await reception.startBot();
  expect([await officeRoom(reception, 'anagrafe'), await doorOf(reception, 'anagrafe')]).toEqual([old, door]);
  const guest = await arrive(reception, 'anagrafe');
  await knockOf(reception, old, guest.person.user);
  await cardOf(reception, old, guest.person.user);
  expect(await atDoor(reception, guest.person.user)).toBe('knock');
  await goodbye(reception, guest.token);
  await erased(guest.person);
});
