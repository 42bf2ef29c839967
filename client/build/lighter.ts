/** What every page begins with, made smaller once more: terser takes a minute for all, and finds some percent that what comes with Vite leaves. */
import { minify } from 'terser';
import type { Plugin } from 'vite';

/** @param name of the chunk */
export function lighter(name: string): Plugin {
  return {
    name: 'portineria:lighter',
    apply: 'build',
    applyToEnvironment: (environment) => environment.name === 'client',
    // Before the name is made from what is inside.
    async renderChunk(code, chunk) {
      if (chunk.name !== name) return null;
      const { code: less } = await minify(code, { ecma: 2020, module: true, compress: { passes: 3 } });
      if (less === undefined) throw new Error(`Expected terser to make ${chunk.fileName} smaller, and it gave nothing back`);
      return { code: less, map: null };
    },
  };
}
