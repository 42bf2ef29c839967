/** Some minutes after a visit nothing of it is left: not in any table of the homeserver, not in a log, not in the figures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { paced, promised } from '@portineria/config/pace';
import { UPLOAD } from '@portineria/synapse/homeserver';
import { visitorsModule } from '@portineria/synapse/visitors';
import { admin, doorOf, stateIn } from './rig/administrator.ts';
import { until, type Person } from './rig/matrix.ts';
import { findInBytes, findInDatabase } from './rig/database.ts';
import { arrive, askForAccount, cardsIn, CONFIG, startReception, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, erased, goodbye, meet, purged, reasonOf, ringOf, settled, strangerAt, visitOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

/** Words that are nowhere else: a name, a topic, what was said, and what somebody wrote into a knock from another client. */
const NAME = 'Ermenegilda';
const TOPIC = 'Wolframio';
const CHAT = 'Zefirinico';
const REASON = 'Brontosauro';
const OTHER_REASON = 'Tirannosauro';
const WORDS = [NAME, TOPIC, CHAT, REASON, OTHER_REASON];
/** What somebody wrote into a knock at a closed door. */
const AT_A_CLOSED_DOOR = 'Stegosauro';
const ALL_WORDS = [...WORDS, AT_A_CLOSED_DOOR];

let reception: Reception;
let anna: Person;
let office: string;
stage(async () => {
  // Synapse takes out what was redacted every five minutes; here every second. And here no deletion of a room succeeds at the first time.
  process.env['PYTHONPATH'] = fileURLToPath(new URL('rig', import.meta.url));
  reception = await startReception({
    // With calls, a visit's room stands ready for the next in line.
    calls: true,
    config: CONFIG.replace('retention: 0.01', `retention: 0.01, unused: ${promised(6_000) / 60_000}, recall: [0.05, 0.1]`),
    extra: { modules: [visitorsModule('localhost', UPLOAD), { module: 'censor.Censor', config: {} }, { module: 'reluctant.Reluctant', config: {} }] },
  });
  anna = reception.anna;
  office = reception.rooms.anagrafe;
}, () => reception.stop());

const wishes = { name: `${NAME} Rossi`, topic: `per il ${TOPIC}`, voice: true };

/** Comes, is let in, and writes; staff write back. */
async function talks(): Promise<{ guest: Guest; visit: string; number: number }> {
  const guest = await arrive(reception, 'anagrafe', wishes);
  const { number, room: visit } = await meet(reception, guest);
  await guest.person.say(visit, `Buongiorno, ${CHAT}`);
  await anna.say(visit, `${CHAT} anche a lei, ${NAME}`);
  return { guest, visit, number };
}

test('no row of any table, no line of a log and no figure holds a name, a topic or a word, however it ended', { timeout: paced(300_000) }, async () => {
  // The bot dies as soon as the card is there, and the visitor leaves before it is back.
  const fallen = new Promise<void>((resolve, reject) => {
    reception.toll.trapAt(/\/send\/m\.room\.message\//u, 'after', () => {
      reception.killBot().then(resolve, reject);
    });
  });
  const unseen = await strangerAt(reception, `sono ${NAME} per il ${TOPIC}`);
  await fallen;
  await ringOf(reception, office, unseen.user);
  await unseen.withdraw();
  await reception.startBot();
  const ended = await talks();
  const left = await talks();
  const declined = await arrive(reception, 'anagrafe', wishes);
  // A room stands ready for them, and bears their name.
  await visitOf(declined.person, office);
  const withdrawn = await arrive(reception, 'anagrafe', wishes);
  const rosa = await reception.person('rosa');
  await rosa.knock('#anagrafe:localhost', `un ${REASON}`);
  await cardOf(reception, office, rosa.user);
  await rosa.knock('#anagrafe:localhost', `un ${OTHER_REASON}`);
  await anna.until('the changed card', () => anna.timeline.some(({ event }) => String(event.content['body']).includes(OTHER_REASON)));
  await anna.until('the staff are called again', () => anna.timeline.filter(({ event }) => String(event.content['body']).startsWith('🔔 Il n. ')).length > 1);
  // The search finds what is there.
  const during = findInDatabase(reception.homeserver.databasePath, WORDS);
  expect([...new Set(during.map(({ word }) => word))].sort()).toEqual([...WORDS].sort());

  await anna.say(office, `!fine ${ended.number}`);
  await left.guest.person.leave(left.visit);
  await anna.react(office, (await cardOf(reception, office, declined.person.user)).event_id, '❌');
  expect((await goodbye(reception, withdrawn.token)).status).toBe(204);
  await rosa.withdraw();
  const passer = await reception.person('passante');
  await passer.knock('#sindaco:localhost', `un ${AT_A_CLOSED_DOOR}`);
  await passer.until('a refusal', () => reasonOf(passer, passer.door) !== undefined);
  await settled(reception);
  await purged(reception);
  for (const { person } of [ended.guest, left.guest, declined, withdrawn]) await erased(person, 90_000);

  await until('the database has forgotten', () => findInDatabase(reception.homeserver.databasePath, ALL_WORDS).length === 0, 15_000).catch(() => undefined);
  expect(findInDatabase(reception.homeserver.databasePath, ALL_WORDS)).toEqual([]);

  for (const room of [office, await doorOf(reception, 'anagrafe')]) {
    for (const { type, state_key, content } of await stateIn(reception, room)) {
      expect(ALL_WORDS.filter((word) => JSON.stringify(content).includes(word))).toEqual([]);
      if (type === 'm.room.member' && state_key?.startsWith('@ospite-') === true) expect([room === office, content['displayname']]).toEqual([false, undefined]);
    }
  }
  const { data } = reception.homeserver;
  const figures = await (await fetch(reception.metrics)).text();
  for (const text of [readFileSync(join(data, 'synapse/synapse.log'), 'utf8'), readFileSync(join(data, 'synapse/output.log'), 'utf8'), reception.log(), figures]) {
    expect(ALL_WORDS.filter((word) => text.includes(word))).toEqual([]);
  }
  expect(figures).not.toMatch(/@|ospite/u);
  await anna.sync();
  expect(cardsIn(anna, office).every(({ over }) => over)).toBe(true);
});

test('an account that never knocks is erased in time, and what its visitor told with it', async () => {
  const response = await askForAccount(reception, { office: 'anagrafe', ...wishes, language: 'it', voice: true, consent: true });
  const { user_id } = (await response.json()) as { user_id: string };
  expect(findInDatabase(reception.homeserver.databasePath, [NAME])).not.toEqual([]);
  await until('the account is deactivated', async () => (await admin<{ deactivated: boolean }>(reception, `/v2/users/${encodeURIComponent(user_id)}`)).deactivated);
  await until('what was told is gone', () => findInDatabase(reception.homeserver.databasePath, [NAME, TOPIC]).length === 0);
});

test('not even the free pages of the database’s file and its write-ahead log keep a word', { timeout: paced(90_000) }, async () => {
  const file = reception.homeserver.databasePath;
  await until('the bytes are overwritten', () => findInBytes(file, ALL_WORDS).length === 0, 60_000).catch(() => undefined);
  expect(findInBytes(file, ALL_WORDS)).toEqual([]);
  expect(findInBytes(file, ['anna'])).toEqual(['anna']);
});
