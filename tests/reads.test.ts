/** What a visitor's account can read of others, by all that the homeserver's client interface answers, at each moment of its way. */
import { describe, expect, test } from 'vitest';
import { DOOR } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { until, type Person } from './rig/matrix.ts';
import { ask, batchOf, everything, leaks, readToTheEnd, type Others } from './rig/reading.ts';
import { arrive, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { admin, cardOf, erased, goodbye, knockOf, letIn, strangerAt, told, visitOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let anna: Person;
let office: string;
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
  const [waits, , left, kicked] = people;
  if (waits === undefined || left === undefined || kicked === undefined) throw new Error('Expected four people');
  const events = await Promise.all(people.map(({ user }) => knockOf(there, rooms.anagrafe, user)));
  events.push((await cardOf(there, rooms.anagrafe, waits.user)).event_id);
  await left.leave(rooms.anagrafe);
  await clerk.kick(rooms.anagrafe, kicked.user, 'torni con un Diplodoco');
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

test('the staff read all of it: what is looked for is there', async () => {
  const { state } = await admin<{ state: unknown[] }>(reception, `/v1/rooms/${encodeURIComponent(office)}/state`);
  for (const secret of ['Tirannosauro', ...others.users]) expect(JSON.stringify(state)).toContain(secret);
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
  await readsNobody(guest, [office, ready], [batch]);
  await guest.person.join(ready);
  await readsNobody(guest, [office, ready], [batch]);
  await anna.react(office, (await cardOf(reception, office, guest.person.user)).event_id, '✅');
  await told(guest.person, 'the door opens', ({ state }) => state === 'opened');
  await readsNobody(guest, [office, ready], [batch], WITH);
  await anna.until('an invitation for who opened', () => anna.invites.has(ready));
  await anna.join(ready);
  await until('anna has the power of the staff there', async () => (await anna.state<{ users: Record<string, number> }>(ready, 'm.room.power_levels')).users[anna.user] === 50);
  await inAndAfter(guest, ready, batch);
});

describe('a temporary account reads nothing of the others', () => {
  test('while it knocks, also with other words, and when it tries to leave', async () => {
    const { guest, batch } = await comes(true);
    await cardOf(reception, office, guest.person.user);
    await readsNobody(guest, [office], [batch]);
    await guest.person.knock(office, 'Bussa ancora');
    await told(guest.person, 'the place under the new knock', ({ state }) => state === 'waiting');
    await readsNobody(guest, [office], [batch]);
    await guest.person.leave(office).catch((error: unknown) => error);
    await readsNobody(guest, [office], [batch]);
    await seeOffOnly(guest);
  });

  test('nor by a sliding stream, which the reception refuses it: its tokens are known by their form', async () => {
    const { guest } = await comes();
    const sliding = (token: string): Promise<Response> => fetch(`${reception.url}/_matrix/client/unstable/org.matrix.simplified_msc3575/sync`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{}' });
    expect((await sliding(guest.token)).status).toBe(403);
    expect((await sliding(reception.homeserver.adminToken)).status).toBe(200);
    await seeOffOnly(guest);
  });

  test('when it was declined, though it asks again, leaves, or is approved, kicked or banned', async () => {
    const { guest, batch } = await comes();
    const card = await cardOf(reception, office, guest.person.user);
    await anna.react(office, card.event_id, '❌');
    await told(guest.person, 'a refusal', ({ state }) => state === 'declined');
    await readsNobody(guest, [office], [batch]);
    const attempts = [() => guest.person.knock(office, 'ancora'), () => guest.person.leave(office), () => anna.kick(office, guest.person.user), () => anna.ask('POST', `/rooms/${encodeURIComponent(office)}/ban`, { user_id: guest.person.user }), () => anna.invite(office, guest.person.user), () => guest.person.leave(office), () => guest.person.join(office), () => anna.kick(office, guest.person.user)];
    for (const attempt of attempts) await attempt().catch((error: unknown) => error);
    // An invitation says who has sent it, and nothing else.
    await readsNobody(guest, [office], [batch], WITH);
    await seeOffOnly(guest);
  });

  test('when the door closes, and when it knocks at a closed or a paused one', async () => {
    const door = (content: object): Promise<unknown> => anna.ask('PUT', `/rooms/${encodeURIComponent(office)}/state/${DOOR}/`, content);
    for (const state of ['closed', 'paused'] as const) {
      const { guest, batch } = await comes();
      if (state === 'closed') await cardOf(reception, office, guest.person.user);
      // At another office, which is closed.
      await guest.person.knock(reception.rooms.sindaco, 'anche qui');
      await door({ state });
      if (state === 'closed') await told(guest.person, 'it is closed', (ticket) => ticket.state === 'closed');
      await readsNobody(guest, [office, reception.rooms.sindaco], [batch]);
      await door({ state: 'open' });
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
      const answers = await everything(short, there, guest.token, [short.rooms.anagrafe], [batch]);
      expect(leaks(there, answers)).toEqual([]);
    } finally {
      await short.stop();
    }
  });

  test('when it is let in, in the visit, and after it: of the staff only whoever is there with it', async () => {
    const { guest, batch } = await comes();
    const { room } = await letIn(reception, guest);
    await readsNobody(guest, [office, room], [batch], WITH);
    await guest.person.join(room);
    await anna.join(room);
    await inAndAfter(guest, room, batch);
  });

  test('when the staff’s own client has approved the knock: invited there, it stays outside', async () => {
    const { guest, batch } = await comes();
    await cardOf(reception, office, guest.person.user);
    await anna.invite(office, guest.person.user);
    await readsNobody(guest, [office], [batch], WITH);
    const room = await visitOf(guest.person, office);
    await guest.person.join(room);
    for (const attempt of [() => guest.person.join(office), () => guest.person.leave(office)]) await attempt().catch((error: unknown) => error);
    await readsNobody(guest, [office, room], [batch], WITH);
    await seeOffOnly(guest);
  });

  test('while it is being erased: whatever it asks until its token is dead, and whatever it was waiting for', async () => {
    const guests = await Promise.all([1, 2, 3].map(() => comes()));
    for (const { guest } of guests) await cardOf(reception, office, guest.person.user);
    const reading = guests.map(({ guest, batch }) => readToTheEnd(reception, guest.token, office, batch));
    await Promise.all(guests.map(({ guest }) => goodbye(reception, guest.token)));
    const answers = (await Promise.all(reading)).flat();
    expect(leaks(others, answers)).toEqual([]);
    for (const { guest, batch } of guests) for (const { status } of await everything(reception, others, guest.token, [office], [batch])) expect([401, 404, 405]).toContain(status);
    await settledButOthers();
  });
});

test('somebody with an account of their own who has left reads the others: that is what temporary accounts are kept from', async () => {
  const rosa = await reception.homeserver.registerUser('rosa');
  const at = `/v3/rooms/${encodeURIComponent(office)}`;
  for (const [path, body] of [[`/v3/knock/${encodeURIComponent(office)}`, { reason: 'x' }], [`${at}/leave`, {}]] as const) expect((await ask(reception, rosa.access_token, path, body)).status).toBe(200);
  expect((await ask(reception, rosa.access_token, `${at}/members`)).text).toContain('Tirannosauro');
  await settledButOthers();
});

/** Who is in the visit with the visitor. */
const WITH = ['@anna:localhost', 'Anna Impiegata'];

/** In a visit with anna, and after its end. */
async function inAndAfter(guest: Guest, room: string, batch: string): Promise<void> {
  await anna.say(room, 'Buongiorno');
  await readsNobody(guest, [office, room], [batch], WITH);
  // Another knock in the midst of it is turned away.
  await guest.person.knock(office, 'sono già dentro');
  await guest.person.leave(room);
  await until('the visit is over', () => isOver(room));
  await readsNobody(guest, [office, room], [batch], WITH);
  await seeOffOnly(guest);
}

async function isOver(room: string): Promise<boolean> {
  const { state } = await admin<{ state: { type: string; content: { ended_at?: number } }[] }>(reception, `/v1/rooms/${encodeURIComponent(room)}/state`);
  return state.some(({ type, content }) => type === 'it.portineria.visit' && content.ended_at !== undefined);
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
