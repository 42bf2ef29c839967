/** Where the homeserver accepts invitations for its people by itself, nobody gets inside the door or the office all the same. */
import { expect, test } from 'vitest';
import { insideOf } from '../rig/administrator.ts';
import { Person, until } from '../rig/matrix.ts';
import { arrive, cardsIn, startReception, type Card, type Reception } from '../rig/reception.ts';
import { atDoor, cardOf, porterOf, seeOff, settled, strangerAt, told, visitsOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

const PORTER = '@portineria:localhost';

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
