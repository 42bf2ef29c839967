/** Visits from the knock to the end, on a real homeserver, by people who speak plain Matrix. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ComuneBody } from '@portineria/config/api';
import { VISIT } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { insideOf } from './rig/administrator.ts';
import { Failure, until, type Person } from './rig/matrix.ts';
import { arrive, cardsIn, startReception, type Card, type Guest, type Reception } from './rig/reception.ts';
import { atDoor, cardOf, erased, goodbye, knockOf, meet, membershipsOf, porterOf, purged, reasonOf, seeOff, settled, strangerAt, ticketsOf, told, visitOf, visitsOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let anna: Person;
let bruno: Person;
let office: string;
stage(async () => {
  reception = await startReception();
  ({ anna, bruno } = reception);
  office = reception.rooms.anagrafe;
}, () => reception.stop());

/** The one visit of a guest, seen by the homeserver's administrator; it is this one and no other. */
async function onlyVisit({ person }: Guest) {
  const room = await visitOf(person, office);
  const visits = (await visitsOf(reception)).filter(({ visit }) => visit.visitor === person.user);
  expect(visits.map((visit) => visit.room)).toEqual([room]);
  expect(await insideOf(reception, office)).not.toContain(person.user);
  return room;
}

/** Awaits that these numbers wait, in this order, as desks see it. */
async function queueIs(...numbers: number[]): Promise<void> {
  const waiting = async () => (await waitingIn(reception, office)).map(({ number }) => number);
  await until(`the queue is [${numbers.join()}]`, async () => isDeepStrictEqual(await waiting(), numbers));
}

describe('opening', () => {
  const ways: [name: string, open: (card: Card) => Promise<unknown>][] = [
    ['a tap on ✅', (card) => anna.react(office, card.event_id, '✅')],
    ['a tap on 👍 from a picker that adds U+FE0F', (card) => anna.react(office, card.event_id, '👍\uFE0F')],
    ['!apri with the number', (card) => anna.say(office, `!apri ${card.number}`)],
    ['!apri alone', () => anna.say(office, '!apri')],
    [
      'a reply to the card, with the fallback that older clients write',
      (card) =>
        anna.send(office, 'm.room.message', {
          msgtype: 'm.text',
          body: `> <@portineria:localhost> ${card.body.replaceAll('\n', '\n> ')}\n\n!apri`,
          'm.relates_to': { 'm.in_reply_to': { event_id: card.event_id } },
        }),
    ],
  ];

  test.for(ways)('by %s brings both into one encrypted room, and not even a knock of the visitor’s comes near the office’s', async ([, open]) => {
    const guest = await arrive(reception, 'anagrafe');
    const card = await cardOf(reception, office, guest.person.user);
    expect(card.body).toContain('Maria Bianchi');
    expect(card.body).toContain('Carta d’identità');
    const ticket = await told(guest.person, 'a place in the queue', ({ state }) => state === 'waiting');
    expect(ticket).toMatchObject({ place: 1, number: card.number, knock: card.knock });

    await open(card);
    const visit = await onlyVisit(guest);
    await guest.person.join(visit);
    await anna.until('an invitation for who opened', () => anna.invites.has(visit));
    await anna.join(visit);
    expect(await anna.state(visit, 'm.room.encryption')).toMatchObject({ algorithm: 'm.megolm.v1.aes-sha2' });
    expect(await anna.state(visit, VISIT)).toMatchObject({ office: 'anagrafe', opened_by: anna.user, visitor: guest.person.user });
    expect(await told(guest.person, 'where the visit is', ({ state }) => state === 'opened')).toMatchObject({ visit, number: card.number });
    const cardNow = (): string => cardsIn(anna, office).find(({ event_id }) => event_id === card.event_id)?.body ?? '';
    await anna.until('the card says who opened, and where to', () => cardNow().includes('ha aperto anna alle ') && cardNow().includes(encodeURIComponent(card.visit ?? 'nowhere')));
    expect(cardNow()).not.toContain('Maria');

    await seeOff(reception, guest);
    expect(cardNow()).toMatch(new RegExp(`^N\\. ${card.number} · ricevuto da anna, \\d\\d:\\d\\d-\\d\\d:\\d\\d$`, 'u'));
    await anna.sync();
    expect(membershipsOf(anna, office, guest.person.user)).toEqual([]);
  });

  test('by two members of staff at the same moment makes one visit, which the colleague may join and a stranger may not', async () => {
    const [guest, other] = [await arrive(reception, 'anagrafe'), await arrive(reception, 'anagrafe', { name: 'Luca Neri' })];
    const card = await cardOf(reception, office, guest.person.user);
    await Promise.all([anna.react(office, card.event_id, '✅'), bruno.react(office, card.event_id, '✅')]);
    const visit = await onlyVisit(guest);
    await Promise.all([anna.join(visit), bruno.join(visit)]);
    const stranger = await reception.person('straniero');
    await expect(stranger.join(visit)).rejects.toThrow(Failure);
    await expect(other.person.join(visit)).rejects.toThrow(Failure);
    await seeOff(reception, guest, other);
  });
});

