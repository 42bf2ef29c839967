/** What staff can do from any client, in each way in which it can be said, on a real homeserver. */
import { randomInt } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { DOOR, VISIT, type VisitContent } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { until, type Person } from '../rig/matrix.ts';
import { arrive, cardsIn, startReception, type Card, type Guest, type Reception } from '../rig/reception.ts';
import { cardOf, meet, seeOff, ticketsOf, told, visitOf, visitsOf, waitingIn } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
let anna: Person;
let bruno: Person;
let office: string;
stage(async () => {
  reception = await startReception();
  ({ anna, bruno } = reception);
  office = reception.rooms.anagrafe;
}, () => reception.stop());

interface Waiting {
  readonly guest: Guest;
  readonly card: Card;
}
async function waiting(name = 'Maria Bianchi'): Promise<Waiting> {
  const guest = await arrive(reception, 'anagrafe', { name });
  return { guest, card: await cardOf(reception, office, guest.person.user) };
}
const inThread = (root: string, body: string) => ({ msgtype: 'm.text', body, 'm.relates_to': { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } } });
const inReply = (to: string, body: string) => ({ msgtype: 'm.text', body: `> <@portineria:localhost> 🔔\n\n${body}`, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } });
/** What the porter answered to something that was said in the office. */
const answerTo = (who: Person, event: string): Promise<Record<string, unknown>> =>
  who.until('an answer', () => who.timeline.findLast((one) => one.room === office && one.event.sender.startsWith('@portineria:') && (one.event.content['m.relates_to'] as { 'm.in_reply_to'?: { event_id: string } } | undefined)?.['m.in_reply_to']?.event_id === event)?.event.content);
const doorNow = async (): Promise<string> => {
  // From another address each time: one that asks without end is told to wait.
  const headers = { 'x-forwarded-for': `198.51.${randomInt(256)}.${randomInt(256)}` };
  const { offices } = (await (await fetch(`${reception.url}/api/comune`, { headers })).json()) as { offices: { id: string; door: { state: string } }[] };
  return offices.find(({ id }) => id === 'anagrafe')?.door.state ?? '';
};
const showsDoor = (state: string): Promise<unknown> => until(`the page says ${state}`, async () => (await doorNow()) === state);

afterEach(async () => {
  if ((await doorNow()) === 'open') return;
  await anna.say(office, '!riapri');
  await showsDoor('open');
});

/** The ways in which staff can say the same. */
const WAYS: readonly [string, (by: Person, card: Card, sign: string, word: string) => Promise<string>][] = [
  ['by a reaction', (by, card, sign) => by.react(office, card.event_id, sign)],
  ['by a command with the number', (by, card, _sign, word) => by.say(office, `!${word} ${card.number}`)],
  ['by a command in full-width signs', (by, card, _sign, word) => by.say(office, `！${word}　${card.number}`)],
  ['in reply to the card', (by, card, _sign, word) => by.send(office, 'm.room.message', inReply(card.event_id, `!${word}`))],
  ['in a thread under the card', (by, card, _sign, word) => by.send(office, 'm.room.message', inThread(card.event_id, `!${word}`))],
];

describe.each(WAYS)('%s', (_way, say) => {
  test('a visitor is told to wait a moment, and then let in', async () => {
    const { guest, card } = await waiting();
    await say(anna, card, '⏳', 'attendi');
    await told(guest.person, 'that it takes but a moment', ({ message, state }) => state === 'waiting' && message?.includes('un momento') === true);
    await anna.until('the card says so', () => cardsIn(anna, office).find(({ event_id }) => event_id === card.event_id)?.body.includes('⏳ anna'));
    await say(bruno, card, '👍🏽', 'apri');
    const room = await visitOf(guest.person, office);
    await bruno.until('an invitation', () => bruno.invites.has(room));
    await seeOff(reception, guest);
  });

  test('a visitor is declined', async () => {
    const { guest, card } = await waiting();
    await say(anna, card, '👎🏿', 'rifiuta');
    await told(guest.person, 'that nobody can receive', ({ state }) => state === 'declined');
    await seeOff(reception, guest);
  });
});

test('whoever is second reads who opened, and the way there', async () => {
  const { guest, card } = await waiting();
  await meet(reception, guest);
  const late = await bruno.say(office, `!apri ${card.number}`);
  const { body } = await answerTo(bruno, late);
  expect(body).toMatch(new RegExp(`^Il n\\. ${card.number} l’ha già aperto anna, alle \\d\\d:\\d\\d\\.\nEntri nella visita: https://matrix\\.to/#/%23visita-`, 'u'));
  expect(body).toContain(`${reception.url}/desk#`);
  await seeOff(reception, guest);
});

test('several commands in one message all count, and what they ask is answered at once, where it was asked', async () => {
  const [first, second] = [await waiting(), await waiting('Ugo Neri')];
  const said = await anna.send(office, 'm.room.message', inThread(first.card.event_id, `!scrivi Arrivo\n!attendi ${second.card.number}\n!coda\n!aprii`));
  await told(first.guest.person, 'the words', ({ message }) => message === 'L’ufficio scrive: Arrivo');
  await told(second.guest.person, 'a moment', ({ message }) => message?.includes('un momento') === true);
  const answer = await answerTo(anna, said);
  const lines = String(answer['body']).split('\n');
  expect(lines[0]).toBe(`✉ Scritto al n. ${first.card.number}.`);
  expect(answer['body']).toContain(`N. ${second.card.number} (`);
  expect(lines.at(-1)).toContain('Forse: !apri 3');
  expect(answer['m.relates_to']).toMatchObject({ rel_type: 'm.thread', event_id: first.card.event_id });
  expect([answer['msgtype'], answer['m.mentions']]).toEqual(['m.notice', {}]);
  expect(JSON.stringify(answer)).not.toMatch(/Maria|Ugo|ospite-/u);
  await seeOff(reception, first.guest, second.guest);
});

