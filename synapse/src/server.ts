/** The embedded homeserver as a process. */
import { join } from 'node:path';
import { lastLine, pause, start } from './child.ts';
import type { Child } from './child.ts';
import { privateFolder, writePrivately } from './files.ts';
import { homeserverFiles } from './homeserver.ts';
import type { HomeserverSettings } from './homeserver.ts';
import { synapse } from './install.ts';
import { SYNAPSE } from './paths.ts';
import { Trouble } from './trouble.ts';

/** How long Synapse may take until it answers, in milliseconds: a big database is upgraded first. */
const READY_TIMEOUT_MS = 120_000;

/** Writes the settings and starts Synapse. It answers only when `healthy` says so. @param launch how a process is started */
export async function startSynapse(settings: HomeserverSettings, launch: typeof start = start): Promise<Child> {
  const { folder } = settings;
  privateFolder(folder);
  for (const [file, content] of Object.entries(homeserverFiles(settings))) writePrivately(join(folder, file), content);
  return launch(synapse.python, [join(SYNAPSE, 'embedded.py'), '-c', join(folder, 'homeserver.yaml')], outputOf(folder), { cwd: folder });
}

/** What Synapse says before its log is open: above all why it does not start. */
function outputOf(folder: string): string {
  return join(folder, 'output.log');
}

/**
 * Waits until Synapse answers.
 * @param url its own address
 * @throws Trouble when it ends first, or takes too long
 */
export async function healthy(server: Child, url: string, folder: string, signal?: AbortSignal): Promise<void> {
  let over: number | string | undefined;
  void server.ended.then((how) => { over = how; });
  for (const until = performance.now() + READY_TIMEOUT_MS; performance.now() < until;) {
    signal?.throwIfAborted();
    if (over !== undefined) throw new Trouble(`The homeserver ended while starting (${over}: ${lastLine(outputOf(folder))}): see ${join(folder, 'synapse.log')}.`);
    try {
      if ((await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })).ok) return;
    } catch {
      // Not yet.
    }
    await pause(50);
  }
  throw new Trouble(`The homeserver did not answer within ${READY_TIMEOUT_MS / 1000} s: see ${join(folder, 'synapse.log')}.`);
}
