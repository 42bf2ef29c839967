/** What a test runs on, told by what it imports: so that a few files are tested without all the rest being set up. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What has to be installed or built. */
export const NEEDS = ['browser', 'engines', 'synapse', 'livekit', 'oracle', 'pages', 'bot', 'production'] as const;
export type Need = (typeof NEEDS)[number];

/** What comes with a file: whoever imports it, or is it, starts these. */
const OF_FILES: Readonly<Record<string, readonly Need[]>> = {
  'synapse/src/harness.ts': ['synapse'],
  'synapse/src/nursery.ts': ['synapse'],
  'synapse/src/start.test.ts': ['synapse', 'pages', 'bot'],
  'tests/browser/dev.test.ts': ['synapse'],
  'tests/backup.test.ts': ['synapse', 'pages', 'bot'],
  'tests/rig/reception.ts': ['pages', 'bot'],
  'tests/rig/browser.ts': ['browser'],
  'tests/rig/voice.ts': ['browser'],
  'tests/rig/engines.ts': ['engines'],
  'tests/rig/production.ts': ['production', 'synapse', 'livekit', 'pages', 'bot'],
  'synapse/src/backup/postgresql.test.ts': ['production'],
  'config/src/oracle.fixture.ts': ['oracle'],
  'client/src/page/budget.test.ts': ['pages'],
};

/** With these words a reception is started that has calls. */
const WITH_CALLS = /\bstart(?:Reception|Neighbours)\(\{[^;]*\bcalls: true\b/u;

const IMPORTED = /^(?:import|export)\b[^'"]*['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gmu;

/** The file of this checkout that an import means; null for a package. */
function fileOf(root: string, from: string, specifier: string): string | null {
  const [, part, name] = /^@portineria\/(\w+)\/(.+)$/u.exec(specifier) ?? [];
  const file = part !== undefined && name !== undefined ? join(part, 'src', `${name}.ts`) : specifier.startsWith('.') ? join(dirname(from), specifier) : null;
  return file !== null && existsSync(join(root, file)) ? file : null;
}

/** What some test files need. @param root of the checkout @param files as paths from there */
export function needsOf(root: string, files: readonly string[]): Set<Need> {
  const needs = new Set<Need>();
  const seen = new Set<string>();
  const look = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const need of OF_FILES[file] ?? []) needs.add(need);
    if (!/\.(?:ts|vue)$/u.test(file)) return;
    const text = readFileSync(join(root, file), 'utf8');
    if (WITH_CALLS.test(text)) needs.add('livekit');
    for (const [, plain, late] of text.matchAll(IMPORTED)) {
      const imported = fileOf(root, file, plain ?? late ?? '');
      if (imported !== null) look(imported);
    }
  };
  files.forEach(look);
  return needs;
}

/** The test files whose paths hold one of these, as vitest chooses them: paths from `root`. @param filters a path, or a part of one; the number of a line may follow */
export function testsAt(root: string, filters: readonly string[]): string[] {
  const wanted = filters.map((filter) => filter.replace(/^\.\//u, '').replace(/:\d+$/u, ''));
  return globSync('{bot,client,config,synapse,tests,widget}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
    .filter((file) => wanted.some((part) => join(root, file).includes(part)))
    .toSorted();
}
