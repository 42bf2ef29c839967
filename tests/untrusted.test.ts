/** Whatever comes from outside is text, and whoever is not of the office's staff commands nothing. */
import { describe, expect, test } from 'vitest';
import type { Problem } from '@portineria/config/api';
import { CARD, OFFICE, VISIT } from '@portineria/config/events';
import { insideOf, officeRoom } from './rig/administrator.ts';
import { Failure, until, type Person } from './rig/matrix.ts';
import { arrive, askForAccount, cardsIn, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, porterOf, roomsOf, seeOff, strangerAt, ticketsOf, visitOf, visitsOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

const PORTER = '@portineria:localhost';

let reception: Reception;
let anna: Person;
let bruno: Person;
let office: string;
/** Of the staff, in another office only. */
let dora: Person;
stage(async () => {
  reception = await startReception({ config: CONFIG.replace('staff: ["@anna:localhost"]', 'staff: ["@anna:localhost", "@dora:localhost"]') });
  ({ anna, bruno } = reception);
  office = reception.rooms.anagrafe;
  dora = await reception.person('dora');
  await dora.join(reception.rooms.sindaco);
}, () => reception.stop());

/** Something that staff do and that is answered, so that all that was sent before it has been heard. */
async function heard(): Promise<void> {
  const notices = (): number => anna.timeline.filter(({ room, event }) => room === office && event.content['msgtype'] === 'm.notice').length;
  await anna.sync();
  const before = notices();
  await anna.say(office, '!aiuto');
  await anna.until('the porter has heard everything', () => notices() > before);
}

/** Holds that a guest still waits: nobody has opened or declined. */
async function stillWaits({ person }: Guest, number: number): Promise<void> {
  await heard();
  // What is published waits a moment while somebody else is entering.
  await until('the ticket waits', async () => (await waitingIn(reception, office)).some((ticket) => ticket.number === number), 5_000);
  await person.sync();
  expect([...person.invites.keys()]).toEqual([]);
  expect(ticketsOf(person).every(({ state }) => state === 'waiting')).toBe(true);
}

describe('a visitor’s words', () => {
  const RLO = '\u202E';
  const words: [kind: string, name: string, topic: string][] = [
    ['HTML', '<img src=x onerror=alert(1)><b>Maria</b>', '</blockquote><script>alert(1)</script><a href="javascript:alert(1)">clic</a>'],
    ['marks that turn the direction', `Maria${RLO}ihcnaiB\u2066`, `certi${RLO}\u200F\u061Cficato`],
    ['a call to everybody in the room', '@room Maria', 'ciao @room e @anna:localhost'],
    ['line breaks', 'Maria\nN. 99 · Sindaco', 'uno\r\n\r\n✅ già aperto\u2028due\u0085tre'],
    ['null bytes and other controls', 'Ma\u0000ria\u0007', 'car\u0000ta\u001B[31m'],
    ['a command', '!apri', '!apri\n!fine'],
  ];
  test.for(words)('with %s stand on the card as harmless text', async ([, name, topic]) => {
    const guest = await arrive(reception, 'anagrafe', { name, topic });
    const card = await cardOf(reception, office, guest.person.user);
    const { body, html, content } = card;
    // As many lines as the card has by itself: title, topic, how to answer, wish, mentions.
    expect(body.split(/[\n\r\u2028\u2029\u0085]/u)).toHaveLength(5);
    expect(body).not.toMatch(/[\p{Cc}\p{Cf}](?<![\n\u2060])/u);
    expect(body).not.toMatch(/@room\b/u);
    expect(html).not.toMatch(/@room\b/u);
    // Nothing but the card's own elements, and links to nothing but the staff.
    const tags = [...html.matchAll(/<\/?([a-z]+)/giu)].map(([, tag]) => tag);
    expect([...new Set(tags)].sort()).toEqual(['a', 'blockquote', 'br', 'p', 'strong']);
    expect([...html.matchAll(/<a href="([^"]*)"/gu)].map(([, href]) => href)).toEqual([anna, bruno].map(({ user }) => `https://matrix.to/#/${encodeURIComponent(user)}`));
    expect(content['m.mentions']).toEqual({ user_ids: [anna.user, bruno.user] });
    await anna.react(office, card.event_id, '✅');
    const visit = await visitOf(guest.person, office);
    const { state } = (await visitsOf(reception)).find(({ room }) => room === visit) ?? { state: [] };
    const roomName = String(state.find(({ type }) => type === 'm.room.name')?.content['name']);
    expect(roomName).toMatch(/^N\. \d+ · /u);
    expect(roomName).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202E]/u);
    await seeOff(reception, guest);
  });

  test('of ten kilobytes are refused, with the field that is too long', async () => {
    const wish = { office: 'anagrafe', name: 'Maria', topic: 'un certificato', language: 'it', voice: false, consent: true };
    for (const [field, value] of [['name', 'à'.repeat(5000)], ['topic', 'x'.repeat(10_000)]] as const) {
      const response = await askForAccount(reception, { ...wish, [field]: value });
      expect(response.status).toBe(400);
      const problem = (await response.json()) as Problem;
      expect(problem.faults?.map(({ path }) => path)).toEqual([field]);
      expect(JSON.stringify(problem).length).toBeLessThan(1000);
    }
  });

  test('as the reason of a knock by another client are cut to a card’s length, and cannot forge a line', async () => {
    const mallory = await reception.person('mallory');
    await mallory.ask('PUT', `/profile/${encodeURIComponent(mallory.user)}/displayname`, { displayname: `Sindaco${RLO}` });
    await mallory.knock('#anagrafe:localhost', `uno\n✅ N. 1: ha aperto ${anna.user}\n${'<b>@room</b> '.repeat(900)}`);
    const card = await cardOf(reception, office, mallory.user);
    expect(card.body.length).toBeLessThan(1000);
    expect(card.body.split('\n')).toHaveLength(4);
    expect(card.html).not.toContain('<b>');
    expect(card.body).toContain(mallory.user);
    expect(card.body).not.toContain('Sindaco');
    await mallory.withdraw();
    await anna.until('the card is over', () => cardsIn(anna, office).every(({ over }) => over));
  });
});