describe('declining', () => {
  test('by ❌ tells the visitor, whose account lives on to hear it, and a minute later the knock goes with it', { timeout: paced(120_000) }, async () => {
    const guest = await arrive(reception, 'anagrafe');
    const card = await cardOf(reception, office, guest.person.user);
    await anna.react(office, card.event_id, '❌');
    const ticket = await told(guest.person, 'a refusal', ({ state }) => state === 'declined');
    expect(ticket).toMatchObject({ number: card.number, knock: card.knock });
    expect(ticket.message).toContain('L’ufficio non può riceverLa ora.');
    await settled(reception);
    // Asking again does not bring it back.
    const { door } = guest.person;
    await guest.person.knock(door, 'ancora io');
    await erased(guest.person, 90_000);
    await until('the membership ends', async () => ['leave', 'none'].includes(await atDoor(reception, guest.person.user)));
    expect(guest.person.left.has(door)).toBe(false);
    expect(await visitsOf(reception)).toEqual([]);
    expect(cardsIn(anna, office).filter(({ over }) => !over)).toEqual([]);
  });

  test('by ❌ takes the knock of a passer-by from the door, with the reason', async () => {
    const rosa = await strangerAt(reception);
    const card = await cardOf(reception, office, rosa.user);
    await anna.react(office, card.event_id, '❌');
    expect(await told(rosa, 'a refusal', ({ state }) => state === 'declined')).toMatchObject({ number: card.number, knock: card.knock });
    await rosa.until('the knock is turned away', () => reasonOf(rosa, rosa.door) !== undefined);
    expect(reasonOf(rosa, rosa.door)).toContain('L’ufficio non può riceverLa ora.');
    await settled(reception);
  });

  test('by a command gives the visitor the staff’s reason, and leaves the others where they are', async () => {
    const first = await arrive(reception, 'anagrafe');
    const waiting = await cardOf(reception, office, first.person.user);
    const second = await arrive(reception, 'anagrafe');
    const third = await strangerAt(reception);
    const cards = [await cardOf(reception, office, second.person.user), await cardOf(reception, office, third.user)];
    for (const { number } of cards) await anna.say(office, `!rifiuta ${number} serve l’appuntamento`);
    for (const person of [second.person, third]) {
      const { message } = await told(person, 'a refusal', ({ state }) => state === 'declined');
      expect(message).toContain('serve l’appuntamento');
    }
    await third.until('the knock is turned away', () => reasonOf(third, third.door)?.includes('serve l’appuntamento'));
    await queueIs(waiting.number);
    await seeOff(reception, first, second);
  });
});

