import vue from '@vitejs/plugin-vue';
import { configDefaults, defineConfig } from 'vitest/config';
import { availableParallelism } from 'node:os';
import { measurePace, paced } from './config/src/pace.ts';
import { LongestFirst } from './tests/order.ts';

/** Where a browser shows pictures, plays sound and is measured. */
const BROWSERS = ['tests/browser/**/*.test.ts'];

/** What a part decides and reads, without the others. */
const UNITS = ['{config,bot,widget}/src/**/*.test.ts', 'client/{src,build}/**/*.test.ts'];

/** Where the homeservers of tests come from: those of units have none. */
const WITH_HOMESERVERS = ['tests/setup.ts'];

/** How many files run at once. Where most of the time is waiting, three to a processor are hardly slower each than one. */
const PARTS_AT_ONCE = 3 * availableParallelism();
/** Browsers need the processor themselves. */
const BROWSERS_AT_ONCE = availableParallelism();

await measurePace();

export default defineConfig({
  plugins: [vue()],
  test: {
    // Many tests start a real homeserver or a real browser.
    testTimeout: paced(60_000),
    hookTimeout: paced(120_000),
    sequence: { sequencer: LongestFirst },
    // Browsers have the processors after the others.
    projects: [
      // What a file of these loads is good for the next; what it puts in the place of something global goes by itself.
      { extends: true, test: { name: 'units', include: UNITS, isolate: false, unstubGlobals: true, unstubEnvs: true, maxWorkers: PARTS_AT_ONCE, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'parts', include: ['synapse/src/**/*.test.ts', 'tests/**/*.test.ts'], exclude: [...configDefaults.exclude, ...BROWSERS], globalSetup: WITH_HOMESERVERS, maxWorkers: PARTS_AT_ONCE, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'browsers', include: BROWSERS, globalSetup: WITH_HOMESERVERS, maxWorkers: BROWSERS_AT_ONCE, sequence: { groupOrder: 1 } } },
    ],
  },
});
