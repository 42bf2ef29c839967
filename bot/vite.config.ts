/** The bot in one file, all that it loads included: dist/bot/main.js, as deep as its sources, which find files beside them by their own place. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  publicDir: false,
  // Packages as Node itself finds them.
  environments: { ssr: { resolve: { noExternal: true, mainFields: ['main'] } } },
  build: {
    ssr: here('src/main.ts'),
    outDir: here('dist/bot'),
    emptyOutDir: true,
    target: 'node24',
    // What a log says of an error names our functions.
    minify: false,
  },
});
