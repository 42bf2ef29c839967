/**
 * Two builds from one source: what browsers get (dist/public), and the renderer that the server calls (dist/server).
 * While one works on the pages (`npm run dev`, synapse/src/front.ts) both come from the sources as they stand.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { assets } from './build/assets.ts';
import { compress } from './build/compress.ts';
import { elementCall } from './build/element-call.ts';
import { embed } from './build/embed.ts';
import { lighter } from './build/lighter.ts';
import { components, CSS_TARGET, DEFINES, look } from './build/pages.ts';
import { renderer } from './build/renderer.ts';
import { plainWorker } from './build/workers.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vue, its texts, and what main.ts imports at once that other files use as well. */
const FIRST = /node_modules\/(?:@?vue|petite-vue-i18n|@intlify)\/|client\/src\/(?:main|words\/(?:format|languages|texts|PhoneLink)|way\/path|kept\/shelf)\.(?:ts|vue)|config\/src\/text\.ts|widget\/src\/plural\.ts/u;

export default defineConfig(({ command }) => ({
  root: here('.'),
  base: '/',
  publicDir: false,
  plugins: [
    ...components([here('texts/**/*.json'), here('../widget/texts/desk/*.json')]),
    assets(),
    elementCall(here('element-call/start.ts')),
    lighter('main'),
    plainWorker('desk-worker.js', here('src/desk/worker.ts')),
    plainWorker('worker.js', here('src/shell/worker.ts')),
    embed(here('src/embed/embed.ts'), here('texts')),
    compress(),
    renderer(),
  ],
  define: DEFINES,
  // What the desk alone shows would weigh on the visitors' pages.
  css: look(command === 'serve' ? null : (file) => [here('src/**/*.vue'), here('src/page.ts'), ...(file.includes('desk.scss') ? [here('../widget/src/desk/*.vue')] : [])]),
  // Of what is not built, the packages are: all that any page may come to need, at the start. The encryption finds its WebAssembly beside itself.
  optimizeDeps: { entries: ['src/main.ts'], exclude: ['@matrix-org/matrix-sdk-crypto-wasm'] },
  build: {
    cssTarget: CSS_TARGET,
    // Data URLs would need more of the content security policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  environments: {
    client: {
      build: {
        outDir: here('dist/public'),
        manifest: 'manifest.json',
        rolldownOptions: {
          input: here('src/main.ts'),
          // What every page begins with is one file: cut into several, it would be packed less well.
          output: { codeSplitting: { groups: [{ name: 'base', test: FIRST }] } },
        },
      },
    },
    ssr: {
      build: {
        outDir: here('dist/server'),
        emitAssets: false,
        // The bot keeps the text of what it runs in memory.
        minify: true,
        rolldownOptions: { input: { page: here('src/page.ts') } },
      },
      // Without the condition `node`, which stands for Vue with its compilers.
      resolve: { noExternal: true, conditions: ['module', 'production'] },
    },
  },
  builder: {
    async buildApp(builder) {
      const { client, ssr } = builder.environments;
      if (client === undefined || ssr === undefined) throw new Error('Expected the environments client and ssr');
      await builder.build(client);
      await builder.build(ssr);
    },
  },
}));
