/**
 * `npm run audit`: Lighthouse's figures for a telephone, of the list and an office's page of a real reception, and what these weigh before
 * the knock. Lighthouse slows the processor down to a telephone's, four times slower than a usual machine (its `cpuSlowdownMultiplier`):
 * on a machine that is slow itself, by as much less. Where it is slower than a telephone already, performance is only printed.
 */
import { promisedNow } from '@portineria/config/pace';
import lighthouse, { type Result } from 'lighthouse';
import { chromium } from 'playwright-core';
import * as z from 'zod';
import { freePorts } from '@portineria/synapse/ports';
import { print, quantile, type Row } from '../bench/figures.ts';
import { QUIET } from '../rig/browser.ts';
import { startReception } from '../rig/reception.ts';

const RUNS = 5;
/** How often Lighthouse may begin a look: now and then it misses a page's beginning, and asks itself to be run again. */
const ATTEMPTS = 3;
/** How much slower than a usual machine a telephone is. */
const TELEPHONE = 4;
const LEAST_PERFORMANCE = 98;
/** Bytes of JavaScript and CSS before the knock, compressed. */
const MOST_BYTES = 50_000;
const FULL = ['accessibility', 'best-practices', 'seo'] as const;

const Requests = z.object({ items: z.array(z.object({ resourceType: z.string().optional(), transferSize: z.number() })) });

/** One look at a page, and how much slower than usual this machine was right before. */
async function look(url: string, port: number): Promise<{ result: Result; pace: number }> {
  let said = 'it says nothing';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const pace = (await promisedNow(1_000)) / 1_000;
    const run = await lighthouse(url, { port, output: 'json', logLevel: 'error', throttling: { cpuSlowdownMultiplier: Math.max(1, TELEPHONE / pace) } });
    if (run !== undefined && run.lhr.runtimeError === undefined) return { result: run.lhr, pace };
    said = run?.lhr.runtimeError?.message ?? said;
  }
  throw new Error(`Lighthouse could not look at ${url} in ${ATTEMPTS} attempts: ${said}`);
}

const scoreOf = ({ categories }: Result, category: string): number => Math.round((categories[category]?.score ?? 0) * 100);

/** Which audits of a category were not passed. */
function faultsOf({ categories, audits }: Result, category: string): string[] {
  return (categories[category]?.auditRefs ?? []).filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1).map(({ id }) => `${id} (${audits[id]?.displayValue ?? audits[id]?.title ?? ''})`);
}

/** What was sent of the kinds given, in bytes. */
function sent({ audits }: Result, ...kinds: string[]): number {
  const { items } = Requests.parse(audits['network-requests']?.details);
  return items.filter(({ resourceType = '' }) => kinds.length === 0 || kinds.includes(resourceType)).reduce((sum, { transferSize }) => sum + transferSize, 0);
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

async function audit(url: string, port: number): Promise<Row[]> {
  const runs: Awaited<ReturnType<typeof look>>[] = [];
  for (let n = 0; n < RUNS; n++) runs.push(await look(url, port));
  const [first] = runs;
  if (first === undefined) return [];
  const { result } = first;
  const performance = quantile(runs.map((run) => scoreOf(run.result, 'performance')), 0.5);
  const pace = quantile(runs.map((run) => run.pace), 0.5);
  const faults = [...FULL, ...(performance < LEAST_PERFORMANCE ? ['performance'] : [])].flatMap((category) => faultsOf(result, category));
  const code = sent(result, 'Script', 'Stylesheet');
  return [
    ...FULL.map((category): Row => ({ what: category, figure: String(scoreOf(result, category)), goal: '100', holds: scoreOf(result, category) === 100 })),
    { what: `performance (median of ${RUNS}; machine ${pace.toFixed(1)} times slower than usual)`, figure: String(performance), ...(pace > TELEPHONE ? {} : { goal: `at least ${LEAST_PERFORMANCE}`, holds: performance >= LEAST_PERFORMANCE }) },
    { what: 'JavaScript and CSS before the knock, as sent', figure: kilobytes(code), goal: `at most ${kilobytes(MOST_BYTES)}`, holds: code <= MOST_BYTES },
    { what: 'the whole page, as sent', figure: kilobytes(sent(result)) },
    ...faults.map((fault): Row => ({ what: `  not passed: ${fault}`, figure: '' })),
  ];
}

const { port } = await freePorts('port');
const reception = await startReception({ direct: true });
const browser = await chromium.launch({ executablePath: process.env['CHROME_PATH'] ?? '', headless: true, args: ['--no-sandbox', ...QUIET, `--remote-debugging-port=${port}`] });
let missed = 0;
try {
  for (const [title, path] of [['The list', '/'], ['An office', '/o/anagrafe']] as const) {
    const rows = await audit(`${reception.url}${path}`, port);
    print(title, rows);
    missed += rows.filter(({ holds }) => holds === false).length;
  }
} finally {
  await browser.close();
  await reception.stop();
}
process.exit(missed === 0 ? 0 : 1);
