/** The pages that Matrix clients show as widgets, as browsers get them: dist, served under /widget/. The desk is made, and looks, as the client's own pages. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compress } from '../client/build/compress.ts';
import { components, CSS_TARGET, DEFINES, look } from '../client/build/pages.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What a stylesheet dresses. */
const shownIn = (file: string): string[] =>
  file.includes('office.scss') ? [here('desk.html'), here('src/desk/*.vue'), here('src/office/*.vue')] : [here('index.html'), here('src/main.ts')];

export default defineConfig(({ command }) => ({
  root: here('.'),
  base: '/widget/',
  publicDir: false,
  plugins: [...components([here('texts/desk/*.json'), here('texts/office/*.json')]), compress()],
  define: DEFINES,
  css: look(command === 'serve' ? null : shownIn),
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    cssTarget: CSS_TARGET,
    // Data URLs would need more of the content security policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: { input: { index: here('index.html'), desk: here('desk.html') } },
  },
}));
