/** `npm run doctor`: looks at an installation, and says what is well, what is not with its cure, and what could not be looked at. */
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkedComune } from '../checks.ts';
import { installedIn } from '../production/installation.ts';
import { CACHE, ROOT } from '../paths.ts';
import { Trouble, words } from '../trouble.ts';
import { media, sfu, tokenService, transports } from './calls.ts';
import { type Finding, type Language, LANGUAGES, linesOf, say } from './finding.ts';
import { type House, houseOf } from './house.ts';
import { clock, disk, node, synapseVersion } from './machine.ts';
import { dns, isThisMachine, pageCertificate } from './names.ts';
import { administrator, closed, power, ready } from './reception.ts';
import { federation, forClients } from './wellknown.ts';

const USAGE = 'Usage: npm run doctor -- [--config FILE] [--data DIR] [--settings FILE] [--livekit FILE] [--homeserver FILE] [--url URL] [--clock URL] [--language it|en]';
/** Whose clock the machine's is held against, unless another is named. */
const CLOCK = 'https://www.agid.gov.it/';

/** Everything that is looked at, in the order in which it is told. @param place where the disk must have room @param clocks whose clocks are asked */
function checks(house: House, place: string, clocks: readonly string[]): (() => Promise<Finding[]>)[] {
  const hosts = [...new Set([house.url.hostname, house.server.replace(/:\d+$/u, '')])].filter((host) => !isThisMachine(host));
  const one = (look: () => Finding | Promise<Finding>) => async (): Promise<Finding[]> => [await look()];
  const hasCalls = house.bot.livekit !== null;
  return [
    one(() => node()), one(() => disk(place)), ...clocks.map((source) => one(() => clock(source, house.now))),
    ...hosts.map((host) => one(() => dns(host))), one(() => pageCertificate(house.url, house.now())),
    () => ready(house), () => closed(house), one(() => synapseVersion(house)), one(() => administrator(house)), () => power(house),
    () => forClients(house), () => federation(house),
    ...(hasCalls ? [one(() => transports(house)), one(() => tokenService(house))] : []), one(() => sfu(house)), () => media(house),
  ];
}

function languageOf(wish: string | undefined, environment: NodeJS.ProcessEnv): Language {
  const asked = wish ?? environment['LC_ALL'] ?? environment['LANG'] ?? '';
  return LANGUAGES.find((one) => asked.toLowerCase().startsWith(one)) ?? 'en';
}

/**
 * @param args as typed
 * @param from the folder that relative paths are read from
 * @returns whether nothing is at fault
 * @throws Trouble where it cannot begin
 */
export async function examine(args: string[], from: string, environment: NodeJS.ProcessEnv, tell: (line: string) => void, now: () => number): Promise<boolean> {
  const option = { type: 'string' } as const;
  let values: Partial<Record<'config' | 'data' | 'settings' | 'livekit' | 'homeserver' | 'url' | 'clock' | 'language', string>>;
  try {
    ({ values } = parseArgs({ args, options: { config: option, data: option, settings: option, livekit: option, homeserver: option, url: option, clock: option, language: option } }));
  } catch (error) {
    throw new Trouble(`${words(error).split('. ')[0] ?? ''}. ${USAGE}`);
  }
  for (const name of ['url', 'clock'] as const) if (values[name] !== undefined && !/^https?:$/u.test(URL.parse(values[name])?.protocol ?? '')) throw new Trouble(`--${name}: expected an address such as https://sportello.comune.example, came "${values[name]}". ${USAGE}`);
  const language = languageOf(values.language, environment);
  const data = values.data === undefined ? join(CACHE, 'data') : resolve(from, values.data);
  const usual = installedIn(data) ?? { comune: join(ROOT, 'config', 'maruggio.yaml'), settings: join(data, 'bot.json'), livekit: join(data, 'livekit', 'livekit.yaml'), homeserver: join(data, 'synapse', 'homeserver.yaml') };
  const at = (named: string | undefined, otherwise: string): string => (named === undefined ? otherwise : resolve(from, named));
  const comune = checkedComune(at(values.config, usual.comune));
  const files = { settings: at(values.settings, usual.settings), livekit: at(values.livekit, usual.livekit), homeserver: at(values.homeserver, usual.homeserver) };
  const house = houseOf(comune, files, values.url, now);
  const counts = { ok: 0, fault: 0, unseen: 0 };
  for (const look of checks(house, dirname(files.settings), [new URL('/_matrix/client/versions', house.bot.homeserver.url).href, values.clock ?? CLOCK])) {
    for (const finding of await look()) {
      counts[finding.state] += 1;
      linesOf(language, finding).forEach(tell);
    }
  }
  tell(say(language, 'sum', counts));
  return counts.fault === 0;
}
