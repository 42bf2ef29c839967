import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['{config,bot,synapse,widget}/src/**/*.test.ts', 'client/{src,build}/**/*.test.ts', 'tests/**/*.test.ts'],
    // Many tests start a real homeserver or a real browser.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two at once, on any machine: more homeservers beside each other only make each other late.
    maxWorkers: 2,
  },
});
