/** The page that carries Jitsi as a Matrix widget, as browsers get it: dist, served under /widget/. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: '/widget/',
  publicDir: false,
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    // Browsers that know light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Data URLs would need more of the content security policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
