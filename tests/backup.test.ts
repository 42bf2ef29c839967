/** A backup of a reception that runs, put back into an empty place: the queue goes on where it was. As a person does it, by the commands. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TICKET, type TicketContent } from '@portineria/config/events';
import { paced } from '@portineria/config/pace';
import { botBundle, pages } from '@portineria/synapse/builds';
import { install, synapse } from '@portineria/synapse/install';
import { ROOT } from '@portineria/synapse/paths';
import { freePorts } from '@portineria/synapse/ports';
import { scratch } from '@portineria/synapse/scratch';
import { afterAll, expect, test } from 'vitest';
import { Person, until } from './rig/matrix.ts';
import { cardsIn } from './rig/reception.ts';
import { ticketsOf } from './rig/scenes.ts';

const ALWAYS = '{ mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"] }';
const CONFIG = `
comune: { id: prova, name: Comune di Prova, zone: Europe/Rome, languages: [it] }
offices: [{ id: anagrafe, name: Anagrafe, description: Riceve, hours: ${ALWAYS}, call: none }]
`;

const folder = scratch();
const config = join(folder, 'comune.yaml');
const [before, after] = [join(folder, 'before'), join(folder, 'after')];
const started: ChildProcess[] = [];

/** Runs a command of the project. */
function command(...args: string[]): { child: ChildProcess; said: () => string; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [join(ROOT, 'synapse/bootstrap.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', (text: string) => { said += text; });
  return { child, said: () => said, ended: once(child, 'close').then(([code]) => code as unknown) };
}

async function opened(data: string, file: string, port: number): Promise<ChildProcess> {
  const { child, said } = command('start', '--config', file, '--data', data, '--port', String(port));
  await until('the reception is open', () => {
    if (child.exitCode !== null) throw new Error(said());
    return said().includes('Portineria is open');
  }, 120_000);
  return child;
}

async function closed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

interface Demo { offices: { room_id: string; staff: { user_id: string; password: string }[] }[] }
const demoIn = (data: string): Demo['offices'][number] => {
  const [office] = (JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as Demo).offices;
  if (office === undefined) throw new Error('There is no office');
  return office;
};

/** A citizen who knocks as the page does. */
async function arrive(url: string, name: string): Promise<Person> {
  const answer = await fetch(`${url}/api/visitors`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ office: 'anagrafe', name, topic: '', language: 'it', voice: false, consent: true }) });
  const { user_id, access_token, knock } = (await answer.json()) as { user_id: string; access_token: string; knock: { room_id: string; reason: string } };
  const person = new Person(url, user_id, access_token);
  await person.sync();
  await person.knock(knock.room_id, knock.reason);
  return person;
}

/** Awaits a ticket of the visitor's. */
const ticket = (person: Person, what: string, fits: (one: TicketContent) => boolean): Promise<unknown> => person.until(`a ${TICKET} that says ${what}`, () => ticketsOf(person).find(fits), 60_000);

afterAll(async () => {
  for (const child of started) await closed(child);
}, paced(60_000));

test('who waited when the backup was made waits at the same place in what is restored from it, and is let in', { timeout: paced(240_000) }, async () => {
  await install([synapse, pages, botBundle]);
  writeFileSync(config, CONFIG);
  const { port } = await freePorts('port');
  const url = `http://localhost:${port}`;
  const first = await opened(before, config, port);
  const [maria, piero] = [await arrive(url, 'Maria'), await arrive(url, 'Piero')];
  await ticket(piero, 'the second place', ({ place, number }) => place === 2 && number === 2);

  const file = join(folder, 'kept.tar.gz');
  const made = command('backup', '--data', before, '--to', file);
  expect([await made.ended, made.said()]).toEqual([0, expect.stringContaining(`Backup written: ${file}\n`)]);
  // Who comes afterwards is not in it.
  await arrive(url, 'Lucia');
  await closed(first);

  const refused = command('restore', '--from', file, '--data', before);
  expect([await refused.ended, refused.said()]).toEqual([1, expect.stringContaining('is not empty')]);
  const restored = command('restore', '--from', file, '--data', after);
  const file2 = join(after, 'config/comune.yaml');
  expect([await restored.ended, restored.said()]).toEqual([0, expect.stringContaining(`npm start -- --config ${file2} --data ${after}\n`)]);
  expect(existsSync(join(after, 'run.json'))).toBe(false);

  await opened(after, file2, port);
  const { offices } = (await (await fetch(`${url}/api/comune`)).json()) as { offices: { waiting: number }[] };
  expect(offices.map(({ waiting }) => waiting)).toEqual([2]);
  const { room_id, staff: [clerk] } = demoIn(after);
  expect(room_id).toBe(demoIn(before).room_id);
  const login = await fetch(`${url}/_matrix/client/v3/login`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user: clerk?.user_id }, password: clerk?.password }),
  });
  const { user_id, access_token } = (await login.json()) as { user_id: string; access_token: string };
  const anna = new Person(url, user_id, access_token);
  const cards = await anna.until('the cards', () => { const found = cardsIn(anna, room_id).filter(({ over }) => !over); return found.length === 2 && found; });
  expect(cards.map(({ number }) => number)).toEqual([1, 2]);
  await anna.react(room_id, cards[0]?.event_id ?? '', '✅');
  const visit = await maria.until('the invitation', () => [...maria.invites.keys()][0], 60_000);
  await maria.join(visit);
  await ticket(piero, 'the first place', ({ place, number }) => place === 1 && number === 2);
  const fourth = await arrive(url, 'Carla');
  await ticket(fourth, 'the next number', ({ place, number }) => place === 2 && number === 3);
});
