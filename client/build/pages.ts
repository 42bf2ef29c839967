/** How every page of ours is made from components, texts and stylesheets: the citizens', the desk, and the desk as a widget (widget/vite.config.ts). */
import { fileURLToPath } from 'node:url';
import VueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import purge from '@fullhuman/postcss-purgecss';
import type { CSSOptions, PluginOption } from 'vite';
import { recolour } from './recolour.ts';
import { spare } from './spare.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vue and its texts without what these pages do not use. */
export const DEFINES = {
  __VUE_OPTIONS_API__: false,
  __VUE_PROD_DEVTOOLS__: false,
  __VUE_I18N_LEGACY_API__: false,
  __INTLIFY_PROD_DEVTOOLS__: false,
};

/** Browsers that know light-dark() and color-mix(), so that both reach them as written. */
export const CSS_TARGET = ['chrome123', 'firefox120', 'safari17.5'];

/** Components, and the language files that they speak by. @param texts which files those are */
export function components(texts: string[]): PluginOption[] {
  return [
    vue(),
    VueI18n({ module: 'petite-vue-i18n', include: texts, runtimeOnly: true, compositionOnly: true, fullInstall: false, dropMessageCompiler: true }),
  ];
}

/**
 * The look: of Bootstrap Italia what is used, in colours that are set at run time.
 * @param shownIn the sources that name the classes of a stylesheet; null while one works on the pages: all of them would be read, and the stylesheet be written, anew at each change of one
 */
export function look(shownIn: ((file: string) => string[]) | null): CSSOptions {
  return {
    preprocessorOptions: {
      scss: {
        // Bootstrap Italia 2 is written for Sass as it was: its warnings are not ours to mend.
        quietDeps: true,
        silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function', 'slash-div'],
        loadPaths: [here('../../node_modules'), here('../node_modules')],
      },
    },
    postcss: {
      plugins: [
        ...(shownIn === null ? [] : [purge({
          content: [],
          contentFunction: shownIn,
          variables: true,
          keyframes: true,
          safelist: {
            // Put together from states in the components.
            standard: [/^(?:sign|office|message|board-row|board-wait)-/u, 'call-frame', /^(?:html|body)$/u],
            // recolour.ts writes them later.
            variables: [/^--p-/u],
          },
        })]),
        spare(),
        recolour(),
      ],
    },
  };
}
