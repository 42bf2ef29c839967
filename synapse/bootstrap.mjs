/**
 * What `npm start`, `npm test` and the other scripts of package.json call, under any Node from 20 on and before
 * anything is installed: installs the packages where that is needed, then hands over to TypeScript under the Node that came with them.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exclusively, startOf } from './lock.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NODE = join(ROOT, 'node_modules/node/bin/node');

/** @type {Record<string, string>} */
const ENTRIES = {
  start: 'synapse/src/start.ts',
  dev: 'synapse/src/dev.ts',
  test: 'synapse/src/test.ts',
  check: 'config/src/check.ts',
  lint: 'synapse/src/lint.ts',
  behind: 'synapse/src/behind.ts',
  backup: 'synapse/src/backup.ts',
  restore: 'synapse/src/restore.ts',
  doctor: 'synapse/src/doctor.ts',
  bench: 'synapse/src/bench.ts',
  audit: 'synapse/src/audit.ts',
  setup: 'synapse/src/production/setup.ts',
  neighbours: 'synapse/src/neighbours.ts',
};

/** How often we look whether whoever started us is still there, in milliseconds. */
const LOOK = 1_000;

/** @param {string} sentence @returns {never} */
function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** @param {string} file @returns {Record<string, { version?: string, link?: boolean, optional?: boolean }>} */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return {};
  }
}

/**
 * Whether every locked package is there. npm writes the list inside node_modules when an install is whole, and not before;
 * what it leaves out is optional on this machine.
 */
function installed() {
  const there = packagesIn('node_modules/.package-lock.json');
  return existsSync(NODE) && Object.entries(packagesIn('package-lock.json'))
    .filter(([path, { link, optional }]) => path.startsWith('node_modules/') && !link && !optional)
    .every(([path, { version }]) => there[path] && there[path].version === version);
}

/** @returns {Promise<void>} */
function npmCi() {
  const cli = process.env['npm_execpath'];
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  return new Promise((resolve) => {
    const npm = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    npm.stdout.resume();
    npm.once('error', () => giveUp('npm was not found: install it (it comes with Node.js), then try again.'));
    npm.once('exit', (code) => {
      if (code !== 0 || !installed()) giveUp(`The packages could not be installed (npm ci ended with ${code}, its reasons stand above): check the connection to the internet and the space on the disk, then try again.`);
      resolve();
    });
  });
}

async function install() {
  if (installed()) return;
  const began = Date.now();
  const waiting = (/** @type {number} */ pid) => console.log(`Waiting for process ${pid}, which is installing the packages`);
  await exclusively(join(ROOT, '.portineria/npm.lock'), async () => {
    if (installed()) return;
    console.log('Installing the packages (npm ci), which takes a minute or two');
    await npmCi();
    console.log(`Packages installed: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }, waiting);
}

/** @param {string} entry @param {string[]} args */
function handOver(entry, args) {
  // The channel tells it when we are gone, also if we were killed.
  const node = spawn(NODE, ['--disable-warning=ExperimentalWarning', join(ROOT, entry), ...args], {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Compiled code is kept: later starts do without reading the TypeScript again.
    env: { NODE_COMPILE_CACHE: join(ROOT, '.portineria', 'compiled'), ...process.env },
  });
  for (const name of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, () => node.kill(name));
  // npm may be killed in a way that no process can pass on: then nobody is left who could stop what we started.
  const parent = process.ppid;
  const start = startOf(parent);
  setInterval(() => {
    if (process.ppid !== parent || startOf(parent) !== start) node.kill('SIGTERM');
  }, LOOK).unref();
  node.once('error', (error) => giveUp(`Node 24 does not start (${error.message}): remove the folder node_modules, then try again.`));
  node.once('exit', (code, name) => process.exit(code ?? 128 + (name === null ? 0 : constants.signals[name])));
}

const [major = '0'] = process.versions.node.split('.');
if (Number(major) < 20) giveUp(`Node.js 20 or newer is needed, and this is ${process.versions.node}: install a newer one (https://nodejs.org), then try again.`);
const [command = '', ...args] = process.argv.slice(2);
const entry = ENTRIES[command];
if (!entry) giveUp(`Expected one of ${Object.keys(ENTRIES).join(', ')}, came "${command}".`);
await install().catch((/** @type {unknown} */ error) => giveUp(`The packages could not be installed (${error instanceof Error ? error.message : String(error)}): check that ${ROOT} can be written to, then try again.`));
handOver(entry, args);
