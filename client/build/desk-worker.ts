/** Puts the desk's service worker beside the pages, as /desk-worker.js: one file by a name that stays, as a worker is known by its address. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformWithOxc, type Plugin } from 'vite';

const NAME = 'desk-worker.js';

async function putWorker(folder: string, source: string): Promise<void> {
  const { code } = await transformWithOxc(await readFile(source, 'utf8'), source);
  await writeFile(join(folder, NAME), code);
}

/** The Vite plugin: writes it into the browsers' build; while one works on the pages, at the start and whenever `source` has changed. */
export function deskWorker(source: string): Plugin {
  return {
    name: 'portineria:desk-worker',
    async writeBundle({ dir }) {
      if (this.environment.name === 'client' && dir !== undefined) await putWorker(dir, source);
    },
    async configureServer({ config, watcher, environments }) {
      const folder = environments.client.config.build.outDir;
      await putWorker(folder, source);
      watcher.add(source);
      watcher.on('change', (path) => {
        if (path === source) putWorker(folder, source).catch((error: unknown) => config.logger.error(String(error)));
      });
    },
  };
}
