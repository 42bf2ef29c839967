/**
 * `npm run demo:neighbours`: two comuni on this machine, each with a reception of its own, whose homeservers speak with each other over
 * TLS. Each is the other's neighbour: whoever is at the page of one finds the offices of the other there, and knocks at them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { makeAuthority } from './authority.ts';
import type { Authority } from './authority.ts';
import { nameOf } from './federation.ts';
import { privateFolder, writePrivately } from './files.ts';
import { runUntilTold } from './foreground.ts';
import { open } from './open.ts';
import type { Options } from './options.ts';
import { neighboursOptionsOf } from './options.ts';
import { ROOT } from './paths.ts';
import { say } from './progress.ts';

/** The two comuni of the demo, by their files in `config`. */
const COMUNI = ['maruggio', 'torricella'] as const;

interface Place {
  readonly id: (typeof COMUNI)[number];
  readonly port: number;
  readonly federationPort: number;
}

/** The comune's file, with the others as its neighbours: a copy in its data folder, which may be changed while it runs. */
function declared({ id }: Place, others: readonly Place[], data: string): string {
  const document = parseDocument(readFileSync(join(ROOT, 'config', `${id}.yaml`), 'utf8'));
  document.set('neighbours', document.createNode(others.map((other) => ({ id: other.id, url: `http://localhost:${other.port}` }))));
  privateFolder(data);
  const file = join(data, 'comune.yaml');
  writePrivately(file, document.toString());
  return file;
}

function optionsFor(place: Place, places: readonly Place[], authority: Authority, data: string, calls: boolean): Options {
  const others = places.filter((other) => other !== place);
  const { certificate, key, authority: trusted } = authority;
  const own = join(data, place.id);
  return {
    config: declared(place, others, own),
    data: own,
    port: place.port,
    federation: { port: place.federationPort, certificate, key, authority: trusted, servers: others.map((other) => nameOf({ port: other.federationPort })) },
    calls,
    metrics: null,
  };
}

await runUntilTold(async (rest, signal) => {
  const { data, port, calls } = neighboursOptionsOf(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  const authority = await makeAuthority(join(data, 'authority'));
  const places = COMUNI.map((id, n): Place => ({ id, port: port + n, federationPort: port + COMUNI.length + n }));
  for (const [n, place] of places.entries()) {
    say(`${place.id}:`);
    const options = optionsFor(place, places, authority, data, n === 0 || calls);
    const { url, bot } = await open(options, rest, signal);
    bot.keepRunning();
    say(`${place.id} is open: ${url} (staff: ${join(options.data, 'demo.json')})`);
  }
  say(`Portineria is open: ${places.map((place) => `http://localhost:${place.port}`).join(' and ')}`);
});
