import vue from '@vitejs/plugin-vue';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/order.ts';

/** Where a browser shows pictures, plays sound and is measured. */
const BROWSERS = ['tests/browser/**/*.test.ts'];

export default defineConfig({
  plugins: [vue()],
  test: {
    // Many tests start a real homeserver or a real browser.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    // How many run at once is the same on any machine. Where most of the time is waiting, six are hardly slower each than two;
    // browsers need the processor themselves, and have it after the others.
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{config,bot,synapse,widget}/src/**/*.test.ts', 'client/{src,build}/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...BROWSERS],
          maxWorkers: 6,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'browsers', include: BROWSERS, maxWorkers: 2, sequence: { groupOrder: 1 } } },
    ],
  },
});
