/** Opens the reception: checks, installs, builds, and starts the homeserver and the bot on one origin. */
import { join } from 'node:path';
import { administrator, givePasswords, joinOffices, makeStaff, officeRooms } from './accounts.ts';
import type { OfficeRooms, Reach } from './accounts.ts';
import { botBundle, BUILT, pages } from './builds.ts';
import type { Program } from './builds.ts';
import { checkedComune, checkFolder, checkName, checkPort } from './checks.ts';
import type { Child } from './child.ts';
import { claim } from './claim.ts';
import { demoStaff, playerOf } from './demo.ts';
import type { DemoStaff } from './demo.ts';
import { nameOf } from './federation.ts';
import { writeJson } from './files.ts';
import { install, synapse } from './install.ts';
import type { Part } from './install.ts';
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
import { Service } from './service.ts';
import { words } from './trouble.ts';
import { buildBeside, GENTLY } from './voice.ts';

/** How the bot and its pages come about. */
interface Making {
  /** What the bot runs and serves. */
  program: Program;
  /** What has to be there before the bot. */
  parts: Part[];
  /** Where the bot listens on this machine. */
  botPort: number;
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

/** A reception that is open. */
export interface Opened {
  /** Where people reach it. */
  url: string;
  bot: Service;
  /** Waits until the bot, which was started anew, is ready. @throws Trouble when it ends first; the reason of `signal` */
  botReady: (signal: AbortSignal) => Promise<void>;
}

/**
 * Opens the reception. What it starts is stopped by disposing of `rest`: the bot first, then the homeserver.
 * @param making the bot and its pages as they are built, unless given
 * @throws Trouble with what to do; the reason of `signal` when it is given up before
 */
export async function open(options: Options, rest: AsyncDisposableStack, signal: AbortSignal, making: Making = { program: BUILT, parts: [pages, botBundle], botPort: options.port }): Promise<Opened> {
  const { config, data, port, federation } = options;
  const { program, botPort } = making;
  const comune = await step('Configuration checked', async () => checkedComune(config));
  const server = federation === undefined ? comune.server : nameOf(federation);
  checkFolder(data);
  checkName(data, server);
  const held = await claim(data, say);
  rest.defer(() => held.release());
  await checkPort(port);
  if (federation !== undefined) await checkPort(federation.port);
  // Asked for first, so that nobody waits for the pages only to read then that Python is missing.
  if (!synapse.present()) await findPython();
  const sfu = livekit(undefined, GENTLY);
  let calls = options.calls !== false && comune.offices.some(({ call }) => call === 'element-call');
  // Its building takes longer than all else together: nobody waits for that to write.
  const building = calls && !sfu.present() ? buildBeside(sfu, rest) : null;
  await install([synapse, ...making.parts], step, signal);

  const secrets = secretsOf(data);
  const staff = demoStaff(server, comune.offices);
  if (givePasswords(staff, secrets)) saveSecrets(data, secrets);
  const ports = await freePorts('homeserver', 'events', 'signalling');
  const publicUrl = `http://localhost:${port}`;
  const reach: Reach = { url: `http://127.0.0.1:${ports.homeserver}`, signal };
  const folder = join(data, 'synapse');

  const runHomeserver = (): Promise<Child> => startSynapse({
    name: server, folder, port: ports.homeserver, porterPort: ports.events, publicUrl, secrets, addresses: comune.limits.addresses, calls, federation,
  });
  const talk: LivekitSettings = { folder: join(data, 'livekit'), port: ports.signalling, mediaPort: await freeUdpPort(), secret: secrets.livekit };
  const runPorter = (): Promise<Child> => startPorter(data, {
    config, server, homeserverUrl: reach.url, publicUrl, port: botPort, metricsPort: options.metrics, eventsPort: ports.events, staff, secrets, program, federation,
    livekitUrl: calls ? `http://127.0.0.1:${ports.signalling}` : null,
  });

  const homeserver = await Service.run('homeserver', runHomeserver, held, rest, signal);
  const runVoice = (stack: AsyncDisposableStack, until: AbortSignal): Promise<Service> => Service.run('server for calls', () => startLivekit(talk), held, stack, until);
  const voice = calls && building === null ? await runVoice(rest, signal) : undefined;
  // The bot is given the administrator's token. Where there is one already, it starts beside the homeserver, and waits for it.
  const before = secrets.admin?.token;
  let bot = before === undefined ? undefined : await Service.run('bot', runPorter, held, rest, signal);
  await step('Homeserver started', () => healthy(homeserver.child, reach.url, folder, signal));
  const token = await administrator(reach, data, secrets);
  if (bot === undefined) bot = await Service.run('bot', runPorter, held, rest, signal);
  else if (token !== before) await bot.renew();
  const { child } = bot;
  await step('Reception ready', async () => {
    const [ailing] = await Promise.all([ready(child, botPort, data, signal), voice === undefined ? undefined : hears(voice.child, talk, signal), makeStaff(reach, token, staff, secrets)]);
    if (ailing !== null) say(`Not all of it is well: ${ailing}`);
  });
  await step('Staff at their offices', async () => {
    const rooms = await officeRooms(reach, token, server, comune.offices);
    for (const { id } of comune.offices.filter((office) => !rooms.some((one) => one.id === office.id))) say(`The office ${id} cannot be had for now: ${join(data, 'bot.log')} says why.`);
    await joinOffices(reach, token, staff, rooms);
    writeJson(join(data, 'demo.json'), demoJson(publicUrl, rooms, staff, secrets));
  });
  homeserver.keepRunning();
  voice?.keepRunning();
  const player = playerOf(comune.offices, staff);
  if (player !== undefined) say(`To play the staff: ${publicUrl}/desk, as ${player.localpart}, password ${secrets.staff[player.localpart] ?? ''} (all: ${join(data, 'demo.json')})`);
  const porter = bot;
  if (building !== null) {
    say('Voice follows in some minutes, once its server is built. Until then visits are in writing.');
    building.then(async (stack, until) => {
      const late = await runVoice(stack, until);
      await answering(late.child, talk, until);
      late.keepRunning();
      say('Voice is there.');
    }, async () => {
      calls = false;
      await porter.renew();
    });
  }
  return {
    url: publicUrl,
    bot,
    botReady: async (until) => {
      await ready(porter.child, botPort, data, until);
    },
  };
}
