/**
 * Makes the administrator's account once the homeserver answers, and gives the porter its token: what docker-compose.yml runs before the
 * porter, each time. Does nothing where there is one that works. Run as `node synapse/src/production/administrator.ts FOLDER`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { administrator } from '../accounts.ts';
import { writeJson } from '../files.ts';
import { complain } from '../progress.ts';
import { secretsOf } from '../secrets.ts';
import { Trouble } from '../trouble.ts';

/** Milliseconds that all of it may take. */
const TIMEOUT_MS = 60_000;

const Settings = z.looseObject({ homeserver: z.looseObject({ url: z.url() }), admin_token: z.string().nullable() });

async function main([folder]: string[]): Promise<void> {
  if (folder === undefined) throw new Trouble('Say where the installation is: node administrator.ts FOLDER.');
  const file = join(folder, 'porter', 'bot.json');
  const settings = Settings.parse(JSON.parse(readFileSync(file, 'utf8')));
  const token = await administrator({ url: settings.homeserver.url, signal: AbortSignal.timeout(TIMEOUT_MS) }, folder, secretsOf(folder));
  if (settings.admin_token !== token) writeJson(file, { ...settings, admin_token: token });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  complain(error);
  process.exit(1);
}
