/** The bot as a process, and the settings it is started with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { BUILT } from './builds.ts';
import type { Program } from './builds.ts';
import { lastLine, pause, start } from './child.ts';
import type { Child } from './child.ts';
import { crashIn } from './crash.ts';
import type { Federation } from './federation.ts';
import { writeJson } from './files.ts';
import { KEY } from './livekit.ts';
import { CACHE } from './paths.ts';
import { say } from './progress.ts';
import { PORTER, VISITORS } from './registrations.ts';
import type { DemoStaff } from './demo.ts';
import type { Secrets } from './secrets.ts';
import { Trouble } from './trouble.ts';

/** How long the bot may take until it is ready, in milliseconds: a thousand rooms are made one after the other. */
const READY_TIMEOUT_MS = 300_000;

export interface PorterSettings {
  /** The comune's YAML file. */
  config: string;
  server: string;
  homeserverUrl: string;
  publicUrl: string;
  /** Where it listens on this machine. */
  port: number;
  /** Where on this machine it serves its metrics; nowhere unless given. */
  metricsPort?: number | null;
  /** Where it listens for the homeserver's events. */
  eventsPort: number;
  staff: readonly DemoStaff[];
  secrets: Secrets;
  /** Where on this machine the calls' server listens; null where there is none. */
  livekitUrl: string | null;
  /** What it runs and serves; what was built unless given. */
  program?: Program;
  /** How its homeserver speaks with others on this machine. */
  federation?: Federation | undefined;
}

/** The content of `DATA/bot.json`; its schema is the bot's (bot/src/ground/settings.ts). */
export function porterJson(settings: PorterSettings): Record<string, unknown> {
  const { secrets, staff, program = BUILT } = settings;
  return {
    config: settings.config,
    pages: program.pages,
    widget: program.widget,
    public_url: settings.publicUrl,
    listen: { host: '127.0.0.1', port: settings.port },
    metrics: settings.metricsPort == null ? null : { host: '127.0.0.1', port: settings.metricsPort },
    trusted_proxies: [],
    homeserver: { url: settings.homeserverUrl, name: settings.server },
    near_servers: settings.federation?.servers ?? [],
    porter: { ...PORTER, ...secrets.porter, host: '127.0.0.1', port: settings.eventsPort },
    visitors: { as_token: secrets.visitors.as_token, prefix: VISITORS.prefix },
    admin_token: secrets.admin?.token ?? null,
    livekit: settings.livekitUrl === null ? null : { url: settings.livekitUrl, key: KEY, secret: secrets.livekit },
    push: secrets.push,
    demo_staff: Object.fromEntries([...Map.groupBy(staff, ({ office }) => office)].map(([office, own]) => [office, own.map(({ user_id }) => user_id)])),
  };
}

/** How Node is called for the bot. A deprecation in what matrix-bot-sdk loads (util._extend) is nothing that whoever reads the log could act upon. */
export function porterArguments(settingsFile: string, { main, flags }: Program = BUILT): string[] {
  return [...flags, '--disable-warning=DEP0060', main, '--settings', settingsFile];
}

/** The C library gives back what is free from 32 kB on (glibc's mallopt(3), M_MMAP_THRESHOLD): with a thousand offices 33 MB. Its other settings gain nothing beside this one. */
export const SPARING_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '32768' };

/**
 * What the bot finds in its environment. Compiled code is kept, so that later starts need neither time nor memory for the TypeScript.
 * @param federation whose authority it trusts beside those of the system
 */
export function porterEnvironment(federation?: Federation): NodeJS.ProcessEnv {
  const trusted = federation === undefined ? {} : { NODE_EXTRA_CA_CERTS: federation.authority };
  return { ...process.env, ...trusted, NODE_ENV: 'production', NODE_COMPILE_CACHE: join(CACHE, 'compiled'), ...SPARING_ENVIRONMENT };
}

/** Writes the settings and starts the bot. It waits for the homeserver by itself. */
export async function startPorter(data: string, settings: PorterSettings): Promise<Child> {
  const file = join(data, 'bot.json');
  writeJson(file, porterJson(settings));
  return start(process.execPath, porterArguments(file, settings.program), outputOf(data), { env: porterEnvironment(settings.federation), tell: say });
}

/** What the bot says. */
function outputOf(data: string): string {
  return join(data, 'bot.log');
}

const Said = z.object({ msg: z.string() });

/** The bot's last words: of a line of its log, the message; of an error that nothing caught, the error. */
function lastWords(data: string): string {
  const crash = crashIn(readFileSync(outputOf(data), 'utf8'));
  if (crash !== null) return crash;
  const line = lastLine(outputOf(data));
  try {
    return Said.parse(JSON.parse(line)).msg;
  } catch {
    return line;
  }
}

/** For how long nothing may change while only single offices are not well, in milliseconds: then the others are open without them. */
const WITHOUT_MS = 30_000;
const Ailing = z.object({ detail: z.string(), parts: z.array(z.object({ part: z.string() })).default([]) });

/**
 * Waits until the reception is ready: all of it, or all but some offices that cannot be had for now.
 * @returns what is not well then, in a sentence; null when all is
 * @throws Trouble when the bot ends first, or takes too long
 */
export async function ready(bot: Child, port: number, data: string, signal: AbortSignal): Promise<string | null> {
  let over: number | string | undefined;
  let ailing = 'it does not answer';
  let since = performance.now();
  void bot.ended.then((how) => { over = how; });
  for (const until = performance.now() + READY_TIMEOUT_MS; performance.now() < until;) {
    signal.throwIfAborted();
    if (over !== undefined) throw new Trouble(`The bot ended while starting (${over}: ${lastWords(data)}): see ${outputOf(data)}.`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      if (answer.ok) return null;
      const { detail, parts } = Ailing.parse(await answer.json());
      if (detail !== ailing || parts.some(({ part }) => part !== 'offices')) since = performance.now();
      ailing = detail;
      if (performance.now() - since > WITHOUT_MS) return ailing;
    } catch {
      // Not yet.
    }
    await pause(50);
  }
  throw new Trouble(`The bot was not ready within ${READY_TIMEOUT_MS / 1000} s (${ailing}): see ${outputOf(data)}.`);
}
