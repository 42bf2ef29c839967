/** What is wrong with one office is said by its name, holds no start up, and the others serve. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { OfficeBody, Problem } from '@portineria/config/api';
import { paced } from '@portineria/config/pace';
import { insideOf, officeRoom, resolveAlias, stands } from './rig/administrator.ts';
import { ailing } from './rig/ailing.ts';
import { until } from './rig/matrix.ts';
import { arrive, askForAccount, startReception, type Reception } from './rig/reception.ts';
import { cardOf, porterOf, seeOff } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startReception();
}, () => reception.stop());

afterEach(async () => {
  await until('all is well again', async () => (await ailing(reception)).length === 0, 120_000);
});

const shown = async (id: string): Promise<OfficeBody> => (await (await fetch(`${reception.url}/api/offices/${id}`)).json()) as OfficeBody;

/** A configuration with one more office, that is always open. */
function withOffice(config: string, id: string): string {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ');
  return config.replace('limits:', `  - { id: ${id}, name: ${id}, hours: { ${days} }, staff: ["@anna:localhost"] }\nlimits:`);
}

/** Writes a configuration, and awaits that it is in force. */
async function inForce(config: string): Promise<void> {
  const times = (): number => reception.log().split('the changed configuration is in force').length;
  const changes = times();
  writeFileSync(reception.configFile, config);
  await until('it is in force', () => times() > changes, 120_000);
}

/** Somebody comes to an office, and staff hear of it. */
async function isServed(id: string): Promise<void> {
  const room = await officeRoom(reception, id);
  await until('she is inside', () => reception.anna.join(room).then(() => true, () => false));
  const guest = await arrive(reception, id);
  await cardOf(reception, room, guest.person.user);
  await seeOff(reception, guest);
}

test('an office whose alias is somebody else’s is shown as closed with the telephone, readiness names it, the others serve, and it opens once the alias is free', { timeout: paced(300_000) }, async () => {
  const { room_id: theirs } = await reception.bruno.ask<{ room_id: string }>('POST', '/createRoom', { room_alias_name: 'protocollo' });
  const before = readFileSync(reception.configFile, 'utf8');
  writeFileSync(reception.configFile, withOffice(before, 'protocollo'));
  const faults = await until('readiness says why', async () => {
    const parts = await ailing(reception);
    return parts.some((one) => one.includes('protocollo: The alias')) && parts;
  });
  expect(faults.join()).toContain('Remove the alias');
  expect((await shown('protocollo')).door).toMatchObject({ state: 'closed', next: null, by: 'trouble' });
  const wish = { office: 'protocollo', name: 'Maria', topic: '', language: 'it', voice: false, consent: true };
  const refused = await askForAccount(reception, wish);
  expect([refused.status, ((await refused.json()) as Problem).detail]).toEqual([503, expect.stringContaining('Telefono: +39 099 000 0000.')]);
  // A start does not fail for it either, and the others serve before and after.
  for (const isAnew of [false, true]) {
    if (isAnew) {
      await reception.killBot();
      void reception.startBot().catch(() => undefined);
      await until('it answers', () => fetch(`${reception.url}/health/live`).then(({ ok }) => ok, () => false), 60_000);
      await until('readiness says why, again', async () => (await ailing(reception).catch(() => [])).some((one) => one.includes('protocollo: The alias')), 60_000);
    }
    await isServed('anagrafe');
  }
  expect(await resolveAlias(reception, '#protocollo:localhost')).toBe(theirs);
  await reception.bruno.ask('DELETE', `/directory/room/${encodeURIComponent('#protocollo:localhost')}`);
  await until('it opens', async () => (await shown('protocollo')).door.state === 'open', 120_000);
  expect(await stands(reception, theirs)).toBe(true);
  expect((await askForAccount(reception, wish)).status).toBe(201);
  await inForce(before);
});

test('somebody whose power in the staff’s room is as high as the porter’s cannot be put out: readiness names the office, both it and the others serve, a start does not fail, and it heals once that is over', { timeout: paced(300_000) }, async () => {
  const { bruno, rooms: { anagrafe } } = reception;
  const path = `/rooms/${encodeURIComponent(anagrafe)}/state/m.room.power_levels/`;
  const levels = await porterOf(reception).ask<{ users: Record<string, number> }>('GET', path);
  await porterOf(reception).ask('PUT', path, { ...levels, users: { ...levels.users, [bruno.user]: 100 } });
  const before = readFileSync(reception.configFile, 'utf8');
  writeFileSync(reception.configFile, withOffice(before.replace('staff: ["@anna:localhost", "@bruno:localhost"]', 'staff: ["@anna:localhost"]'), 'tributi'));
  for (const isAnew of [false, true]) {
    if (isAnew) {
      await reception.killBot();
      void reception.startBot().catch(() => undefined);
      await until('it answers', () => fetch(`${reception.url}/health/live`).then(({ ok }) => ok, () => false), 60_000);
    }
    await until('readiness names it', async () => (await ailing(reception).catch(() => [])).some((one) => one.includes('anagrafe: Somebody in the room has as much power')), 60_000);
    await isServed('tributi');
    await isServed('anagrafe');
  }
  // He is of the staff no longer, so what he answers counts for nothing; and then he goes.
  expect(await insideOf(reception, anagrafe)).toContain(bruno.user);
  await bruno.ask('PUT', path, { ...levels, users: { ...levels.users, [bruno.user]: 0 } });
  await until('he is out', async () => !(await insideOf(reception, anagrafe)).includes(bruno.user), 120_000);
  await until('all is well', async () => (await ailing(reception)).length === 0, 120_000);
  await inForce(before);
});

test('an office may be called as the porter is, and when it is taken out again the porter hears on', { timeout: paced(300_000) }, async () => {
  const before = readFileSync(reception.configFile, 'utf8');
  await inForce(withOffice(before, 'portineria'));
  await isServed('portineria');
  await inForce(before);
  await until('its door is gone', async () => (await resolveAlias(reception, '#portineria:localhost')) === null);
  const silence = async (): Promise<number> => Number(/^stream_age_seconds (\S+)$/mu.exec(await (await fetch(reception.metrics)).text())?.[1]);
  await isServed('anagrafe');
  // Nothing else is said: what is heard next is the porter's own heart.
  const quiet = await until('it has been quiet', async () => { const now = await silence(); return now > 20 && now; }, 90_000);
  await until('the heart is heard', async () => (await silence()) < quiet, 120_000);
  expect((await fetch(`${reception.url}/health/ready`)).status).toBe(200);
});
