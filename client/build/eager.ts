/**
 * Has a browser compile a script whole while it loads, and not each function when it is first called (V8's explicit compile hints).
 * Of what waits for a door to open, much is run for the first time in the one moment in which nobody wants to wait.
 */
import type { Plugin } from 'vite';

/** To be said before anything else in a file. To browsers that do not know it, it is a comment. */
export const EAGER = '//# allFunctionsCalledOnLoad\n';

/** The Vite plugin: marks the scripts of the browsers' build that hold a module of these. */
export function eager(modules: RegExp): Plugin {
  return {
    name: 'portineria:eager',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        if (this.environment.name !== 'client') return;
        for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk' && chunk.moduleIds.some((id) => modules.test(id))) chunk.code = EAGER + chunk.code;
      },
    },
  };
}