test('a pause is told to the office, the page and who waits; nobody new is taken, no place is lost, and it ends when it said', async () => {
  const { guest, card } = await waiting();
  const said = await anna.say(office, '!pausa 1m un caffè');
  const [{ body }] = await Promise.all([answerTo(anna, said), showsDoor('paused'), told(guest.person, 'the pause', ({ message }) => message?.includes('è in pausa fino alle') === true)]);
  expect(body).toMatch(/^anna: fatto\. La porta è in pausa fino alle \d\d:\d\d: chi aspetta resta in coda\. Motivo: un caffè\.$/u);
  expect(await anna.state(office, DOOR)).toMatchObject({ state: 'paused', reason: 'un caffè', by: anna.user, command: said });
  await expect(arrive(reception, 'anagrafe')).rejects.toThrow('409');
  await until('the place is kept', async () => String((await waitingIn(reception, office)).map(({ number }) => number)) === String(card.number));
  // Until what the clock says: by nobody's hand.
  await until('the pause is over', async () => (await doorNow()) === 'open', 120_000);
  await told(guest.person, 'the end of the pause', ({ message, place }) => message === undefined && place === 1);
  await seeOff(reception, guest);
}, paced(240_000));

test('a door that is closed by hand sends who waits away kindly, and a command that takes it back lets the timetable rule', async () => {
  const { guest } = await waiting();
  await anna.say(office, '!chiudi 2h assemblea');
  await told(guest.person, 'that it is closed', ({ state, message }) => state === 'closed' && message?.includes('assemblea') === true);
  await showsDoor('closed');
  const said = await bruno.say(office, '!riapri');
  expect((await answerTo(bruno, said))['body']).toBe('bruno: fatto, vale di nuovo l’orario. La porta è aperta.');
  await showsDoor('open');
  await seeOff(reception, guest);
});

test('a visitor goes back to the same place, and whoever opens next meets them in the same room', async () => {
  const [first, second] = [await waiting(), await waiting('Ugo Neri')];
  const { room, number } = await meet(reception, first.guest);
  await anna.say(office, `!rimetti ${number}`);
  await anna.until('anna is out of the visit', () => anna.left.has(room));
  await until('the queue is as it was', async () => String((await waitingIn(reception, office)).map((one) => one.number)) === String([number, second.card.number]));
  await first.guest.person.until('the place', () => ticketsOf(first.guest.person).at(-1)?.place === 1);
  await bruno.say(office, `!apri ${number}`);
  await bruno.until('an invitation', () => bruno.invites.has(room));
  await seeOff(reception, first.guest, second.guest);
});

test('an interpreter with an account of their own is asked into a visit, is no host there, and goes with it', async () => {
  const { guest } = await waiting();
  const interpreter = await reception.person('interprete');
  const { room, number } = await meet(reception, guest);
  const said = await anna.say(office, `!invita ${interpreter.user} ${number}`);
  await interpreter.until('an invitation', () => interpreter.invites.has(room));
  expect((await answerTo(anna, said))['body']).toBe('✉ L’invito parte ora.');
  await interpreter.join(room);
  expect((await anna.state<VisitContent>(room, VISIT)).guests).toEqual([interpreter.user]);
  // Also after the porter was started anew, nobody of the staff is there but Anna.
  await reception.killBot();
  await reception.startBot();
  await anna.leave(room);
  await until('the visit is over', async () => (await visitsOf(reception)).every(({ visit }) => visit.ticket !== number || visit.outcome !== undefined));
  await interpreter.until('they are shown out', () => interpreter.left.has(room));
  await seeOff(reception, guest);
});

test.for([true, false])('a door that was ordered just before a crash is set after it, and told once; whether somebody waits (%s) or not', { timeout: paced(240_000) }, async (isWaitedFor) => {
  const guests = isWaitedFor ? [(await waiting()).guest] : [];
  for (const when of ['before', 'after'] as const) {
    const fallen = new Promise<void>((resolve, reject) => {
      reception.toll.trapAt(/^PUT .*\/state\/it\.portineria\.door/u, when, () => {
        reception.killBot().then(() => reception.startBot()).then(resolve, reject);
      });
    });
    const said = await anna.say(office, '!pausa 1h');
    await fallen;
    await showsDoor('paused');
    await answerTo(anna, said);
    expect(await anna.state(office, DOOR)).toMatchObject({ command: said });
    await anna.say(office, '!riapri');
    await showsDoor('open');
    const answers = anna.timeline.filter(({ event }) => (event.content['m.relates_to'] as { 'm.in_reply_to'?: { event_id: string } } | undefined)?.['m.in_reply_to']?.event_id === said);
    expect(answers).toHaveLength(1);
  }
  await seeOff(reception, ...guests);
});

test('a door that was ordered while the bot was away, and nobody waited, is set when it is back', async () => {
  await reception.killBot();
  const said = await anna.say(office, '!pausa 1h');
  await reception.startBot();
  await showsDoor('paused');
  await answerTo(anna, said);
}, paced(120_000));
