/** A whole reception for one test: a real homeserver, and the bot as a process of its own that can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CARD, type CardContent } from '@portineria/config/events';
import { botBundle, BUILT } from '@portineria/synapse/builds';
import { nameOf, type Federation } from '@portineria/synapse/federation';
import { startHomeserver, type Homeserver } from '@portineria/synapse/harness';
import { install } from '@portineria/synapse/install';
import { freePorts } from '@portineria/synapse/ports';
import { porterArguments, porterEnvironment, porterJson } from '@portineria/synapse/porter';
import { doorOf, officeRoom, type At } from './administrator.ts';
import { startCallServer, type CallServer } from './calls.ts';
import { endsWithUs } from './cutoff.ts';
import { Failure, Person, until } from './matrix.ts';
import { startToll, type Toll } from './toll.ts';

/** An office that never closes, one that never opens, and short times. */
export const CONFIG = `
comune:
  id: prova
  name: { it: Comune di Prova, en: Municipality of Prova }
  zone: Europe/Rome
  languages: [it, en]
  phone: "+39 099 000 0000"
offices:
  - id: anagrafe
    name: { it: Anagrafe, en: Registry }
    description: { it: Certificati, en: Certificates }
    hours: { mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"] }
    staff: ["@anna:localhost", "@bruno:localhost"]
  - id: sindaco
    name: { it: Il Sindaco, en: The Mayor }
    description: { it: Riceve i cittadini, en: Receives citizens }
    hours: {}
    exceptions:
      - { date: 2099-01-01, hours: ["11:00-13:00"] }
    staff: ["@anna:localhost"]
limits: { retention: 0.01, door_visits: 100 }
`;

export interface Reception {
  readonly homeserver: Homeserver;
  /** Between the bot and the homeserver that it asks. */
  readonly toll: Toll;
  /** Between the homeserver and the bot that it pushes events to. */
  readonly stream: Toll;
  /** The server for calls, when it was asked for. */
  readonly callServer: CallServer | null;
  /** The public origin. */
  readonly url: string;
  /** Where its metrics are. */
  readonly metrics: string;
  readonly configFile: string;
  readonly anna: Person;
  readonly bruno: Person;
  /** Of anna and bruno. */
  readonly password: string;
  /** The staff's rooms. */
  readonly rooms: { readonly anagrafe: string; readonly sindaco: string };
  /** Where people knock, as the offices' aliases led at the start: a door is made anew in time. */
  readonly doors: { readonly anagrafe: string; readonly sindaco: string };
  /** The bot's own log so far. */
  readonly log: () => string;
  /** SIGKILL. */
  readonly killBot: () => Promise<void>;
  /** Resolves when the bot is ready. `how` changes how Node is called for it: for benchmarks. */
  readonly startBot: (how?: HowStarted) => Promise<void>;
  readonly bot: () => ChildProcess;
  /** An ordinary Matrix user. */
  readonly person: (localpart: string) => Promise<Person>;
  readonly stop: () => Promise<void>;
}

/** What a scene is played with: who receives, where people come in, and what the homeserver's administrator sees. */
export type Scene = Pick<Reception, 'url' | 'anna' | 'rooms'> & At;

/** How Node is called for the bot: with which flags, and names that are left out of its environment. */
export interface HowStarted {
  readonly flags?: readonly string[];
  readonly without?: readonly string[];
}

export interface Options {
  readonly config?: string;
  readonly extra?: Record<string, unknown>;
  /** The bot speaks to the homeserver without the gate between, as it does for people. For benchmarks. */
  readonly direct?: boolean;
  /** What the bot says goes to a device that is full. It is never ready then. */
  readonly full?: boolean;
  /** Beside it runs a server for calls. */
  readonly calls?: boolean;
  /** Where on loopback a push service stands. */
  readonly pushService?: string;
  /** Its homeserver speaks with others, and is called by where it does so, also where the configuration says `:localhost`. */
  readonly federation?: Federation;
  /** Where people reach it; a free port unless given. */
  readonly port?: number;
  /** What is done at the homeserver before the bot's first start. */
  readonly before?: (there: Pick<Reception, 'homeserver' | 'anna' | 'bruno'>) => Promise<void>;
}

