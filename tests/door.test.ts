/** The door apart from the office: who is where, what stays behind, and how a door is made anew while people come. */
import { describe, expect, test } from 'vitest';
import { DOOR_ROOM_TYPE, OFFICE, type OfficeContent } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { aliasOf, allRooms, doorOf, insideOf, membershipsIn, resolveAlias, stands, stateIn } from './rig/administrator.ts';
import { Failure, Person, until, type Event } from './rig/matrix.ts';
import { arrive, askForAccount, cardsIn, CONFIG, startReception, type Card, type Guest, type Reception } from './rig/reception.ts';
import { atDoor, cardOf, erased, goodbye, meet, porterOf, seeOff, settled, strangerAt, told, visitOf, visitsOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

const PORTER = '@portineria:localhost';

interface Levels {
  readonly users: Record<string, number>;
  readonly [what: string]: unknown;
}

/** A room's state by type, for the state that has no key. */
async function stateOf(reception: Reception, room: string): Promise<Map<string, Record<string, unknown>>> {
  return new Map((await stateIn(reception, room)).flatMap(({ type, state_key, content }) => (state_key === '' ? [[type, content]] : [])));
}

describe('a door and its office', () => {
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
});

describe('where the homeserver accepts invitations for its people by itself', () => {
  let reception: Reception;
  let anna: Person;
  let office: string;
  let door: string;
  stage(async () => {
    reception = await startReception({ extra: { auto_accept_invites: { enabled: true } } });
    anna = reception.anna;
    office = reception.rooms.anagrafe;
    door = reception.doors.anagrafe;
  }, () => reception.stop());

  /** The visit that somebody was taken into. */
  async function visitWith(user: string): Promise<string> {
    const { room } = await until('they are in the visit', async () => {
      for (const one of await visitsOf(reception)) if (one.visit.visitor === user && one.visit.ended_at === undefined && (await insideOf(reception, one.room)).includes(user)) return one;
      return null;
    });
    return room;
  }
  async function nobodyElseInside(): Promise<void> {
    expect(await insideOf(reception, door)).toEqual([PORTER]);
    expect((await insideOf(reception, office)).toSorted()).toEqual([anna.user, reception.bruno.user, PORTER].toSorted());
  }

  test('a knock is served as any, and nobody gets inside the door or the office', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const stranger = await strangerAt(reception);
    const turnedAway = await strangerAt(reception);
    for (const user of [guest.person.user, stranger.user]) {
      await anna.react(office, (await cardOf(reception, office, user)).event_id, '✅');
      const visit = await visitWith(user);
      await until('whoever opened is there, too', async () => (await insideOf(reception, visit)).includes(anna.user));
      await nobodyElseInside();
    }
    await anna.say(office, `!rifiuta ${(await cardOf(reception, office, turnedAway.user)).number}`);
    await turnedAway.until('the knock is turned away', () => turnedAway.left.has(door));
    await nobodyElseInside();
    await stranger.leave(await visitWith(stranger.user));
    await seeOff(reception, guest);
    await nobodyElseInside();
  });

  test('whoever is brought inside the door all the same sees the porter and nobody else, and is answered as any knock', async () => {
    for (const answer of ['✅', '❌']) {
      const lea = await reception.person(`lea-${answer === '✅' ? 1 : 2}`);
      const before = new Set(cardsIn(anna, office).map(({ event_id }) => event_id));
      if (answer === '✅') await lea.knock(door, 'un certificato');
      await porterOf(reception).invite(door, lea.user);
      await until('she is inside', async () => (await atDoor(reception, lea.user)) === 'join');
      expect(Object.keys((await lea.ask<{ joined: object }>('GET', `/rooms/${encodeURIComponent(door)}/joined_members`)).joined).toSorted()).toEqual([lea.user, PORTER].toSorted());
      await expect(lea.say(door, 'C’è qualcuno?')).rejects.toMatchObject({ status: 403 });
      const card: Card = await anna.until('a card', () => cardsIn(anna, office).find(({ event_id, over }) => !before.has(event_id) && !over));
      expect(await told(lea, 'a place', ({ state }) => state === 'waiting')).toMatchObject({ number: card.number, knock: card.knock });
      await anna.react(office, card.event_id, answer);
      if (answer === '✅') {
        const visit = await visitWith(lea.user);
        await until('she is out of the door', async () => (await atDoor(reception, lea.user)) === 'leave');
        await lea.leave(visit);
      } else {
        await told(lea, 'a refusal', ({ state }) => state === 'declined');
        await until('she is out of the door', async () => (await atDoor(reception, lea.user)) === 'leave');
      }
      await settled(reception);
      await nobodyElseInside();
    }
  });
});

