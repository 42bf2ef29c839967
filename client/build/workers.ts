/** Puts a service worker beside the pages: one file by a name that stays, as a worker is known by its address. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformWithOxc, type Plugin } from 'vite';

async function putWorker(file: string, source: string): Promise<void> {
  const { code } = await transformWithOxc(await readFile(source, 'utf8'), source);
  await writeFile(file, code);
}

/** The Vite plugin: writes it into the browsers' build; while one works on the pages, at the start and whenever `source` has changed. `source` imports nothing. */
export function plainWorker(name: string, source: string): Plugin {
  return {
    name: `portineria:${name}`,
    async writeBundle({ dir }) {
      if (this.environment.name === 'client' && dir !== undefined) await putWorker(join(dir, name), source);
    },
    async configureServer({ config, watcher, environments }) {
      const file = join(environments.client.config.build.outDir, name);
      await putWorker(file, source);
      watcher.add(source);
      watcher.on('change', (path) => {
        if (path === source) putWorker(file, source).catch((error: unknown) => config.logger.error(String(error)));
      });
    },
  };
}
