/** Composition: settings, configuration, homeserver, porter, HTTP. Run as `node bot/src/main.ts --settings FILE`. */
import type { Comune } from '@portineria/config/comune';
import { flushCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { loadComune, watchComune } from './ground/configfile.ts';
import { count } from './porter/counting.ts';
import { measureCalls, measureConfiguration, measureNeighbours, measureRemains, measureStream, metrics } from './ground/metrics.ts';
import { Homeserver } from './servers/homeserver.ts';
import { serveFigures } from './public/figures.ts';
import { buildHttp } from './public/http.ts';
import { openLog } from './ground/log.ts';
import { Outside, OutsideError } from './servers/outside.ts';
import { Neighbours } from './porter/neighbours.ts';
import { Outgoing } from './porter/outgoing.ts';
import { Porter } from './porter/porter.ts';
import type { PushedEvent } from './ground/matrix.ts';
import { askingReceptions, ReceptionError } from './servers/receptions.ts';
import { openReception } from './public/reception.ts';
import { HomeserverError } from './servers/request.ts';
import { scrub } from './ground/scrub.ts';
import { type Settings, readSettings, secretsIn } from './ground/settings.ts';
import { Sfu, SfuError } from './servers/sfu.ts';
import { openStream } from './servers/stream.ts';
import { sweep } from './porter/calls/sweep.ts';
import { openCalls } from './porter/calls/tokens.ts';
import { useFetch } from './servers/transport.ts';

const { logger: log, state: logState, hide } = openLog({ lost: () => metrics.log_lines_lost_total.inc() });
const now = (): number => Date.now();

/** What the launcher writes on its terminal; without one, nobody is told. */
function tellTerminal(line: string): void {
  if (process.connected) process.send?.({ line: scrub(line) }, undefined, undefined, () => undefined);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { settings: { type: 'string' } } });
  if (values.settings === undefined) throw new Error('Say where the settings are: --settings FILE.');
  const file = values.settings;
  const settings = readSettings(file);
  hide(secretsIn(settings));
  const comune = loadComune(settings.config, settings.last_seen_behind_minutes, (error) => log.error({ error: wordsOf(error) }, 'the reception opens without the coat of arms'));
  useFetch();
  const homeserver = new Homeserver(settings, () => {
    const fresh = readSettings(file);
    hide(secretsIn(fresh));
    return fresh.admin_token;
  });
  const fault = (what: string, error: unknown, attempts: number): void => {
    if (what === 'reach' || what === 'retire') metrics.configuration_failures_total.inc({ work: what });
    const isTheirs = [error, error instanceof Error ? error.cause : undefined].some((one) => one instanceof HomeserverError || one instanceof SfuError || one instanceof OutsideError || one instanceof ReceptionError);
    // Where a mistake is our own, it says where we made it.
    const where = !isTheirs && error instanceof Error ? { stack: error.stack } : {};
    log.warn({ what, attempts, error: wordsOf(error), ...where }, 'something failed and is tried again');
  };
  const counted = (what: string, error: unknown, attempts: number): void => {
    metrics.porter_failures_total.inc({ what });
    fault(what, error, attempts);
  };
  const sfu = settings.livekit === null ? null : new Sfu(settings.livekit, settings.public_url);
  const porter = new Porter({ settings, homeserver, sfu, outside: new Outside(settings.config), now, done: count, failed: fault, log: (said, figures) => log.info({ ...figures }, said) });
  const take = async (event: PushedEvent): Promise<void> => {
    porter.take(event);
    await porter.served.obeyed(event);
  };
  const stream = openStream(settings, take, (said) => log.warn(said));
  const outgoing = new Outgoing({ homeserver, comune: () => porter.comune, ask: askingReceptions(settings.near_servers), now, failed: counted });
  const neighbours = new Neighbours({
    declared: () => porter.comune.neighbours,
    own: settings.homeserver.name,
    near: settings.near_servers,
    now,
    told: (neighbour, fault) => (fault === null ? log.info({ neighbour }, 'a neighbour answers again') : log.warn({ neighbour, error: fault }, 'a neighbour cannot be shown as it is now, and is asked again')),
  });
  const reception = openReception(porter, outgoing, homeserver, sfu, settings, now, logState, neighbours);
  const calls = openCalls({ porter, homeserver, settings, sfu, now });
  const http = await buildHttp({ settings, reception, calls, now, languages: () => porter.comune.languages, traffic: () => porter.comune.traffic, log });
  // First, since opening the stream asks the homeserver as well, and does not wait for one that is just starting.
  await homeserver.versions(120_000);
  await stream.begin();
  await porter.begin(comune);
  await outgoing.begin();
  measureStream(() => porter.silence / 1000);
  measureConfiguration(() => porter.progress.unreached);
  measureRemains(() => porter.remains);
  measureNeighbours(() => neighbours.unreachable);
  const watching = sfu === null ? undefined : watchCalls(sfu, async () => {
    const swept = await sweep(sfu, () => porter.served.running, (pass) => calls.mayStay(pass));
    if (swept > 0) log.info({ calls: swept }, 'calls went on that may not, and were ended');
  }, fault);
  // Node keeps compiled code only when a process ends well, and this one may be killed.
  flushCompileCache();
  // Reading everything has left much behind, and V8 would keep the room for it (synapse/src/builds.ts says how much).
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  await http.listen(settings.listen);
  const figures = settings.metrics === null ? null : await serveFigures(settings.metrics);
  neighbours.begin();
  log.info({ offices: comune.offices.length }, 'the reception is open');
  const unwatch = watchConfiguration(settings, porter);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    unwatch();
    clearInterval(watching);
    stream.end();
    neighbours.stop();
    figures?.closeAllConnections();
    figures?.close();
    await Promise.all([http.close(), porter.stop(), outgoing.stop()]);
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

/** A changed file is applied while running; a broken one leaves the running one in force. Both are said. */
function watchConfiguration({ config: file, last_seen_behind_minutes: lastSeenBehind }: Settings, porter: Porter): () => void {
  let latest = 0;
  const tell = async (mine: number): Promise<void> => {
    await porter.reached();
    // One that came after it says so itself.
    if (mine !== latest) return;
    log.info('the changed configuration is in force');
    tellTerminal('The changed configuration is in force');
  };
  return watchComune({
    file,
    armsFile: porter.comune.armsFile,
    lastSeenBehind,
    changed: (comune: Comune) => {
      porter.declare(comune);
      latest += 1;
      log.info('the changed configuration decides from now on, and the homeserver is brought to it');
      void tell(latest);
    },
    refused: (error) => {
      metrics.configuration_refusals_total.inc();
      log.error({ error: wordsOf(error) }, 'the changed configuration is not applied; the one before stays in force');
      tellTerminal(`The changed configuration is not applied, and the one before stays in force: ${wordsOf(error)}`);
    },
  });
}

main().catch((error: unknown) => {
  log.fatal(wordsOf(error));
  process.exit(1);
});
