/** Opens the reception: checks, installs, builds, and starts the homeserver and the bot on one origin. */
import { join } from 'node:path';
import { administrator, givePasswords, joinOffices, makeStaff, officeRooms } from './accounts.ts';
import type { OfficeRooms, Reach } from './accounts.ts';
import { botBundle, pages } from './builds.ts';
import { checkedComune, checkFolder, checkName, checkPort } from './checks.ts';
import type { Child } from './child.ts';
import { claim } from './claim.ts';
import type { Claim } from './claim.ts';
import { demoStaff } from './demo.ts';
import type { DemoStaff } from './demo.ts';
import { writeJson } from './files.ts';
import { install, synapse } from './install.ts';
import { keep } from './keep.ts';
import type { Kept } from './keep.ts';
import { answering, livekit, startLivekit } from './livekit.ts';
import type { LivekitSettings } from './livekit.ts';
import type { Options } from './options.ts';
import { freePorts, freeUdpPort } from './ports.ts';
import { ready, startPorter } from './porter.ts';
import { say, step } from './progress.ts';
import { findPython } from './python.ts';
import { saveSecrets, secretsOf } from './secrets.ts';
import type { Secrets } from './secrets.ts';
import { healthy, startSynapse } from './server.ts';
import { words } from './trouble.ts';

/** A part of the reception that runs as a process of its own. */
class Service {
  readonly #name: string;
  readonly #begin: () => Promise<Child>;
  readonly #claim: Claim;
  #kept: Kept | undefined;
  child: Child;

  private constructor(name: string, begin: () => Promise<Child>, held: Claim, child: Child) {
    this.#name = name;
    this.#begin = begin;
    this.#claim = held;
    this.child = child;
  }

  /** Starts it, remembers it for a start after a crash, and lets it be stopped with the rest. */
  static async run(name: string, begin: () => Promise<Child>, held: Claim, rest: AsyncDisposableStack, signal: AbortSignal): Promise<Service> {
    signal.throwIfAborted();
    const service = new Service(name, begin, held, await begin());
    rest.defer(() => (service.#kept ?? service.child).stop());
    held.remember(name, service.child.mark);
    return service;
  }

  /** Starts it afresh, with settings that have changed. */
  async renew(): Promise<void> {
    await this.child.stop();
    this.child = await this.#begin();
    this.#claim.remember(this.#name, this.child.mark);
  }

  /** From now on it is started again whenever it ends by itself. */
  keepRunning(): void {
    const again = async (): Promise<Child> => {
      const child = await this.#begin();
      this.#claim.remember(this.#name, child.mark);
      return child;
    };
    this.#kept = keep(this.child, again, (how, wait) => say(`The ${this.#name} ended by itself (${how}): starting it again in ${wait / 1000} s`));
  }
}

/** Whom any Matrix client can log in as, to play the staff. */
function demoJson(publicUrl: string, rooms: readonly OfficeRooms[], staff: readonly DemoStaff[], secrets: Secrets): unknown {
  return {
    homeserver: publicUrl,
    offices: rooms.map((room) => ({
      ...room,
      staff: staff.filter(({ office }) => office === room.id).map(({ user_id, localpart }) => ({ user_id, password: secrets.staff[localpart] })),
    })),
  };
}

/** Waits for the calls' server. That it does not come up keeps nobody from writing; it is started again like the rest. */
async function hears(child: Child, settings: LivekitSettings, signal: AbortSignal): Promise<void> {
  try {
    await answering(child, settings, signal);
  } catch (error) {
    signal.throwIfAborted();
    say(`There are no calls for now. ${words(error)}`);
  }
}

/**
 * Opens the reception. What it starts is stopped by disposing of `rest`: the bot first, then the homeserver.
 * @returns its address
 * @throws Trouble with what to do; the reason of `signal` when it is given up before
 */
export async function open(options: Options, rest: AsyncDisposableStack, signal: AbortSignal): Promise<string> {
  const { config, data, port } = options;
  const comune = await step('Configuration checked', async () => checkedComune(config));
  checkFolder(data);
  checkName(data, comune.server);
  const held = await claim(data, say);
  rest.defer(() => held.release());
  await checkPort(port);
  // Asked for first, so that nobody waits for the pages only to read then that Python is missing.
  if (!synapse.present()) await findPython();
  const sfu = livekit();
  let calls = comune.offices.some(({ call }) => call === 'element-call');
  const without = (why: unknown): void => {
    calls = false;
    say(`The reception works in writing only. ${words(why)} Another start tries again.`);
  };
  await install([synapse, ...(calls ? [{ ...sfu, without }] : []), pages, botBundle], step, signal);

  const secrets = secretsOf(data);
  const staff = demoStaff(comune.server, comune.offices);
  if (givePasswords(staff, secrets)) saveSecrets(data, secrets);
  const ports = await freePorts('homeserver', 'events', 'signalling');
  const publicUrl = `http://localhost:${port}`;
  const reach: Reach = { url: `http://127.0.0.1:${ports.homeserver}`, signal };
  const folder = join(data, 'synapse');

  const runHomeserver = (): Promise<Child> => startSynapse({
    name: comune.server, folder, port: ports.homeserver, porterPort: ports.events, publicUrl, secrets, addresses: comune.limits.addresses, calls,
  });
  const talk: LivekitSettings = { folder: join(data, 'livekit'), port: ports.signalling, mediaPort: await freeUdpPort(), secret: secrets.livekit };
  const runPorter = (): Promise<Child> => startPorter(data, {
    config, server: comune.server, homeserverUrl: reach.url, publicUrl, port, eventsPort: ports.events, staff, secrets,
    livekitUrl: calls ? `http://127.0.0.1:${ports.signalling}` : null,
  });

  const homeserver = await Service.run('homeserver', runHomeserver, held, rest, signal);
  const voice = calls ? await Service.run('server for calls', () => startLivekit(talk), held, rest, signal) : undefined;
  // The bot is given the administrator's token. Where there is one already, it starts beside the homeserver, and waits for it.
  const before = secrets.admin?.token;
  let bot = before === undefined ? undefined : await Service.run('bot', runPorter, held, rest, signal);
  await step('Homeserver started', () => healthy(homeserver.child, reach.url, folder, signal));
  const token = await administrator(reach, data, secrets);
  if (bot === undefined) bot = await Service.run('bot', runPorter, held, rest, signal);
  else if (token !== before) await bot.renew();
  const { child } = bot;
  await step('Reception ready', async () => {
    const [ailing] = await Promise.all([ready(child, port, data, signal), voice === undefined ? undefined : hears(voice.child, talk, signal), makeStaff(reach, token, staff, secrets)]);
    if (ailing !== null) say(`Not all of it is well: ${ailing}`);
  });
  await step('Staff at their offices', async () => {
    const rooms = await officeRooms(reach, token, comune.server, comune.offices);
    for (const { id } of comune.offices.filter((office) => !rooms.some((one) => one.id === office.id))) say(`The office ${id} cannot be had for now: ${join(data, 'bot.log')} says why.`);
    await joinOffices(reach, token, staff, rooms);
    writeJson(join(data, 'demo.json'), demoJson(publicUrl, rooms, staff, secrets));
  });
  homeserver.keepRunning();
  voice?.keepRunning();
  bot.keepRunning();
  if (staff.length > 0) say(`Demo staff, with their passwords: ${join(data, 'demo.json')}`);
  return publicUrl;
}
