/** The disk is full where the log goes: everybody is served, readiness says why, and what is lost is counted. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { ailing } from './rig/ailing.ts';
import { until } from './rig/matrix.ts';
import { arrive, askForAccount, startReception, type Reception } from './rig/reception.ts';
import { meet, seeOff } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startReception({ full: true });
}, () => reception.stop());

async function lost(): Promise<number> {
  return Number(/^log_lines_lost_total (\d+)$/mu.exec(await (await fetch(reception.metrics)).text())?.[1]);
}

test('a log that cannot be written ends nothing: visits go on, and the readiness says why it is not well', { timeout: paced(120_000) }, async () => {
  const ended = once(reception.bot(), 'exit').then(() => 'ended');
  await until('more was said than waits in memory', async () => {
    await Promise.all(Array.from({ length: 50 }, () => fetch(`${reception.url}/health/live`)));
    return (await lost()) > 0;
  }, 60_000);
  expect(await ailing(reception)).toEqual([expect.stringMatching(/^log: The log cannot be written \(ENOSPC.*lines are lost\): make room on the disk\.$/u)]);
  const guest = await arrive(reception, 'anagrafe');
  await meet(reception, guest);
  await seeOff(reception, guest);
  for (const path of ['/', '/o/anagrafe', '/api/comune', '/desk', '/health/live']) expect([path, (await fetch(`${reception.url}${path}`)).status]).toEqual([path, 200]);
  expect(await Promise.race([ended, Promise.resolve('runs')])).toBe('runs');
});

test('where the homeserver takes nothing, whoever would come is told so, with the telephone; and readiness says it until it does', { timeout: paced(120_000) }, async () => {
  const wish = { office: 'anagrafe', name: 'Maria', topic: '', language: 'it', voice: false, consent: true };
  reception.toll.shut(true);
  const response = await askForAccount(reception, wish);
  expect([response.status, Number(response.headers.get('retry-after')) > 0, await response.json()]).toEqual([503, true, expect.objectContaining({
    code: 'unavailable', detail: 'Lo sportello non può riceverLa in questo momento. Riprovi tra qualche minuto. Telefono: +39 099 000 0000.',
  })]);
  await until('the readiness says so', async () => (await ailing(reception)).some((one) => one.startsWith('homeserver: ')), 60_000);
  reception.toll.shut(false);
  await until('it takes again', async () => (await ailing(reception)).every((one) => one.startsWith('log: ')), 60_000);
  expect((await askForAccount(reception, wish)).status).toBe(201);
});
