/**
 * The calls' server (SFU): LiveKit, built once from its source, which Go's module proxy hands out and checks, and run beside
 * the homeserver. It passes sound on and cannot hear it: the keys are the participants'.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { lastLine, pause, runToEnd, start } from './child.ts';
import type { Child } from './child.ts';
import { privateFolder, writePrivately } from './files.ts';
import { findGo } from './golang.ts';
import type { Part } from './install.ts';
import { makeOnce } from './once.ts';
import { CACHE } from './paths.ts';
import { Trouble } from './trouble.ts';

const VERSION = '1.13.5';
const SOURCE = `github.com/livekit/livekit-server/cmd/server@v${VERSION}`;
/** Milliseconds that building may take: minutes on a small machine, and no more than half an hour on any. */
const BUILD_PATIENCE = 30 * 60_000;
/** Milliseconds until it answers: some hundred are usual. */
const PATIENCE = 20_000;
/** The name of the key that tokens are signed with. */
export const KEY = 'portineria';

async function build(folder: string, draft: string, signal?: AbortSignal): Promise<void> {
  const output = `${folder}.log`;
  rmSync(output, { force: true });
  const go = await findGo(signal);
  const own = join(draft, 'go');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    // What somebody's own work asks of Go does not concern this build.
    GOFLAGS: '-trimpath -modcacherw',
    GOWORK: 'off',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
    GOBIN: draft,
    ...(go.ours ? { GOPATH: own, GOMODCACHE: join(own, 'mod'), GOCACHE: join(own, 'cache') } : {}),
  };
  const either = AbortSignal.any([AbortSignal.timeout(BUILD_PATIENCE), ...(signal ? [signal] : [])]);
  const how = await runToEnd(go.command, ['install', '-ldflags=-s -w', SOURCE], output, either, { env });
  if (how !== 0) throw new Trouble(`LiveKit could not be built (${lastLine(output, /error|cannot|fail|lookup|timeout|no space/iu)}). All that was said is in ${output}.`);
  rmSync(own, { recursive: true, force: true });
}

/** LiveKit as something to install. @param cache the folder that it is made in */
export function livekit(cache: string = CACHE): Part & { program: string } {
  const folder = join(cache, `livekit-${VERSION}`);
  const program = join(folder, 'server');
  const present = (): boolean => existsSync(program);
  return { done: 'LiveKit built', program, present, install: (signal) => makeOnce(folder, present, (draft) => build(folder, draft, signal)) };
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

/** The content of `livekit.yaml`. Keys: LiveKit's config-sample.yaml. */
export function livekitYaml({ port, mediaPort, secret }: LivekitSettings): string {
  return stringify({
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
  });
}

/** What it says: above all why it does not start. */
export function outputOf(folder: string): string {
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
  for (const until = performance.now() + PATIENCE; performance.now() < until;) {
    signal?.throwIfAborted();
    if (over !== undefined) throw new Trouble(`LiveKit ended while starting (${over}: ${lastLine(outputOf(folder))}): see ${outputOf(folder)}.`);
    try {
      if ((await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) })).ok) return;
    } catch {
      // Not yet.
    }
    await pause(30);
  }
  throw new Trouble(`LiveKit did not answer within ${PATIENCE / 1000} s: see ${outputOf(folder)}.`);
}