describe('a door that has seen many', () => {
  let reception: Reception;
  let anna: Person;
  let office: string;
  stage(async () => {
    reception = await startReception({ config: CONFIG.replace('retention: 0.01', 'retention: 0.01, door_visits: 3') });
    anna = reception.anna;
    office = reception.rooms.anagrafe;
  }, () => reception.stop());

  /** Comes and goes. */
  async function calls(): Promise<number> {
    const guest = await arrive(reception, 'anagrafe');
    const { number } = await cardOf(reception, office, guest.person.user);
    await seeOff(reception, guest);
    return number;
  }
  /** Awaits that the alias leads from a door to the next one: once the book knows of all who came, which in quiet offices takes two minutes. */
  const nextAfter = (door: string): Promise<string> => until('another door', async () => {
    const now = await resolveAlias(reception, '#anagrafe:localhost');
    return now !== null && now !== door && now;
  }, 180_000);
  /** An account as the page gets it, that has not knocked yet. */
  async function account(): Promise<Guest & { knock: { room_id: string; alias: string; reason: string } }> {
    const answer = await askForAccount(reception, { office: 'anagrafe', name: 'Maria', topic: '', language: 'it', voice: false, consent: true });
    const { user_id, access_token, knock } = (await answer.json()) as { user_id: string; access_token: string; knock: { room_id: string; alias: string; reason: string } };
    const person = new Person(reception.homeserver.url, user_id, access_token);
    await person.sync();
    return { person, token: access_token, knock };
  }
  /** Waits, is let in, and goes. */
  async function isServed(guest: Guest): Promise<number> {
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

  test('is made anew once nobody waits; whoever was sent to the one before is served there for a while, and then it is gone with all its memberships', { timeout: paced(240_000) }, async () => {
    const old = await doorOf(reception, 'anagrafe');
    const [early, late] = [await account(), await account()];
    expect([early.knock.room_id, late.knock.room_id]).toEqual([old, old]);
    const numbers = [await calls(), await calls()];
    expect(await doorOf(reception, 'anagrafe')).toBe(old);
    numbers.push(await calls());
    const next = await nextAfter(old);
    expect(await insideOf(reception, next)).toEqual([PORTER]);
    expect(await membershipsIn(reception, next)).toEqual(new Map([[PORTER, 'join']]));
    expect((await stateOf(reception, next)).get(OFFICE)).toMatchObject({ id: 'anagrafe' });

    // At the one before, by whoever had its id.
    await early.person.knock(early.knock.room_id, early.knock.reason);
    numbers.push(await isServed(early));
    // By the page, and by the alias.
    const guest = await arrive(reception, 'anagrafe');
    expect(guest.person.door).toBe(next);
    numbers.push(await isServed(guest));
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
    await isServed(late);
    expect((await allRooms(reception)).filter(({ room_type, canonical_alias }) => room_type === DOOR_ROOM_TYPE && canonical_alias === '#sindaco:localhost')).toHaveLength(1);
  });

  test.for(['before', 'after'] as const)('loses nobody who knocks in the very moment, %s the alias leads to the next', { timeout: paced(300_000) }, async (when) => {
    const old = await doorOf(reception, 'anagrafe');
    const coming = await Promise.all([1, 2, 3].map((one) => reception.person(`momento-${when}-${one}`)));
    const moment = new Promise<string[]>((resolve, reject) => {
      // What says that the room is a door comes once the alias leads there.
      const request = when === 'before' ? /^PUT .*\/directory\/room\/#anagrafe/u : /^PUT .*\/state\/m\.room\.canonical_alias/u;
      reception.toll.trapAt(request, 'before', () => {
        Promise.all(coming.map((person) => person.knock('#anagrafe:localhost', 'un certificato'))).then(resolve, reject);
      });
    });
    for (let time = 0; time < 3; time++) {
      const passing = await strangerAt(reception);
      await cardOf(reception, office, passing.user);
      await passing.withdraw();
      await settled(reception);
    }
    const next = (await moment).map((door) => door !== old);
    expect(next).toEqual(coming.map(() => when === 'after'));
    for (const person of coming) {
      const ticket = await told(person, 'a place', ({ state }) => state === 'waiting');
      expect(await anna.until('a card', () => cardsIn(anna, office).find(({ knock }) => knock === ticket.knock))).toMatchObject({ number: ticket.number, over: false });
    }
    await until('these three wait', async () => (await waitingIn(reception, office)).length === 3);
    await nextAfter(old);
    for (const person of coming) await person.withdraw();
    await settled(reception);
  });

  test('a bot that is killed while it makes another goes on where it was: there is one door, and whoever comes is served', { timeout: paced(900_000) }, async () => {
    for (const [which, when] of [[/^POST .*\/createRoom/u, 'after'], [/^PUT .*\/directory\/room\//u, 'after'], [/^PUT .*\/state\/m\.room\.canonical_alias/u, 'before']] as const) {
      const old = await doorOf(reception, 'anagrafe');
      const fallen = new Promise<void>((resolve, reject) => {
        reception.toll.trapAt(which, when, () => {
          reception.killBot().then(() => reception.startBot()).then(resolve, reject);
        });
      });
      let isOver = false;
      void fallen.finally(() => { isOver = true; });
      for (let time = 0; time < 4 && !isOver; time++) {
        const passing = await strangerAt(reception);
        await cardOf(reception, office, passing.user);
        await passing.withdraw();
        await settled(reception);
      }
      await fallen;
      await nextAfter(old);
      await isServed(await arrive(reception, 'anagrafe'));
    }
    await until('of former doors and of halves nothing is left', async () => (await allRooms(reception)).filter(({ room_type }) => room_type === DOOR_ROOM_TYPE).length === 2, 180_000);
    expect((await fetch(`${reception.url}/health/ready`)).status).toBe(200);
  });
});