describe('the queue', () => {
  test('loses a knock that is withdrawn, and gives the next one of the same person a new number', async () => {
    const rosa = await strangerAt(reception);
    const first = await cardOf(reception, office, rosa.user);
    await rosa.withdraw();
    await anna.until('the card is over', () => cardsIn(anna, office).some(({ event_id, over }) => event_id === first.event_id && over));
    await queueIs();

    await rosa.knock(rosa.door, 'un altro certificato');
    const second = await cardOf(reception, office, rosa.user);
    expect(second.number).toBe(first.number + 1);
    expect(second.body).toContain('un altro certificato');
    await rosa.withdraw();
    await settled(reception);
  });

  test('loses a knock that the page takes back, and gives the same person, who comes with a new account, a new number', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const first = await cardOf(reception, office, guest.person.user);
    await expect(guest.person.withdraw()).rejects.toMatchObject({ status: 403 });
    expect((await goodbye(reception, guest.token)).status).toBe(204);
    await anna.until('the card is over', () => cardsIn(anna, office).some(({ event_id, over }) => event_id === first.event_id && over));
    await queueIs();

    const again = await arrive(reception, 'anagrafe');
    const second = await cardOf(reception, office, again.person.user);
    expect(second.number).toBe(first.number + 1);
    expect(second.body).toContain('Maria Bianchi');
    await seeOff(reception, again);
  });

  test('keeps number and place of whoever knocks again with other words, on the same card', async () => {
    const rosa = await reception.person('rosa');
    await rosa.knock('#anagrafe:localhost', 'un certificato');
    const card = await cardOf(reception, office, rosa.user);
    const other = await arrive(reception, 'anagrafe');
    await cardOf(reception, office, other.person.user);
    await rosa.knock(rosa.door, 'due certificati');
    await anna.until('the card is changed', () => anna.timeline.some(({ event }) => event.type === 'm.room.message' && String(event.content['body']).startsWith('* ') && String(event.content['body']).includes('due certificati')));
    await queueIs(card.number, card.number + 1);
    expect(cardsIn(anna, office).filter(({ over }) => !over)).toHaveLength(2);
    const again = await told(rosa, 'the place under the new knock', ({ knock }) => knock !== card.knock);
    expect(again).toMatchObject({ number: card.number, place: 1, state: 'waiting' });

    // The card still opens the door, for the knock as it is now.
    await anna.react(office, card.event_id, '✅');
    const visit = await visitOf(rosa, office);
    expect((await visitsOf(reception)).map(({ visit: { knock } }) => knock)).toEqual([again.knock]);
    await rosa.join(visit);
    await rosa.leave(visit);
    await seeOff(reception, other);
  });

  test('shows whoever waits with a client of their own the place, with an invitation and above its room; there the door opens, and calls them', async () => {
    const [first, second] = [await strangerAt(reception), await strangerAt(reception)];
    await Promise.all([first, second].map(({ user }) => cardOf(reception, office, user)));
    const card = await cardOf(reception, office, second.user);
    const [left, room] = [await visitOf(first, office), await visitOf(second, office)];
    const [invited, topic] = ['m.room.member', 'm.room.topic'].map((kind) => second.invites.get(room)?.find(({ type, state_key }) => type === kind && ['', second.user].includes(state_key ?? ''))?.content);
    expect(topic?.['topic']).toContain(`il suo numero è ${card.number}. Prima di lei c’è una persona.`);
    expect(invited?.['reason']).toBe(topic?.['topic']);
    await second.join(room);
    await first.withdraw();
    const above = (words: string): Promise<unknown> => second.until(words, () => second.timeline.some(({ room: at, event }) => at === room && event.type === 'm.room.topic' && String(event.content['topic']).includes(words)));
    await above('Prima di lei non c’è nessuno.');
    await first.until('the room is closed for who went', () => first.left.has(left));
    expect((await second.members(room)).chunk.map(({ state_key }) => state_key).sort()).toEqual([porterOf(reception).user, second.user].sort());
    await anna.react(office, card.event_id, '✅');
    await second.until('the call', () => second.timeline.some(({ room: at, event }) => at === room && JSON.stringify(event.content['m.mentions'] ?? {}).includes(second.user)));
    await anna.until('an invitation for who opened', () => anna.invites.has(room));
    expect((await visitsOf(reception)).map(({ room: at }) => at)).toEqual([room]);
    expect((await second.state(room, 'm.room.topic'))['topic']).toBe('Anagrafe');
    await second.leave(room);
    await settled(reception);
  });

  test('moves up when the first is let in, and each of the others hears of it', async () => {
    const guests = [await arrive(reception, 'anagrafe'), await arrive(reception, 'anagrafe'), await arrive(reception, 'anagrafe')];
    const cards: Card[] = [];
    for (const [index, { person }] of guests.entries()) {
      cards.push(await cardOf(reception, office, person.user));
      await told(person, `place ${index + 1}`, ({ place }) => place === index + 1);
    }
    const numbers = cards.map(({ number }) => number);
    expect(numbers).toEqual([numbers[0], Number(numbers[0]) + 1, Number(numbers[0]) + 2]);
    await anna.say(office, '!apri');
    for (const [index, guest] of guests.entries()) {
      if (index > 0) await told(guest.person, `place ${index} from now on`, (ticket) => ticket === ticketsOf(guest.person).at(-1) && ticket.place === index && ticket.state === 'waiting');
    }
    await until('the page says how many wait', async () => {
      const { offices } = (await (await fetch(`${reception.url}/api/comune`)).json()) as ComuneBody;
      return offices.find(({ id }) => id === 'anagrafe')?.waiting === 2;
    });
    await seeOff(reception, ...guests);
  });
});

describe('the end', () => {
  test('by !fine takes the visitor out', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const { room: visit, number } = await meet(reception, guest);
    await anna.say(office, `!fine ${number}`);
    await guest.person.until('the visit is over', () => guest.person.left.has(visit));
    await settled(reception);
    await seeOff(reception, guest);
  });

  test('comes when the last of the staff leaves', async () => {
    const guest = await arrive(reception, 'anagrafe');
    const { room: visit } = await meet(reception, guest);
    await anna.leave(visit);
    await guest.person.until('the visit is over', () => guest.person.left.has(visit));
    await seeOff(reception, guest);
  });

  test('comes with the page’s goodbye, which erases at once and may be said twice', async () => {
    const guest = await arrive(reception, 'anagrafe');
    await meet(reception, guest);
    const answers = await Promise.all([goodbye(reception, guest.token), goodbye(reception, guest.token)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    await erased(guest.person);
    await settled(reception);
    expect((await goodbye(reception, guest.token)).status).toBe(401);
  });

  test('leaves no knock behind when somebody says goodbye while waiting', async () => {
    const guest = await arrive(reception, 'anagrafe');
    await knockOf(reception, office, guest.person.user);
    await seeOff(reception, guest);
    await until('the knock is gone', async () => ['leave', 'none'].includes(await atDoor(reception, guest.person.user)));
  });

  test('comes when the visitor leaves, and a minute later the account is erased and every room deleted', { timeout: paced(120_000) }, async () => {
    const guest = await arrive(reception, 'anagrafe');
    const { room: visit } = await meet(reception, guest);
    await guest.person.leave(visit);
    await settled(reception);
    await anna.until('the staff are shown out', () => anna.left.has(visit));
    await erased(guest.person, 90_000);
    await purged(reception);
  });
});
