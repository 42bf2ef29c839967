/** Composition: settings, configuration, homeserver, porter, HTTP. Run as `node bot/src/main.ts --settings FILE`. */
import { readComune, type Comune } from '@portineria/config/comune';
import { sentence } from '@portineria/config/faults';
import { readFileSync, watch } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCalls, measureStream } from './health.ts';
import { Homeserver } from './homeserver.ts';
import { buildHttp } from './http.ts';
import { openLog } from './log.ts';
import { count } from './counting.ts';
import { Porter } from './porter.ts';
import { openReception } from './reception.ts';
import { readSettings } from './settings.ts';
import { Sfu } from './sfu.ts';
import { openStream } from './stream.ts';
import { sweep } from './sweep.ts';
import { openCalls } from './tokens.ts';
import { useFetch } from './transport.ts';

const log = openLog();
const now = (): number => Date.now();

/** @throws Error with all faults, a sentence each */
function load(file: string): Comune {
  const read = readComune(readFileSync(file, 'utf8'));
  if ('comune' in read) return read.comune;
  throw new Error(`The configuration is not right. ${read.faults.map(sentence).join(' ')}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { settings: { type: 'string' } } });
  if (values.settings === undefined) throw new Error('Say where the settings are: --settings FILE.');
  const settings = readSettings(values.settings);
  const comune = load(settings.config);
  useFetch();
  const homeserver = new Homeserver(settings);
  const fault = (what: string, error: unknown, attempts: number): void => log.warn({ what, attempts, error: error instanceof Error ? error.message : String(error) }, 'something failed and is tried again');
  const sfu = settings.livekit === null ? null : new Sfu(settings.livekit, settings.public_url);
  const porter = new Porter({ settings, homeserver, sfu, now, done: count, failed: fault, log: (said, figures) => log.info({ ...figures }, said) });
  const stream = openStream(settings, (event) => porter.take(event), (said) => log.warn(said));
  const reception = openReception(porter, homeserver, sfu, settings, now);
  const calls = openCalls({ porter, homeserver, settings, sfu, now });
  const http = await buildHttp({ settings, reception, calls, now, languages: () => porter.comune.languages, traffic: () => porter.comune.traffic, log });
  // First, since opening the stream asks the homeserver as well, and does not wait for one that is just starting.
  await homeserver.versions(120_000);
  await stream.begin();
  await porter.begin(comune);
  measureStream(() => (now() - porter.heardAt) / 1000);
  const watching = sfu === null ? undefined : watchCalls(sfu, async () => {
    const swept = await sweep(sfu, () => porter.running, (pass) => calls.mayStay(pass));
    if (swept > 0) log.info({ calls: swept }, 'calls went on that may not, and were ended');
  }, fault);
  // Node keeps compiled code only when a process ends well, and this one may be killed.
  flushCompileCache();
  // Reading everything has left much behind. V8 would keep the room for it, which the rest of the work never needs again.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  await http.listen(settings.listen);
  log.info({ offices: comune.offices.length }, 'the reception is open');
  const unwatch = watchConfig(settings.config, porter);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    unwatch();
    clearInterval(watching);
    stream.end();
    await Promise.all([http.close(), porter.stop()]);
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}

/** Looks at intervals whether there are calls, so that whoever asks is told at once, and sees to it that none goes on that may not. */
function watchCalls(sfu: Sfu, tidy: () => Promise<void>, failed: (what: string, error: unknown, attempts: number) => void): NodeJS.Timeout {
  measureCalls(() => sfu.isWell);
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      if (await sfu.look()) await tidy();
    } catch (error) {
      failed('sweep', error, 1);
    } finally {
      busy = false;
    }
  };
  void look();
  return setInterval(() => void look(), 10_000);
}

/** A changed file is applied while running; a broken one leaves the running one in force and says why. */
function watchConfig(file: string, porter: Porter): () => void {
  let timer: NodeJS.Timeout | undefined;
  let current = readFileSync(file, 'utf8');
  const apply = async (): Promise<void> => {
    try {
      const written = readFileSync(file, 'utf8');
      if (written === current) return;
      current = written;
      await porter.declare(load(file));
      log.info('the changed configuration is in force');
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'the changed configuration is not applied; the one before stays in force');
    }
  };
  // Editors replace files: the folder is watched, and a burst of changes is one.
  const watcher = watch(dirname(file), (_event, name) => {
    if (name !== null && name !== basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void apply(), 200);
  });
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

main().catch((error: unknown) => {
  log.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