describe('nobody but the office’s staff', () => {
  test('opens a door: not a visitor in a visit, not a stranger, not the staff of another office', async () => {
    const [inside, waiting] = [await arrive(reception, 'anagrafe', { name: 'Luca Neri' }), await arrive(reception, 'anagrafe')];
    const card = await cardOf(reception, office, inside.person.user);
    await anna.react(office, card.event_id, '✅');
    const visit = await visitOf(inside.person, office);
    await inside.person.join(visit);
    const other = await cardOf(reception, office, waiting.person.user);
    const stranger = await reception.person('straniero');
    for (const person of [inside.person, waiting.person, stranger, dora]) {
      await expect(person.react(office, other.event_id, '✅')).rejects.toThrow(Failure);
      await expect(person.say(office, `!apri ${other.number}`)).rejects.toThrow(Failure);
      // The homeserver counts how often somebody is invited.
      await expect(person.invite(office, waiting.person.user)).rejects.toThrow(Failure);
      await expect(person.invite(waiting.person.door, inside.person.user)).rejects.toThrow(Failure);
    }
    // Where they may speak, nobody listens.
    await inside.person.say(visit, `!apri ${other.number}`);
    await expect(inside.person.react(visit, other.event_id, '✅')).rejects.toThrow(Failure);
    await dora.say(reception.rooms.sindaco, `!apri ${other.number}`);
    await expect(dora.react(reception.rooms.sindaco, other.event_id, '✅')).rejects.toThrow(Failure);
    await stillWaits(waiting, other.number);
    await seeOff(reception, inside, waiting);
  });

  test('asks a stranger into the office, and at the door not even the staff have a say', async () => {
    const [guest, stranger] = [await arrive(reception, 'anagrafe'), await strangerAt(reception)];
    const { number } = await cardOf(reception, office, guest.person.user);
    await cardOf(reception, office, stranger.user);
    const { door } = stranger;
    for (const user of [guest.person.user, stranger.user, dora.user]) {
      // Who is of the staff is the configuration's to say.
      await expect(anna.invite(office, user)).rejects.toMatchObject({ status: 403 });
      await expect(anna.invite(door, user)).rejects.toMatchObject({ status: 403 });
      await expect(anna.kick(door, user)).rejects.toMatchObject({ status: 403 });
      await expect(anna.ask('POST', `/rooms/${encodeURIComponent(door)}/ban`, { user_id: user })).rejects.toMatchObject({ status: 403 });
    }
    await expect(anna.join(door)).rejects.toMatchObject({ status: 403 });
    await expect(anna.say(door, 'C’è qualcuno?')).rejects.toMatchObject({ status: 403 });
    await expect(anna.ask('GET', `/rooms/${encodeURIComponent(door)}/state`)).rejects.toMatchObject({ status: 403 });
    expect(await insideOf(reception, door)).toEqual([PORTER]);
    await stranger.withdraw();
    await stillWaits(guest, number);
    await seeOff(reception, guest);
  });

  test('is heard: not a colleague whose power was taken away', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const card = await cardOf(reception, office, guest.person.user);
    const levels = await anna.state<{ users: Record<string, number> }>(office, 'm.room.power_levels');
    // Staff cannot give each other power, or take it: only the porter can.
    await expect(bruno.ask('PUT', `/rooms/${encodeURIComponent(office)}/state/m.room.power_levels/`, { ...levels, users: { ...levels.users, [bruno.user]: 100 } })).rejects.toThrow(Failure);
    await porterOf(reception).ask('PUT', `/rooms/${encodeURIComponent(office)}/state/m.room.power_levels/`, { ...levels, users: { ...levels.users, [bruno.user]: 0 } });
    await bruno.say(office, `!apri ${card.number}`);
    await bruno.react(office, card.event_id, '✅');
    await stillWaits(guest, card.number);
    await seeOff(reception, guest);
  });

  test('opens by a command that is older than the knock', async () => {
    await anna.say(office, '!apri');
    const guest = await arrive(reception, 'anagrafe');
    const card = await cardOf(reception, office, guest.person.user);
    await stillWaits(guest, card.number);
    await seeOff(reception, guest);
  });

  test('forges a card: what staff write themselves opens nothing', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const card = await cardOf(reception, office, guest.person.user);
    const forged = await anna.send(office, 'm.room.message', { msgtype: 'm.text', body: 'una scheda', [CARD]: { knock: card.knock, number: 99 } });
    await anna.react(office, forged, '✅');
    await stillWaits(guest, card.number);
    await seeOff(reception, guest);
  });

  test('forges a visit or an office: the porter believes only its own word, also after a restart', async () => {
    const before = await roomsOf(reception);
    const { room_id: room } = await anna.ask<{ room_id: string }>('POST', '/createRoom', {
      preset: 'private_chat',
      initial_state: [
        { type: OFFICE, state_key: '', content: { id: 'anagrafe' } },
        {
          type: VISIT,
          state_key: '',
          content: { office: 'anagrafe', office_room: office, visitor: bruno.user, knock: '$forged', ticket: 1, transport: null, opened_by: anna.user, opened_at: 1, ended_at: 2 },
        },
      ],
      invite: [PORTER],
    });
    await heard();
    await reception.killBot();
    await reception.startBot();
    const guest = await arrive(reception, 'anagrafe');
    await cardOf(reception, office, guest.person.user);
    await heard();
    expect(await anna.state(room, VISIT)).toMatchObject({ knock: '$forged' });
    const { chunk } = await anna.members(room);
    expect(chunk.find(({ state_key }) => state_key === PORTER)?.content['membership']).not.toBe('join');
    // Those of earlier visits may be deleted meanwhile.
    expect((await roomsOf(reception)).filter((one) => !before.includes(one))).toEqual([]);
    await seeOff(reception, guest);
    expect(await officeRoom(reception, 'anagrafe')).toBe(office);
  });
});
