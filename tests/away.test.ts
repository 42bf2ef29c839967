/** The homeserver away, the line cut, the bot down, events late or twice: nothing is lost, doubled or left hanging. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Problem } from '@portineria/config/api';
import { paced } from '@portineria/config/pace';
import { until, type Person } from './rig/matrix.ts';
import { arrive, askForAccount, cardsIn, startReception, type Card, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, goodbye, goodbyeOnce, knockOf, meet, ringOf, seeOff, settled, strangerAt, told, visitOf, visitsOf, waitingIn } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

const DOOR_ALIAS = '#anagrafe:localhost';

let reception: Reception;
let anna: Person;
let office: string;
stage(async () => {
  reception = await startReception();
  anna = reception.anna;
  office = reception.rooms.anagrafe;
}, () => reception.stop());
afterEach(async () => {
  reception.toll.shut(false);
  reception.stream.shut(false);
});

interface Waiting {
  readonly guest: Guest;
  readonly card: Card;
}

/** Somebody who waits, with a card and a place. */
async function waits(name: string): Promise<Waiting> {
  const guest = await arrive(reception, 'anagrafe', { name });
  const card = await cardOf(reception, office, guest.person.user);
  await told(guest.person, 'a place', ({ state }) => state === 'waiting');
  return { guest, card };
}

/** Somebody who is in a visit with anna. */
async function visits(name: string): Promise<Waiting & { readonly visit: string }> {
  const { guest, card } = await waits(name);
  const { room: visit } = await meet(reception, guest);
  await until('the knock is off the door', async () => (await waitingIn(reception, office)).every(({ number }) => number !== card.number));
  return { guest, card, visit };
}

/** The bot is killed as soon as the homeserver has carried out such a request of it. */
function killedAt(which: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    reception.toll.trapAt(which, 'after', () => {
      reception.killBot().then(resolve, reject);
    });
  });
}

/** Every knock has had at most one card with a number of its own, and every visit is that of another knock. */
async function nothingDoubled(): Promise<void> {
  await anna.sync();
  for (const key of ['knock', 'number'] as const) {
    const found = cardsIn(anna, office).map((card) => card[key]);
    expect(new Set(found).size).toBe(found.length);
  }
  const visited = (await visitsOf(reception)).map(({ visit: { knock } }) => knock);
  expect(new Set(visited).size).toBe(visited.length);
}

/** What happens at the homeserver while the porter cannot see it, and what must have become of it afterwards. */
async function behindThePortersBack(absent: () => Promise<void>, present: () => Promise<void>): Promise<void> {
  const tapped = await waits('Adele');
  const declined = await waits('Bruna');
  const called = await waits('Carla');
  const withdrawn = await strangerAt(reception, 'sono Diana');
  const withdrawnCard = await cardOf(reception, office, withdrawn.user);
  const goingAway = await waits('Dora');
  const inside = await visits('Elena');
  const newcomer = await reception.person(`nuovo${Math.random().toString(36).slice(2)}`);

  await absent();
  await anna.react(office, tapped.card.event_id, '✅');
  await anna.say(office, `!rifiuta ${declined.card.number} domani`);
  await anna.say(office, `!apri ${called.card.number}`);
  await withdrawn.withdraw();
  await inside.guest.person.leave(inside.visit);
  await newcomer.knock(DOOR_ALIAS, 'sono nuovo');
  await present();

  const rooms = [await visitOf(tapped.guest.person, office), await visitOf(called.guest.person, office)];
  expect(new Set(rooms).size).toBe(2);
  expect((await told(declined.guest.person, 'the refusal', ({ state }) => state === 'declined')).message).toContain('domani');
  expect((await goodbye(reception, goingAway.guest.token)).status).toBe(204);
  const card = await cardOf(reception, office, newcomer.user);
  for (const old of [withdrawnCard, goingAway.card, declined.card, inside.card]) {
    await anna.until('the card is over', () => cardsIn(anna, office).some(({ event_id, over }) => event_id === old.event_id && over));
  }
  await until('only the newcomer waits', async () => (await waitingIn(reception, office)).map(({ number }) => number).join() === String(card.number));
  // The visit that ended may still be being emptied.
  await until('no visit runs but theirs', async () => (await visitsOf(reception)).map(({ room }) => room).sort().join() === [...rooms].sort().join());
  await nothingDoubled();

  await newcomer.withdraw();
  await seeOff(reception, tapped.guest, declined.guest, called.guest, goingAway.guest, inside.guest);
  await nothingDoubled();
}

test('all that happens while the bot is down is taken up when it starts', { timeout: paced(120_000) }, async () => {
  await behindThePortersBack(() => reception.killBot(), () => reception.startBot());
});

test('all that happens while the bot cannot reach the homeserver is taken up when the line is back', { timeout: paced(120_000) }, async () => {
  await behindThePortersBack(
    async () => reception.toll.shut(true),
    async () => {
      await sleep(4000);
      reception.toll.shut(false);
    },
  );
});

test('all that happens while the homeserver cannot reach the bot is taken up when it can', { timeout: paced(120_000) }, async () => {
  await behindThePortersBack(
    async () => reception.stream.shut(true),
    async () => {
      await sleep(2000);
      reception.stream.shut(false);
    },
  );
});

