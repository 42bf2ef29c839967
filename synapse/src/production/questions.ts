/** What `npm run setup` is told on its command line, and asks for where it is not. */
import { parseArgs } from 'node:util';
import { Trouble, words } from '../trouble.ts';
import { Installation } from './installation.ts';

const USAGE = 'Usage: npm run setup -- --domain DOMAIN [--server NAME] [--turn DOMAIN] [--email ADDRESS] [--address IPV4] [--federation any|none|NAME,NAME] [--certificate FILE --key FILE] [--metrics PORT|none] [--config FILE] [--out DIR] [--yes]';

const OPTIONS = {
  domain: { type: 'string' }, server: { type: 'string' }, turn: { type: 'string' }, email: { type: 'string' }, address: { type: 'string' },
  federation: { type: 'string' }, certificate: { type: 'string' }, key: { type: 'string' }, metrics: { type: 'string' },
  config: { type: 'string' }, out: { type: 'string' }, yes: { type: 'boolean' },
} as const;

/** The options as they were typed. */
export type Typed = Partial<Record<Exclude<keyof typeof OPTIONS, 'yes'>, string>> & { yes?: boolean };

/** @throws Trouble naming the option that is not right */
export function typedOptions(args: string[]): Typed {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new Trouble(`${words(error).split('. ')[0] ?? ''}. ${USAGE}`);
  }
}

/** One thing that is asked for. */
export interface Question { key: 'domain' | 'server' | 'turn' | 'email' | 'address'; ask: string; suggested: string | undefined }

/** What is known before a question is asked. */
export interface Known {
  typed: Typed;
  /** What was answered at an earlier setup. */
  before: Installation | undefined;
  /** The homeserver's name in the comune's configuration, where one is named. */
  declared: string | undefined;
  /** Where a name leads in the DNS now, in numbers; undefined where nowhere. */
  lookUp: (domain: string) => Promise<string | undefined>;
}

/** The name above a name; itself where that would be a whole country's. */
function above(domain: string): string {
  const rest = domain.split('.').slice(1).join('.');
  return rest.includes('.') ? rest : domain;
}

/** @throws Trouble where only one of the two is named */
function certificatesOf({ certificate, key }: Typed, before: Installation | undefined): Installation['certificates'] {
  if (certificate === undefined && key === undefined) return before?.certificates ?? 'acme';
  if (certificate === undefined || key === undefined) throw new Trouble(`--certificate and --key belong together, and only one was named. ${USAGE}`);
  return 'own';
}

function federationOf(typed: string | undefined): Installation['federation'] | undefined {
  return typed === undefined || typed === 'any' || typed === 'none' ? typed : typed.split(',').map((name) => name.trim());
}

function metricsOf(typed: string | undefined, before: Installation | undefined): unknown {
  if (typed === undefined) return before?.metrics ?? null;
  return typed === 'none' ? null : /^\d+$/u.test(typed) ? Number(typed) : typed;
}

/**
 * What an installation is: as it was typed, as it was before, or as somebody answers.
 * @param answerTo asks; undefined where nobody is to be asked
 * @throws Trouble where something is missing or cannot be
 */
export async function installationFrom({ typed, before, declared, lookUp }: Known, answerTo?: (question: Question) => Promise<string>): Promise<Installation> {
  const settle = async (key: Question['key'], ask: string, suggest: () => Promise<string | undefined>): Promise<string> => {
    const told = typed[key];
    if (told !== undefined) return told.trim();
    const suggested = before?.[key] ?? await suggest();
    const answer = answerTo === undefined ? '' : (await answerTo({ key, ask, suggested })).trim();
    if (answer !== '') return answer;
    if (suggested === undefined) throw new Trouble(`--${key} is needed (${ask}). ${USAGE}`);
    return suggested;
  };
  const domain = await settle('domain', 'where people reach the reception, such as reception.comune.example', async () => undefined);
  const server = await settle('server', 'the part of everybody’s id behind the colon, for ever: @anagrafe:NAME', async () => declared ?? above(domain));
  const told = {
    domain,
    server,
    turn: await settle('turn', 'another name for this machine, for calls from networks that let only web pages through', async () => `turn.${domain}`),
    email: await settle('email', 'where the certificate authority writes to', async () => `webmaster@${server}`),
    address: await settle('address', 'this machine’s IPv4 address as people reach it', () => lookUp(domain)),
    federation: federationOf(typed.federation) ?? before?.federation ?? 'any',
    certificates: certificatesOf(typed, before),
    metrics: metricsOf(typed.metrics, before),
  };
  const read = Installation.safeParse(told);
  if (!read.success) {
    const came = (path: readonly PropertyKey[]): unknown => Object.entries(told).find(([key]) => key === path[0])?.[1];
    throw new Trouble(read.error.issues.map(({ path, message }) => `--${String(path[0])}: ${message}, came ${JSON.stringify(came(path))}.`).join('\n'));
  }
  if (before !== undefined && before.server !== read.data.server) throw new Trouble(`This installation belongs to the homeserver ${before.server}, whose name is part of every id, and cannot become ${read.data.server}: choose another folder with --out DIR, or put the name back.`);
  if (declared !== undefined && declared !== read.data.server) throw new Trouble(`The comune's configuration names the homeserver ${declared}, and --server is ${read.data.server}: make them the same.`);
  if (read.data.turn === read.data.domain) throw new Trouble('--turn must be another name than --domain: by it the proxy tells a call from a page.');
  return read.data;
}
