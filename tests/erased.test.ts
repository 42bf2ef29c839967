/** What the homeserver does not erase is tried again until it is erased, and is told; and nobody is kept out for it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileMark } from '@portineria/config/filemark';
import { paced } from '@portineria/config/pace';
import { until, type Person } from './rig/matrix.ts';
import { arrive, startReception, type Reception } from './rig/reception.ts';
import { erased, goodbye, meet, purged } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startReception();
}, () => reception.stop());

/** How many of something the reception says are not erased. */
async function unerased(what: string): Promise<number> {
  const text = await fetch(reception.metrics).then((answer) => answer.text());
  return Number(new RegExp(`^unerased\\{what="${what}"\\} (\\d+)$`, 'mu').exec(text)?.[1]);
}

/** What a reception that is ready notes about it. */
async function notes(): Promise<string[]> {
  const response = await fetch(`${reception.url}/health/ready`);
  expect(response.status).toBe(200);
  const { notes: all = [] } = (await response.json()) as { notes?: { part: string; sentence: string }[] };
  return all.filter(({ part }) => part === 'erasing').map(({ sentence }) => sentence);
}

/** Writes another administrator's token into the bot's settings. */
function writeToken(token: string): void {
  const file = join(reception.homeserver.data, 'bot', 'bot.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), admin_token: token }), { mode: 0o600 });
}

/** Somebody is received, and says goodbye. */
async function visit(): Promise<void> {
  const guest = await arrive(reception, 'anagrafe');
  await meet(reception, guest);
  await goodbye(reception, guest.token);
}

test('a room that cannot be deleted is counted and noted while everybody is received, and goes once a token is written down that is good', { timeout: paced(400_000) }, async () => {
  await reception.killBot();
  writeToken('syt_no_longer_good');
  await reception.startBot();
  await visit();
  await until('a room is not erased', async () => (await unerased('room')) === 1, 180_000);
  // Nor can the files that an account may have sent.
  await until('an account is not erased', async () => (await unerased('account')) === 1);
  expect(await notes()).toEqual([expect.stringContaining('1 rooms, 1 accounts')]);
  await visit();
  writeToken(reception.homeserver.adminToken);
  await purged(reception);
  await until('all is erased', async () => (await unerased('room')) + (await unerased('account')) === 0, 60_000);
  expect(await notes()).toEqual([]);
});

/** A file as pages send it. @returns whether anybody of the staff can still have it */
async function send(person: Person, name: string): Promise<() => Promise<boolean>> {
  const headers = { authorization: `Bearer ${person.token}`, 'content-type': 'application/octet-stream' };
  const { content_uri: uri } = (await (await fetch(`${reception.url}/_matrix/media/v3/upload?filename=${encodeURIComponent(name)}`, { method: 'POST', headers, body: 'sealed' })).json()) as { content_uri: string };
  const path = uri.replace('mxc://', '/_matrix/client/v1/media/download/');
  return async () => (await fetch(`${reception.url}${path}`, { headers: { authorization: `Bearer ${reception.anna.token}` } })).ok;
}

test('an account that a proxy keeps from being erased is erased once it does so no more, with the files that it has sent', { timeout: paced(300_000) }, async () => {
  reception.toll.refuse(/\/account\/deactivate/u, [404, 'no such page']);
  const guest = await arrive(reception, 'anagrafe');
  const isThere = await send(guest.person, 'x');
  expect(await isThere()).toBe(true);
  await goodbye(reception, guest.token);
  await until('an account is not erased', async () => (await unerased('account')) === 1, 60_000);
  expect(await notes()).toEqual([expect.stringContaining('1 accounts')]);
  reception.toll.refuse(null);
  await erased(guest.person, 120_000);
  await until('all is erased', async () => (await unerased('account')) === 0, 60_000);
  await until('the file is gone', async () => !(await isThere()));
});

test('with a visit go the files that staff have sent to it from their page, and no others', { timeout: paced(300_000) }, async () => {
  const guest = await arrive(reception, 'anagrafe');
  const { room } = await meet(reception, guest);
  const [isSent, isOther] = [await send(reception.anna, fileMark(room)), await send(reception.anna, 'verbale.pdf')];
  expect([await isSent(), await isOther()]).toEqual([true, true]);
  await goodbye(reception, guest.token);
  await purged(reception);
  await until('the file is gone', async () => !(await isSent()));
  expect(await isOther()).toBe(true);
});