test('events that come twice, since the bot’s answer was lost, count once', async () => {
  const { guest, card } = await waits('Fulvia');
  for (const act of [() => anna.react(office, card.event_id, '✅'), () => anna.say(office, '!aiuto')]) {
    const again = new Promise<void>((resolve) => {
      reception.stream.trap(1, 'after', () => resolve());
    });
    await act();
    await again;
  }
  await visitOf(guest.person, office);
  const late = await waits('Gina');
  await nothingDoubled();
  const answers = anna.timeline.filter(({ room, event }) => room === office && String(event.content['body']).startsWith('Rispondere:'));
  expect(answers).toHaveLength(1);
  await seeOff(reception, guest, late.guest);
});

test('the homeserver may crash in the middle: who waits keeps the place, who talks may go on, and the page is told to try again', { timeout: paced(120_000) }, async () => {
  const first = await waits('Ida');
  const second = await waits('Lia');
  const inside = await visits('Nora');
  await reception.homeserver.kill();
  const response = await askForAccount(reception, { office: 'anagrafe', name: 'Olga', topic: '', language: 'it', voice: false, consent: true });
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(((await response.json()) as Problem).code).toBe('unavailable');
  expect((await goodbyeOnce(reception, inside.guest.token)).status).toBe(503);
  expect((await fetch(`${reception.url}/api/comune`)).status).toBe(200);
  await reception.homeserver.restart();

  await inside.guest.person.say(inside.visit, 'ci siamo ancora');
  await anna.say(office, '!apri');
  const visit = await visitOf(first.guest.person, office);
  await first.guest.person.join(visit);
  await told(second.guest.person, 'the first place', ({ place, number }) => place === 1 && number === second.card.number);
  const third = await waits('Pia');
  expect(third.card.number).toBeGreaterThan(second.card.number);
  await nothingDoubled();
  await seeOff(reception, first.guest, second.guest, third.guest, inside.guest);
});

test('a homeserver that was started anew is heard at once, though it counts what it sends from the beginning again', async () => {
  // So much is sent that the numbers go on for a while.
  for (const words of ['uno', 'due', 'tre', 'quattro', 'cinque']) {
    await anna.say(office, words);
    await anna.sync();
  }
  await reception.homeserver.kill();
  await reception.homeserver.restart();
  const question = await anna.say(office, '!aiuto');
  await anna.until('an answer', () => anna.timeline.some(({ event }) => JSON.stringify(event.content['m.relates_to'] ?? {}).includes(question)), 5_000);
});

test('a card that was posted just before a crash goes with a knock that was withdrawn before the bot came back, and its number is not given again', async () => {
  const fallen = killedAt(/\/send\/m\.room\.message\//u);
  const rita = await strangerAt(reception, 'sono Rita');
  await fallen;
  const card = await ringOf(reception, office, rita.user);
  await rita.withdraw();
  await reception.startBot();
  await anna.until('the card is over', () => cardsIn(anna, office).some(({ event_id, over }) => event_id === card.event_id && over));
  const next = await waits('Sofia');
  expect(next.card.number).toBe(card.number + 1);
  await seeOff(reception, next.guest);
});

test('a crowd is served by a bot that dies in the middle of it: nobody is lost, doubled, or given another’s number, and each is told the place', { timeout: paced(60_000) }, async () => {
  const people: Person[] = [];
  for (let index = 0; index < 8; index++) people.push(await reception.person(`folla-${index}`));
  const fallen = new Promise<void>((resolve, reject) => {
    reception.toll.trap(4, 'after', () => {
      reception.killBot().then(resolve, reject);
    });
  });
  await Promise.all(people.map((one) => one.knock(DOOR_ALIAS, 'un certificato')));
  await fallen;
  const knocks = new Map(await Promise.all(people.map(async (one) => [one, await knockOf(reception, office, one.user)] as const)));
  await anna.sync();
  const posted = people.filter((one) => cardsIn(anna, office).some(({ knock }) => knock === knocks.get(one)));
  expect(posted.length).toBeGreaterThan(0);
  expect(posted.length).toBeLessThan(people.length);
  const [gone] = posted.slice(-1);
  if (gone === undefined) throw new Error('No card was posted.');
  await gone.withdraw();
  await reception.startBot();

  const others = people.filter((one) => one !== gone);
  for (const one of others) await cardOf(reception, office, one.user);
  await anna.until('the card of who left is over', () => cardsIn(anna, office).every(({ knock, over }) => over || knock !== knocks.get(gone)));
  await nothingDoubled();
  const waiting = await until('all others wait', async () => {
    const found = await waitingIn(reception, office);
    return found.length === others.length && found;
  });
  for (const one of others) {
    const { number } = await cardOf(reception, office, one.user);
    const place = waiting.findIndex((entry) => entry.number === number) + 1;
    await told(one, 'the place', (ticket) => ticket.number === number && ticket.place === place);
  }
  for (const one of others) await one.withdraw();
  await settled(reception);
});

test('a card that was posted just before a crash goes with a knock that was made anew before the bot came back', async () => {
  const fallen = killedAt(/\/send\/m\.room\.message\//u);
  const sara = await reception.person('sara');
  await sara.knock(DOOR_ALIAS, 'un certificato');
  await fallen;
  await ringOf(reception, office, sara.user);
  await sara.knock(DOOR_ALIAS, 'due certificati');
  await reception.startBot();
  await anna.until('the new words are there to be read', () => anna.timeline.some(({ event }) => String(event.content['body']).includes('due certificati')));
  await anna.until('one card stands', () => cardsIn(anna, office).filter(({ over }) => !over).length === 1);
  await sara.withdraw();
  await settled(reception);
});
