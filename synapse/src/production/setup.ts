/** `npm run setup`: asks for what an installation needs, writes every setting and secret, and says what is left to be done. */
import { lookup } from 'node:dns/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { checkedComune } from '../checks.ts';
import { writePrivately } from '../files.ts';
import { ROOT } from '../paths.ts';
import { complain, say } from '../progress.ts';
import { Trouble } from '../trouble.ts';
import { filesIn, PORTS } from './installation.ts';
import type { Installation, Place } from './installation.ts';
import { installationFrom, typedOptions } from './questions.ts';
import type { Question } from './questions.ts';
import { readInstallation, writeInstallation } from './write.ts';
import type { Owner } from './write.ts';

/** What the pages are called inside our image (Dockerfile). */
const IN_IMAGE = { pages: '/portineria/client/dist', widget: '/portineria/widget/dist' };

/** As whom everything runs where root sets it up: nobody else of the machine, as in Synapse's own image. */
const OF_ROOT: Owner = { uid: 991, gid: 991 };

/** The name that a configuration has where none is written in it. */
const UNNAMED = 'localhost';

/** A name's address, in numbers. */
async function lookUp(domain: string): Promise<string | undefined> {
  try {
    return (await lookup(domain, 4)).address;
  } catch {
    // It leads nowhere yet: then somebody says so.
    return undefined;
  }
}

/** Asks at the terminal. */
async function answerTo({ ask, suggested }: Question): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(`${ask.slice(0, 1).toUpperCase()}${ask.slice(1)}${suggested === undefined ? '' : ` [${suggested}]`}: `);
  } finally {
    terminal.close();
  }
}

/** What docker compose reads beside docker-compose.yml. */
function environmentFile(folder: string, { uid, gid }: Owner): string {
  return `# Written by npm run setup.\nPORTINERIA_FOLDER=${folder}\nPORTINERIA_UID=${uid}\nPORTINERIA_GID=${gid}\n`;
}

/** What is left to be done, a line each. */
function next({ domain, server, turn, address, certificates }: Installation, folder: string, compose: string): string[] {
  const files = join(folder, 'comune-serves', '.well-known', 'matrix');
  return [
    `Every setting and secret is in ${folder}. What is left to be done:`,
    `1. In the DNS: ${domain} and ${turn} lead to ${address}.`,
    `2. In the firewall, open to everybody: TCP ${PORTS.http}, ${PORTS.https} and ${PORTS.mediaTcp}, UDP ${PORTS.media} and ${PORTS.turn}.`,
    ...(server === domain ? [] : [
      `3. At the comune's own name, https://${server}, serve these two files as application/json, with the header Access-Control-Allow-Origin: *`,
      ...(['client', 'server'] as const).map((name) => `   https://${server}/.well-known/matrix/${name}  (${join(files, name)})\n     ${readFileSync(join(files, name), 'utf8').trim()}`),
    ]),
    ...(certificates === 'own' ? [`   The certificate must hold for ${domain} and for ${turn}. Where it is renewed, run this again, then ${compose} restart caddy.`] : []),
    `${server === domain ? 3 : 4}. ${compose} up -d`,
    `Then: docs/operations.md, "The first minutes". The comune's configuration is ${filesIn(folder).comune}.`,
  ];
}

async function main(args: string[]): Promise<void> {
  const typed = typedOptions(args);
  const from = process.env['INIT_CWD'] ?? process.cwd();
  const out = typed.out === undefined ? ROOT : resolve(from, typed.out);
  const place: Place = { folder: join(out, 'production'), ports: PORTS, program: IN_IMAGE };
  const resolved = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(from, path));
  const declaring = resolved(typed.config) ?? (existsSync(filesIn(place.folder).comune) ? filesIn(place.folder).comune : undefined);
  const declared = declaring === undefined ? undefined : checkedComune(declaring).server;
  if (declared === UNNAMED) throw new Trouble(`The configuration ${declaring ?? ''} names no homeserver: write under "comune:" the part of everybody's id behind the colon, as in "server: comune.example".`);
  const installation = await installationFrom({
    typed,
    before: readInstallation(place.folder),
    declared,
    lookUp,
  }, typed.yes === true || !process.stdin.isTTY ? undefined : answerTo);
  const isRoot = process.getuid?.() === 0;
  const owner: Owner = isRoot ? OF_ROOT : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  writeInstallation(installation, place, { config: resolved(typed.config), certificate: resolved(typed.certificate), key: resolved(typed.key), owner: isRoot ? owner : undefined });
  const environment = join(out, '.env');
  writePrivately(environment, environmentFile(place.folder, owner));
  const compose = resolve(out) === resolve(ROOT) ? 'docker compose' : `docker compose --env-file ${environment}`;
  for (const line of next(installation, place.folder, compose)) say(line);
  const unstaffed = checkedComune(filesIn(place.folder).comune).offices.filter(({ staff }) => staff.length === 0);
  if (unstaffed.length > 0) say(`Nobody staffs ${unstaffed.map(({ id }) => id).join(', ')} yet: name somebody in the configuration.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  complain(error);
  process.exit(1);
}
