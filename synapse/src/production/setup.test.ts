/** `npm run setup` as a technician calls it: as a process, with nobody to answer. */
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../paths.ts';
import { scratch } from '../scratch.ts';
import { installedIn } from './installation.ts';

const run = promisify(execFile);
const ADDRESS = ['--address', '203.0.113.7'];

async function setup(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'synapse/src/production/setup.ts'), '--yes', ...args]);
  return stdout;
}

/** What it refuses to do. */
const refusal = (...args: string[]): Promise<string> => setup(...args).then(() => '', (error: unknown) => (error as { stderr: string }).stderr);

/** Everything that stands in a folder, by its path there. */
function contents(folder: string): Record<string, string> {
  const files = globSync('**/*', { cwd: folder, exclude: ['**/data/**'] }).filter((file) => statSync(join(folder, file)).isFile());
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

test('it writes every setting and secret for nobody else to read, says what is left, and changes nothing when it is called again', async () => {
  const out = scratch();
  const said = await setup('--domain', 'reception.comune.example', ...ADDRESS, '--out', out);
  expect(said).toContain('reception.comune.example and turn.reception.comune.example lead to 203.0.113.7');
  expect(said).toContain('https://comune.example/.well-known/matrix/server');
  expect(said).toContain(`docker compose --env-file ${join(out, '.env')} up -d`);
  const folder = join(out, 'production');
  const written = contents(folder);
  expect(Object.keys(written).toSorted()).toEqual([
    'caddy/Caddyfile', 'comune/comune.yaml', 'installation.json', 'livekit/livekit.yaml', 'porter/bot.json', 'postgres/password', 'secrets.json',
    'synapse/homeserver.yaml', 'synapse/log.yaml', 'synapse/porter.yaml', 'synapse/signing.key', 'synapse/visitors.yaml',
  ]);
  for (const file of Object.keys(written)) expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(parse(written['synapse/homeserver.yaml'] ?? '')).toMatchObject({ server_name: 'comune.example', public_baseurl: 'https://reception.comune.example', database: { name: 'psycopg2' } });
  expect(written['comune/comune.yaml']).toContain('staff: ["@anagrafe:comune.example"]');
  // Hidden folders are not among them.
  for (const [name, key] of [['client', 'm.homeserver'], ['server', 'm.server']] as const) {
    const file = readFileSync(join(folder, 'comune-serves/.well-known/matrix', name), 'utf8');
    expect(JSON.parse(file)).toHaveProperty([key]);
    expect(said).toContain(file.trim());
  }

  expect(await setup('--domain', 'reception.comune.example', '--out', out)).toBe(said);
  expect(contents(folder)).toEqual(written);
  // Others find there what they read.
  for (const [name, path] of Object.entries<string>({ ...installedIn(folder) })) expect([name, existsSync(path)]).toEqual([name, true]);
  expect(JSON.parse(written['porter/bot.json'] ?? '')).toMatchObject({ metrics: null });
  // Another answer changes the settings, and no secret.
  await setup('--domain', 'sportello.comune.example', '--metrics', '9100', '--out', out);
  expect(JSON.parse(readFileSync(join(folder, 'porter/bot.json'), 'utf8'))).toMatchObject({ metrics: { host: '127.0.0.1', port: 9100 } });
  const changed = contents(folder);
  expect(changed['synapse/homeserver.yaml']).toContain('https://sportello.comune.example');
  for (const file of ['secrets.json', 'postgres/password', 'synapse/signing.key']) expect(changed[file]).toBe(written[file]);
}, 60_000);

test('a configuration comes along with what it names beside it, and one whose coat of arms is missing is refused', async () => {
  const [out, from] = [scratch(), scratch()];
  const config = join(from, 'comune.yaml');
  const image = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  writeFileSync(config, 'comune: { id: c, server: comune.example, name: C, zone: Europe/Rome, arms_file: images/stemma.svg }\noffices: [{ id: o, name: O }]\njitsi: { domain: meet.comune.example, app_id: a, secret_file: jitsi.secret }\n');
  const args = ['--domain', 'reception.comune.example', ...ADDRESS, '--config', config, '--out', out];
  expect(await refusal(...args)).toContain('came no file "images/stemma.svg"');
  expect(contents(out)).toEqual({});
  mkdirSync(join(from, 'images'));
  writeFileSync(join(from, 'images/stemma.svg'), image);
  await setup(...args);
  // The secret is still to come.
  expect(contents(join(out, 'production/comune'))).toEqual({ 'comune.yaml': readFileSync(config, 'utf8'), 'images/stemma.svg': image });
  expect(statSync(join(out, 'production/comune/images/stemma.svg')).mode & 0o777).toBe(0o600);
}, 60_000);

test('what cannot be is refused with what to do, and nothing is written', async () => {
  const out = scratch();
  expect(await refusal('--out', out)).toContain('--domain is needed');
  expect(await refusal('--domain', 'reception', ...ADDRESS, '--out', out)).toContain('--domain: expected a name such as reception.comune.example, came "reception"');
  expect(await refusal('--domain', 'reception.comune.example', '--address', 'here', '--out', out)).toContain('--address');
  expect(await refusal('--domain', 'reception.comune.example', ...ADDRESS, '--certificate', 'a.pem', '--out', out)).toContain('belong together');
  expect(await refusal('--domain', 'reception.comune.example', ...ADDRESS, '--config', join(ROOT, 'config/maruggio.yaml'), '--out', out)).toContain('names no homeserver');
  expect(contents(out)).toEqual({});
  await setup('--domain', 'reception.comune.example', ...ADDRESS, '--out', out);
  expect(await refusal('--domain', 'reception.comune.example', '--server', 'altro.example', '--out', out)).toContain('belongs to the homeserver comune.example');
}, 60_000);
