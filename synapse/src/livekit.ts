/**
 * The calls' server (SFU): LiveKit, built once from its source, which Go's module proxy hands out and checks, and run beside
 * the homeserver. It passes sound on and cannot hear it: the keys are the participants'.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { lastLine, pause, start } from './child.ts';
import type { Child } from './child.ts';
import { privateFolder, writePrivately } from './files.ts';
import { buildGo } from './golang.ts';
import type { Part } from './install.ts';
import { makeOnce } from './once.ts';
import { CACHE } from './paths.ts';
import { Trouble } from './trouble.ts';

/** The Go module that it is built from. */
export const MODULE = 'github.com/livekit/livekit-server';
export const VERSION = '1.13.5';
const SOURCE = `${MODULE}/cmd/server@v${VERSION}`;
/** Milliseconds until it answers: some hundred are usual. */
const READY_TIMEOUT_MS = 20_000;
/** The name of the key that tokens are signed with. */
export const KEY = 'portineria';

/** LiveKit as something to install. @param cache the folder that it is made in @param nice how far its building gives way to all else */
export function livekit(cache: string = CACHE, nice = 0): Part & { program: string } {
  const folder = join(cache, `livekit-${VERSION}`);
  const program = join(folder, 'server');
  const present = (): boolean => existsSync(program);
  return { done: 'LiveKit built', program, present, install: (signal) => makeOnce(folder, present, (draft) => buildGo('LiveKit', folder, draft, ['install', '-ldflags=-s -w', SOURCE], { nice, signal })) };
}

export interface LivekitSettings {
  /** The folder of everything it keeps. */
  folder: string;
  /** Where on loopback it listens for signalling and for the bot. */
  port: number;
  /** Where on loopback it listens for media. */
  mediaPort: number;
  secret: string;
}

/** What `livekit.yaml` says. Keys: LiveKit's config-sample.yaml. */
export function livekitConfig({ port, mediaPort, secret }: Omit<LivekitSettings, 'folder'>) {
  return {
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      udp_port: mediaPort,
      // Its TCP port would listen on every address of the machine, and on loopback no UDP is ever lost.
      tcp_port: 0,
      use_external_ip: false,
      node_ip: '127.0.0.1',
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo', 'lo0'] },
      // Else clients are told to ask Google's. Nothing answers there; the media port itself would take the question for a participant's and then hear nobody.
      stun_servers: [`127.0.0.1:${port}`],
    },
    // Rooms come with whoever enters: after a crash they are back with the first. Each token names one room, and the bot looks at each.
    room: { auto_create: true, empty_timeout: 60, departure_timeout: 20 },
    keys: { [KEY]: secret },
    // More would name people and addresses.
    logging: { level: 'error', pion_level: 'error', json: true },
  };
}

/** The content of `livekit.yaml`. */
export function livekitYaml(settings: LivekitSettings): string {
  return stringify(livekitConfig(settings));
}

/** What it says: above all why it does not start. */
function outputOf(folder: string): string {
  return join(folder, 'output.log');
}

/** Writes the settings and starts LiveKit. It answers only when `answering` says so. */
export async function startLivekit(settings: LivekitSettings, program: string = livekit().program): Promise<Child> {
  privateFolder(settings.folder);
  const file = join(settings.folder, 'livekit.yaml');
  writePrivately(file, livekitYaml(settings));
  const child = await start(program, ['--config', file], outputOf(settings.folder), { cwd: settings.folder });
  // Asked politely, it would wait until everybody has hung up.
  return { ...child, stop: child.kill };
}

/**
 * Waits until it answers.
 * @throws Trouble when it ends first, or takes too long
 */
export async function answering(server: Child, { folder, port }: LivekitSettings, signal?: AbortSignal): Promise<void> {
  let over: number | string | undefined;
  void server.ended.then((how) => { over = how; });
  for (const until = performance.now() + READY_TIMEOUT_MS; performance.now() < until;) {
    signal?.throwIfAborted();
    if (over !== undefined) throw new Trouble(`LiveKit ended while starting (${over}: ${lastLine(outputOf(folder))}): see ${outputOf(folder)}.`);
    try {
      if ((await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) })).ok) return;
    } catch {
      // Not yet.
    }
    await pause(30);
  }
  throw new Trouble(`LiveKit did not answer within ${READY_TIMEOUT_MS / 1000} s: see ${outputOf(folder)}.`);
}
