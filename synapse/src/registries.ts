/** Asks the registries that our dependencies come from for their newest versions: npm, PyPI and Go's module proxy, each by its own client or protocol. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ROOT } from './paths.ts';
import { findPython } from './python.ts';
import { Trouble, words } from './trouble.ts';
import { isOlder, type Behind } from './versions.ts';

const run = promisify(execFile);

/** How long one registry may take, in milliseconds, and how much it may say, in bytes. */
const ANSWER_TIMEOUT_MS = 60_000;
const MOST_SAID = 4_000_000;

const Version = z.string().max(100).regex(/^v?\d[\w.+-]*$/u);

const Outdated = z.object({ current: Version.optional(), wanted: Version, latest: Version });
/** What `npm outdated --json` says: one entry for each package, or several where workspaces have it each. */
const Outdateds = z.record(z.string().max(214), z.union([Outdated, z.array(Outdated).nonempty()]));
const Refused = z.object({ error: z.object({ summary: z.string().max(1000) }) });

/** The packages that npm finds behind, each once. @throws Trouble where it was not told */
export function npmBehind(said: string): Behind[] {
  let json: unknown;
  try {
    json = JSON.parse(said === '' ? '{}' : said);
  } catch {
    throw new Trouble(`npm outdated was expected to say JSON, and said "${said.slice(0, 100)}": try again with another npm.`);
  }
  const refused = Refused.safeParse(json);
  if (refused.success) throw new Trouble(`npm's registry could not be asked (${refused.data.error.summary}): check the connection, then try again.`);
  const read = Outdateds.safeParse(json);
  if (!read.success) throw new Trouble(`npm outdated speaks otherwise than expected (${read.error.issues[0]?.message ?? ''}): try again with another npm.`);
  return Object.entries(read.data)
    .flatMap(([name, found]) => [found].flat().map(({ current, wanted, latest }) => ({ name, have: current ?? wanted, newest: latest })))
    .filter((row, place, all) => row.have !== row.newest && all.findIndex(({ name, have }) => name === row.name && have === row.have) === place);
}

/** Asks npm, under the Node that we run. @throws Trouble */
export async function askNpm(): Promise<Behind[]> {
  const cli = process.env['npm_execpath'];
  const [command, first] = cli?.endsWith('.js') === true ? [process.execPath, [cli]] : ['npm', []];
  try {
    return npmBehind((await run(command, [...first, 'outdated', '--json'], { cwd: ROOT, timeout: ANSWER_TIMEOUT_MS, maxBuffer: MOST_SAID })).stdout);
  } catch (error) {
    // It ends with 1 where anything is behind.
    if (error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error && typeof error.stdout === 'string') return npmBehind(error.stdout);
    if (error instanceof Trouble) throw error;
    throw new Trouble(`npm outdated did not end well (${words(error).split('\n')[0] ?? ''}): check the connection, then try again.`);
  }
}

/** The newest version in what `pip index versions` says: `name (1.2.3)`, then all of them. @throws Trouble where it says something else */
export function pipNewest(name: string, said: string): string {
  const found = Version.safeParse(/^[\w.-]+ \(([^)]+)\)/u.exec(said)?.[1]);
  if (found.success) return found.data;
  throw new Trouble(`pip was expected to name the newest ${name}, and said "${said.slice(0, 100)}": look at https://pypi.org/project/${name}/.`);
}

/** Asks PyPI, by pip. @throws Trouble */
export async function askPypi(name: string): Promise<string> {
  const python = await findPython();
  try {
    return pipNewest(name, (await run(python, ['-m', 'pip', 'index', 'versions', '--disable-pip-version-check', '--no-input', name], { timeout: ANSWER_TIMEOUT_MS, maxBuffer: MOST_SAID })).stdout);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    throw new Trouble(`PyPI could not be asked for ${name} (${words(error).trim().split('\n').at(-1) ?? ''}): check the connection, then try again.`);
  }
}

const Release = z.string().max(100).regex(/^v\d+\.\d+\.\d+$/u);

/** The newest release in a module proxy's list, a version a line; what comes before a release is none. @throws Trouble where there is none */
export function goNewest(module: string, said: string): string {
  const releases = said.split('\n').flatMap((line) => Release.safeParse(line.trim()).data ?? []);
  const newest = releases.reduce<string | null>((best, one) => (best === null || isOlder(best, one) ? one : best), null);
  if (newest === null) throw new Trouble(`Go's module proxy was expected to list the versions of ${module}, and said "${said.slice(0, 100)}": look at https://pkg.go.dev/${module}.`);
  return newest.replace(/^v/u, '');
}

/** The first proxy of GOPROXY that can be asked. */
export function goProxy(named: string | undefined): string {
  return (named ?? '').split(/[,|]/u).find((one) => /^https?:/u.test(one))?.replace(/\/+$/u, '') ?? 'https://proxy.golang.org';
}

/** Asks Go's module proxy (https://go.dev/ref/mod#goproxy-protocol). @throws Trouble */
export async function askGo(module: string): Promise<string> {
  const address = `${goProxy(process.env['GOPROXY'])}/${module}/@v/list`;
  let said: string;
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS), redirect: 'error' });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    said = await bounded(answer);
  } catch (error) {
    throw new Trouble(`Go's module proxy could not be asked for ${module} (${words(error)}): check the connection, then try again.`);
  }
  return goNewest(module, said);
}

/** Reads an answer to its end. @throws Error where that is too far away */
async function bounded(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > MOST_SAID) throw new Error(`it says more than ${MOST_SAID} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
