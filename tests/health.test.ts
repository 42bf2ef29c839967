/** What the reception tells those who run it: whether it is well, what it counts, what it logs; and nothing about anybody. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { paced, promisedNow } from '@portineria/config/pace';
import { until, type Person } from './rig/matrix.ts';
import { arrive, startReception, type Guest, type Reception } from './rig/reception.ts';
import { cardOf, goodbye, settled, visitOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
let anna: Person;
let office: string;
stage(async () => {
  reception = await startReception();
  anna = reception.anna;
  office = reception.rooms.anagrafe;
}, () => reception.stop());

const Unready = z.object({ status: z.literal(503), code: z.literal('unavailable'), parts: z.array(z.object({ part: z.string(), sentence: z.string() })) });

/** Which parts are not well; none when ready. */
async function ailing(): Promise<string[]> {
  const response = await fetch(`${reception.url}/health/ready`);
  if (response.status === 200) return [];
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return Unready.parse(await response.json()).parts.map(({ part }) => part);
}

/** The value of a figure at /metrics. */
async function figure(name: string): Promise<number> {
  const text = await (await fetch(reception.metrics)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

async function comes(): Promise<Guest> {
  const guest = await arrive(reception, 'anagrafe');
  await cardOf(reception, office, guest.person.user);
  return guest;
}

test('what became of knocks and visits is counted, and how long a card took', async () => {
  const looks = await figure('porter_pass_seconds_count');
  const visitor = await comes();
  await anna.say(office, '!apri');
  const visit = await visitOf(visitor.person, office);
  await visitor.person.join(visit);
  await visitor.person.leave(visit);
  const declined = await comes();
  await anna.react(office, (await cardOf(reception, office, declined.person.user)).event_id, '❌');
  const withdrawn = await comes();
  expect((await goodbye(reception, withdrawn.token)).status).toBe(204);
  const passer = await reception.person('passante');
  await passer.knock('#sindaco:localhost');
  await settled(reception);
  const figures: [name: string, value: number][] = [
    ['knocks_total{outcome="announced"}', 3],
    ['knocks_total{outcome="opened"}', 1],
    ['knocks_total{outcome="declined"}', 1],
    ['knocks_total{outcome="withdrawn"}', 1],
    ['knocks_total{outcome="closed"}', 1],
    ['visits_total{outcome="visitor_left"}', 1],
    ['knock_to_card_seconds_count', 3],
  ];
  for (const [name, value] of figures) await until(`${name} is ${value}`, async () => (await figure(name)) === value);
  expect(await figure('knock_to_card_seconds_sum')).toBeLessThan(await promisedNow(10_000) / 1000);
  // The porter looked at its offices meanwhile, a few times for each who came, and each look took a while.
  expect(await figure('porter_pass_seconds_count')).toBeGreaterThan(looks + 3);
  expect(await figure('porter_pass_seconds_sum')).toBeGreaterThan(0);
  expect(await figure('stream_age_seconds')).toBeLessThan(await promisedNow(10_000) / 1000);
  await Promise.all([visitor, declined, withdrawn].map(({ token }) => goodbye(reception, token)));
});

test('work that cannot be done shows in the readiness, and heals by itself', { timeout: paced(120_000) }, async () => {
  expect(await ailing()).toEqual([]);
  reception.toll.shut(true);
  const rosa = await reception.person('rosa');
  await rosa.knock('#anagrafe:localhost', 'nessuno mi sente');
  await until('the offices ail', async () => (await ailing()).includes('offices'), 60_000);
  expect((await fetch(`${reception.url}/health/live`)).status).toBe(200);
  reception.toll.shut(false);
  await until('all is well again', async () => (await ailing()).length === 0, 60_000);
  await cardOf(reception, office, rosa.user);
  await rosa.withdraw();
  await settled(reception);
});

test('a porter that hears nothing notices, says so, and serves all the same', { timeout: paced(240_000) }, async () => {
  expect(await ailing()).toEqual([]);
  reception.stream.shut(true);
  const lia = await reception.person('lia');
  await lia.knock('#anagrafe:localhost', 'mi sente qualcuno?');
  await until('the stream is known to be deaf', async () => (await ailing()).includes('stream'), 150_000);
  // It reads the truth itself.
  await cardOf(reception, office, lia.user);
  reception.stream.shut(false);
  await until('it hears again', async () => (await ailing()).length === 0, 60_000);
  await lia.withdraw();
  await settled(reception);
});

test('the log is JSON, a line for each thing, and names neither people nor rooms', () => {
  const lines = reception.log().split('\n').filter((line) => line !== '');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const entry = z.object({ level: z.enum(['debug', 'info', 'warn', 'error', 'fatal']), time: z.iso.datetime(), msg: z.string() }).parse(JSON.parse(line));
    expect(entry.msg).not.toBe('');
    expect(line).not.toMatch(/[@!#$][\w.=/+-]+:localhost|ospite|Maria|Bianchi|identità|\$[\w-]{43}|![A-Za-z]{18}/u);
  }
});