export async function startReception({ config = CONFIG, extra = {}, direct = false, calls = false, full = false, pushService, federation, port: wanted, before }: Options = {}): Promise<Reception> {
  await install([botBundle]);
  const { free, events, figures } = await freePorts('free', 'events', 'figures');
  const port = wanted ?? free;
  const stream = await startToll(`http://127.0.0.1:${events}`);
  const url = `http://localhost:${port}`;
  const name = federation === undefined ? 'localhost' : nameOf(federation);
  const homeserver = await startHomeserver({ name, botPort: Number(new URL(stream.url).port), extra, calls, federation, ...(calls || pushService !== undefined || federation === undefined ? { publicUrl: url } : {}) });
  const callServer = calls ? await startCallServer(homeserver.secrets.livekit) : null;
  const toll = await startToll(homeserver.url);
  const folder = join(homeserver.data, 'bot');
  mkdirSync(folder);
  const configFile = join(folder, 'comune.yaml');
  writeFileSync(configFile, config.replace(/:localhost\b(?!:)/gu, `:${name}`));
  const settings = join(folder, 'bot.json');
  const secrets = { ...homeserver.secrets, admin: { user_id: '', token: homeserver.adminToken } };
  const json = porterJson({ config: configFile, server: homeserver.name, homeserverUrl: direct ? homeserver.url : toll.url, publicUrl: url, port, eventsPort: events, staff: [], secrets, federation, livekitUrl: callServer?.line.url ?? null });
  // Visitors come from many addresses: each says its own, as behind a proxy. Pages that are gone are found in seconds.
  writeFileSync(settings, JSON.stringify({ ...json, last_seen_behind_minutes: 0, metrics: { host: '127.0.0.1', port: figures }, trusted_proxies: ['127.0.0.1'], push: { ...homeserver.secrets.push, near_services: pushService === undefined ? [] : [pushService] } }), { mode: 0o600 });

  const logFile = join(folder, 'bot.log');
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  let child: ChildProcess | null = null;
  endsWithUs(() => child?.kill('SIGKILL'));
  const startBot = async ({ flags = direct ? BUILT.flags : [], without = [] }: HowStarted = {}): Promise<void> => {
    const out = createWriteStream(logFile, { flags: 'a' });
    // What spares memory takes time at each start: for people, not for tests that start it hundreds of times.
    const parameters = porterArguments(settings, { ...BUILT, flags });
    const environment = Object.fromEntries(Object.entries(porterEnvironment(federation)).filter(([name]) => !without.includes(name)));
    const started = spawn(process.execPath, parameters, { env: environment, stdio: ['ignore', full ? openSync('/dev/full', 'w') : 'pipe', 'pipe'] });
    started.stdout?.pipe(out);
    started.stderr?.pipe(out);
    child = started;
    await until('the bot is ready', async () => {
      if (started.exitCode !== null || started.signalCode !== null) throw new Error(`The bot ended: ${log().slice(-2000)}`);
      return fetch(`${url}/health/${full ? 'live' : 'ready'}`).then(({ ok }) => ok, () => false);
    }, 1_200_000);
  };
  const killBot = async (): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const password = 'una-parola-lunga';
  const person = async (localpart: string): Promise<Person> => {
    const { user_id, access_token } = await homeserver.registerUser(localpart, password);
    return new Person(homeserver.url, user_id, access_token);
  };
  const anna = await person('anna');
  const bruno = await person('bruno');
  await before?.({ homeserver, anna, bruno });
  await startBot();
  const at = { homeserver };
  const rooms = { anagrafe: await officeRoom(at, 'anagrafe'), sindaco: await officeRoom(at, 'sindaco') };
  const doors = { anagrafe: await doorOf(at, 'anagrafe'), sindaco: await doorOf(at, 'sindaco') };
  await anna.join(rooms.anagrafe);
  await anna.join(rooms.sindaco);
  await bruno.join(rooms.anagrafe);
  return {
    homeserver, toll, stream, callServer, url, metrics: `http://127.0.0.1:${figures}/metrics`, configFile, anna, bruno, password, rooms, doors, log, killBot, startBot, person,
    bot: () => {
      if (child === null) throw new Error('The bot was not started.');
      return child;
    },
    stop: async () => {
      await killBot();
      await callServer?.stop();
      await toll.stop();
      await stream.stop();
      await homeserver.stop();
    },
  };
}

