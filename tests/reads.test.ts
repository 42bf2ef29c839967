/** What a visitor's account can read of others, by all that the homeserver's client interface answers, at each moment of its way. */
import { describe, expect, test } from 'vitest';
import { DOOR } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { aliasOf, stateIn } from './rig/administrator.ts';
import { until, type Person } from './rig/matrix.ts';
import { batchOf, everything, leaks, readToTheEnd, type Others } from './rig/reading.ts';
import { arrive, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, erased, goodbye, knockOf, letIn, strangerAt, told, visitOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let anna: Person;
let office: string;
let door: string;
/** What nobody at the door may learn. */
let others: Others;
/** The first in line, for whom a room stands ready. */
let first: { guest: Guest; batch: string };

/** Two wait, one was here, one was turned away; and one with a temporary account was here. */
async function peopled(there: Reception): Promise<Others> {
  const { anna: clerk, bruno, rooms } = there;
  await clerk.ask('PUT', `/profile/${encodeURIComponent(clerk.user)}/displayname`, { displayname: 'Anna Impiegata' });
  const people = [];
  for (const reason of ['un Tirannosauro', 'sono Ermenegilda', 'un Brontosauro', 'uno Stegosauro']) people.push(await strangerAt(there, reason));
  const [waits, , left, declined] = people;
  if (waits === undefined || left === undefined || declined === undefined) throw new Error('Expected four people');
  const events = await Promise.all(people.map(({ user }) => knockOf(there, rooms.anagrafe, user)));
  events.push((await cardOf(there, rooms.anagrafe, waits.user)).event_id);
  await left.withdraw();
  await clerk.say(rooms.anagrafe, `!rifiuta ${(await cardOf(there, rooms.anagrafe, declined.user)).number} torni con un Diplodoco`);
  await declined.until('the knock is turned away', () => declined.left.has(declined.door));
  const past = await arrive(there, 'anagrafe', { name: 'Zefirinico', topic: 'Molibdeno' });
  await cardOf(there, rooms.anagrafe, past.person.user);
  await goodbye(there, past.token);
  await erased(past.person);
  const users = [clerk, bruno, ...people, past.person].map(({ user }) => user);
  return { users, events, secrets: [...users, 'Anna Impiegata', 'sauro', 'Diplodoco', 'Ermenegilda', 'Zefirinico', 'Molibdeno'] };
}

stage(async () => {
  reception = await startReception({ calls: true, config: CONFIG });
  anna = reception.anna;
  office = reception.rooms.anagrafe;
  door = reception.doors.anagrafe;
  first = await comes(true);
  await cardOf(reception, office, first.guest.person.user);
  others = await peopled(reception);
}, () => reception.stop());

/** Holds that an account reads nothing of others. @param except who is in the visit with it */
async function readsNobody(guest: Guest, rooms: readonly string[], batches: readonly string[], except: readonly string[] = []): Promise<void> {
  const answers = await everything(reception, others, guest.token, rooms, [...batches, await batchOf(reception, guest.token)]);
  expect(leaks(others, answers, except)).toEqual([]);
  // It was answered: the account is not dead.
  expect(answers.some(({ asked, status }) => asked.startsWith('/v3/sync') && status === 200)).toBe(true);
}

async function comes(voice = false): Promise<{ guest: Guest; batch: string }> {
  const guest = await arrive(reception, 'anagrafe', { name: 'Prudenza', topic: 'Vanadio', voice });
  return { guest, batch: await batchOf(reception, guest.token) };
}

test('what is looked for is there: at the door, or among the staff', async () => {
  const state = JSON.stringify([await stateIn(reception, door), await stateIn(reception, office)]);
  for (const secret of ['Tirannosauro', ...others.users]) expect(state).toContain(secret);
});

/** Awaits that nobody but those from the beginning waits. */
async function settledButOthers(): Promise<void> {
  await until('only those from the beginning wait', async () => {
    const { waiting } = await anna.state<{ waiting: unknown[] }>(office, 'it.portineria.queue');
    return waiting.length === 2;
  });
}

test('a temporary account reads nothing of the others where a room stands ready for it, when it is let in there, in the visit, and after it: of the staff only whoever is there with it', async () => {
  const { guest, batch } = first;
  const ready = await visitOf(guest.person, office);
  await readsNobody(guest, [door, office, ready], [batch]);
  await guest.person.join(ready);
  await readsNobody(guest, [door, office, ready], [batch]);
  await anna.react(office, (await cardOf(reception, office, guest.person.user)).event_id, '✅');
  await told(guest.person, 'the door opens', ({ state }) => state === 'opened');
  await readsNobody(guest, [door, office, ready], [batch], WITH);
  await anna.until('an invitation for who opened', () => anna.invites.has(ready));
  await anna.join(ready);
  await until('anna has the power of the staff there', async () => (await anna.state<{ users: Record<string, number> }>(ready, 'm.room.power_levels')).users[anna.user] === 50);
  await inAndAfter(guest, ready, batch);
});

describe('a temporary account reads nothing of the others', () => {
  test('while it knocks, also with other words, and when it tries to leave', async () => {
    const { guest, batch } = await comes(true);
    await cardOf(reception, office, guest.person.user);
    await readsNobody(guest, [door, office], [batch]);
    await guest.person.knock(door, 'Bussa ancora');
    await told(guest.person, 'the place under the new knock', ({ state }) => state === 'waiting');
    await readsNobody(guest, [door, office], [batch]);
    await guest.person.leave(door).catch((error: unknown) => error);
    await readsNobody(guest, [door, office], [batch]);
    await seeOffOnly(guest);
  });

  test('nor by a sliding stream, which the reception refuses it: its tokens are known by their form', async () => {
    const { guest } = await comes();
    const sliding = (token: string): Promise<Response> => fetch(`${reception.url}/_matrix/client/unstable/org.matrix.simplified_msc3575/sync`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{}' });
    expect((await sliding(guest.token)).status).toBe(403);
    expect((await sliding(reception.homeserver.adminToken)).status).toBe(200);
    await seeOffOnly(guest);
  });

  test('when it was declined, though it asks again, leaves, enters, or staff would invite, kick or ban it, at the door or in the office', async () => {
    const { guest, batch } = await comes();
    const card = await cardOf(reception, office, guest.person.user);
    await anna.react(office, card.event_id, '❌');
    await told(guest.person, 'a refusal', ({ state }) => state === 'declined');
    await readsNobody(guest, [door, office], [batch]);
    for (const room of [door, office]) {
      const attempts = [() => guest.person.knock(room, 'ancora'), () => guest.person.leave(room), () => anna.kick(room, guest.person.user), () => anna.ask('POST', `/rooms/${encodeURIComponent(room)}/ban`, { user_id: guest.person.user }), () => anna.invite(room, guest.person.user), () => guest.person.leave(room), () => guest.person.join(room), () => anna.kick(room, guest.person.user)];
      for (const attempt of attempts) await attempt().catch((error: unknown) => error);
    }
    await readsNobody(guest, [door, office], [batch]);
    await seeOffOnly(guest);
  });

  test('when the door closes, and when it knocks at a closed or a paused one', async () => {
    const set = (content: object): Promise<unknown> => anna.ask('PUT', `/rooms/${encodeURIComponent(office)}/state/${DOOR}/`, content);
    for (const state of ['closed', 'paused'] as const) {
      const { guest, batch } = await comes();
      if (state === 'closed') await cardOf(reception, office, guest.person.user);
      // At another office, which is closed.
      await guest.person.knock(reception.doors.sindaco, 'anche qui');
      await set({ state });
      if (state === 'closed') await told(guest.person, 'it is closed', (ticket) => ticket.state === 'closed');
      await readsNobody(guest, [door, office, reception.doors.sindaco, reception.rooms.sindaco], [batch]);
      await set({ state: 'open' });
      await until('the door is open', async () => ((await (await fetch(`${reception.url}/api/offices/anagrafe`)).json()) as { door: { state: string } }).door.state === 'open');
      if (state === 'closed') await rejoin();
      await seeOffOnly(guest);
    }
  });

  test('when its page was silent for too long', { timeout: paced(240_000) }, async () => {
    const short = await startReception({ config: CONFIG.replace('retention: 0.01', 'retention: 0.01, silence: 0.05') });
    try {
      const there = await peopled(short);
      const guest = await arrive(short, 'anagrafe');
      const batch = await batchOf(short, guest.token);
      await told(guest.person, 'it is taken for gone', ({ state }) => state === 'gone', 200_000);
      const answers = await everything(short, there, guest.token, [short.doors.anagrafe, short.rooms.anagrafe], [batch]);
      expect(leaks(there, answers)).toEqual([]);
    } finally {
      await short.stop();
    }
  });

  test('when it is let in, in the visit, and after it: of the staff only whoever is there with it', async () => {
    const { guest, batch } = await comes();
    const { room } = await letIn(reception, guest);
    await readsNobody(guest, [door, office, room], [batch], WITH);
    await guest.person.join(room);
    await anna.join(room);
    await inAndAfter(guest, room, batch);
  });

  test('while it is being erased: whatever it asks until its token is dead, and whatever it was waiting for', async () => {
    const guests = await Promise.all([1, 2, 3].map(() => comes()));
    for (const { guest } of guests) await cardOf(reception, office, guest.person.user);
    const reading = guests.map(({ guest, batch }) => readToTheEnd(reception, guest.token, door, batch));
    await Promise.all(guests.map(({ guest }) => goodbye(reception, guest.token)));
    const answers = (await Promise.all(reading)).flat();
    expect(leaks(others, answers)).toEqual([]);
    for (const { guest, batch } of guests) for (const { status } of await everything(reception, others, guest.token, [door, office], [batch])) expect([401, 404, 405]).toContain(status);
    await settledButOthers();
  });
});

test('somebody with an account of their own who has left reads who else was at the door then, which is what temporary accounts are kept from, and nothing of the staff, of who came later, or of an earlier door', async () => {
  const rosa = await reception.person('rosa');
  const batch = await batchOf(reception, rosa.token);
  await rosa.knock(aliasOf(reception, 'anagrafe'), 'x');
  await rosa.withdraw();
  const later = await strangerAt(reception, 'un Megalosauro');
  await cardOf(reception, office, later.user);
  const answers = await everything(reception, others, rosa.token, [door, office], [batch, await batchOf(reception, rosa.token)]);
  expect(answers.find(({ asked }) => asked === `/v3/rooms/${encodeURIComponent(door)}/members`)?.text).toContain('Tirannosauro');
  const told = answers.filter(({ asked, status }) => (status < 400 && asked.includes(encodeURIComponent(door))) || asked.startsWith('/v3/sync')).map(({ text }) => text).join('\n');
  for (const secret of ['Megalosauro', later.user, anna.user, reception.bruno.user, 'Anna Impiegata', 'Zefirinico', 'Molibdeno']) expect(told).not.toContain(secret);
  // Of the staff's own room not even that it is there.
  expect(answers.filter(({ asked, status }) => asked.includes(encodeURIComponent(office)) && status < 400).map(({ asked }) => asked)).toEqual([]);
  await later.withdraw();
  await settledButOthers();
});

/** Who is in the visit with the visitor. */
const WITH = ['@anna:localhost', 'Anna Impiegata'];

/** In a visit with anna, and after its end. */
async function inAndAfter(guest: Guest, room: string, batch: string): Promise<void> {
  await anna.say(room, 'Buongiorno');
  await readsNobody(guest, [door, office, room], [batch], WITH);
  // Another knock in the midst of it is turned away.
  await guest.person.knock(door, 'sono già dentro');
  await guest.person.leave(room);
  await until('the visit is over', () => isOver(room));
  await readsNobody(guest, [door, office, room], [batch], WITH);
  await seeOffOnly(guest);
}

async function isOver(room: string): Promise<boolean> {
  return (await stateIn(reception, room)).some(({ type, content }) => type === 'it.portineria.visit' && content['ended_at'] !== undefined);
}

async function seeOffOnly(guest: Guest): Promise<void> {
  await goodbye(reception, guest.token);
  await erased(guest.person);
  await settledButOthers();
}

/** After the door was closed: two wait again, as at the beginning. */
async function rejoin(): Promise<void> {
  for (const reason of ['un Tirannosauro', 'sono Ermenegilda']) {
    const { user } = await strangerAt(reception, reason);
    await cardOf(reception, office, user);
    others = { ...others, users: [...others.users, user], secrets: [...others.secrets, user] };
  }
}
