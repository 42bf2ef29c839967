/** Two builds from one source: what browsers get (dist/public), and the renderer that the server calls (dist/server). */
import { fileURLToPath } from 'node:url';
import VueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import purge from '@fullhuman/postcss-purgecss';
import { defineConfig } from 'vite';
import { assets } from './build/assets.ts';
import { compress } from './build/compress.ts';
import { elementCall } from './build/element-call.ts';
import { recolour } from './build/recolour.ts';
import { spare } from './build/spare.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vue, its texts, and what main.ts imports at once that other files use as well. */
const FIRST = /node_modules\/(?:@?vue|petite-vue-i18n|@intlify)\/|client\/src\/(?:main|format|languages|texts|path|shelf|PhoneLink)\.(?:ts|vue)|config\/src\/text\.ts/u;

export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: false,
  plugins: [
    vue(),
    VueI18n({
      module: 'petite-vue-i18n',
      include: here('texts/**/*.json'),
      runtimeOnly: true,
      compositionOnly: true,
      fullInstall: false,
      dropMessageCompiler: true,
    }),
    assets(),
    elementCall(here('element-call/start.ts')),
    compress(),
  ],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  css: {
    preprocessorOptions: {
      scss: {
        // Bootstrap Italia 2 is written for Sass as it was: its warnings are not ours to mend.
        quietDeps: true,
        silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function', 'slash-div'],
        loadPaths: [here('../node_modules'), here('node_modules')],
      },
    },
    postcss: {
      plugins: [
        purge({
          content: [here('src/**/*.vue'), here('src/page.ts')],
          variables: true,
          keyframes: true,
          safelist: {
            // Put together from states in the components.
            standard: [/^(?:sign|office|message)-/u, 'call-frame', /^(?:html|body)$/u],
            // build/recolour.ts writes them later.
            variables: [/^--p-/u],
          },
        }),
        spare(),
        recolour(),
      ],
    },
  },
  build: {
    // Browsers that know light-dark() and color-mix(), so that both reach them as written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
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
});