/** What the page gets: an account for one visit. */
export interface Guest {
  readonly person: Person;
  readonly token: string;
}

/** Asks for an account, from an address of its own. */
export function askForAccount({ url }: Pick<Reception, 'url'>, body: unknown): Promise<Response> {
  const address = `198.51.${randomInt(256)}.${randomInt(256)}`;
  return fetch(`${url}/api/visitors`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(body),
  });
}

export interface Wishes {
  readonly name?: string;
  readonly topic?: string;
  readonly language?: string;
  /** To speak, not only to write. */
  readonly voice?: boolean;
  /** Whose office it is; their own comune's unless given. */
  readonly neighbour?: string;
}

/** Does what the page does: asks for an account, and knocks with it; where the door is gone by then, at the office's alias. */
export async function arrive(reception: Reception, office: string, { name = 'Maria Bianchi', topic = 'Carta d’identità', language = 'it', voice = false, neighbour }: Wishes = {}): Promise<Guest> {
  const response = await askForAccount(reception, { office, name, topic, language, voice, consent: true, ...(neighbour === undefined ? {} : { neighbour }) });
  const body = (await response.json()) as { user_id: string; access_token: string; knock: { room_id: string; alias: string; via: string[]; reason: string }; detail?: string };
  if (response.status !== 201) throw new Error(`${response.status}: ${body.detail ?? ''}`);
  const person = new Person(reception.homeserver.url, body.user_id, body.access_token);
  await person.sync();
  const { room_id, alias, via, reason } = body.knock;
  await person.knock(room_id, reason, via).catch((error: unknown) => {
    if (!(error instanceof Failure && (error.status === 404 || error.status === 403))) throw error;
    return person.knock(alias, reason, via);
  });
  return { person, token: body.access_token };
}

export interface Card {
  readonly event_id: string;
  /** What stands there now, its edits counted. */
  readonly body: string;
  readonly html: string;
  readonly content: Record<string, unknown>;
  readonly number: number;
  readonly knock: string;
  readonly visit?: string | undefined;
  /** It says who knocks and what for, as long as that stands. */
  readonly isDescribed: boolean;
  /** It asks nothing any more. */
  readonly over: boolean;
}

/** The cards in an office's room as a member of staff has seen them, the latest last; edits are no cards of their own. */
export function cardsIn(person: Person, room: string): Card[] {
  const events = person.timeline.filter(({ room: where }) => where === room).map(({ event }) => event);
  const redacted = new Set(events.flatMap(({ type, content }) => (type === 'm.room.redaction' ? [String(content['redacts'])] : [])));
  const seen = new Map<string, Card>();
  for (const { event_id, sender, content } of events) {
    if (!sender.startsWith('@portineria:')) continue;
    const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
    // What calls again in reply to a card is none.
    if (relation !== undefined && relation.rel_type !== 'm.replace') continue;
    const edited = relation?.rel_type === 'm.replace' ? seen.get(relation.event_id ?? '') : undefined;
    const shown = (edited === undefined ? content : content['m.new_content']) as Record<string, unknown> | undefined;
    const card = shown?.[CARD] as CardContent | undefined;
    if (shown === undefined || (card === undefined && edited === undefined) || (edited !== undefined && redacted.has(event_id))) continue;
    const words = { body: String(shown['body']), html: String(shown['formatted_body']) };
    if (edited !== undefined) seen.set(edited.event_id, { ...edited, ...words, isDescribed: edited.isDescribed || card?.visitor !== undefined, over: edited.over || card?.over === true });
    else if (card !== undefined) seen.set(event_id, { event_id, content, ...words, ...card, isDescribed: card.visitor !== undefined, over: redacted.has(event_id) });
  }
  return [...seen.values()];
}
