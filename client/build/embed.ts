/**
 * Puts the offices for a comune's own site beside the pages, as /embed.js: one script of its own, by a name that stays, with those of the
 * pages' texts that it says, in each language that there is.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build, type Plugin } from 'vite';

const NAME = 'embed.js';
const TEXTS = 'virtual:embed-texts';
/** What it says of what the pages say. Who waits is theirs: it takes plurals. */
const SAID = /^(?:door\.(?!queue)\w+|around\.(?:away|own)|list\.stale|title\.list)$/u;

/** Its texts by language. @param folder of the pages' language files */
async function textsIn(folder: string): Promise<Record<string, Record<string, string>>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const read = async (name: string): Promise<Record<string, string>> => JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, string>;
  return Object.fromEntries(await Promise.all(files.map(async (name) => [basename(name, '.json'), Object.fromEntries(Object.entries(await read(name)).filter(([key]) => SAID.test(key)))] as const)));
}

/** Bundles the script. @throws Error where it is not one */
async function bundled(source: string, texts: string): Promise<string> {
  const said: Plugin = {
    name: 'portineria:embed-texts',
    resolveId: (id) => (id === TEXTS ? `\0${TEXTS}` : undefined),
    load: async (id) => (id === `\0${TEXTS}` ? `export default ${JSON.stringify(await textsIn(texts))}` : undefined),
  };
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins: [said],
    // Sites are read in older browsers than the pages are for.
    build: { write: false, target: ['chrome100', 'firefox110', 'safari16.4'], rolldownOptions: { input: source, output: { format: 'iife' } } },
  });
  const [bundle] = [built].flat();
  const [chunk, ...more] = bundle !== undefined && 'output' in bundle ? bundle.output : [];
  if (chunk?.type !== 'chunk' || more.length > 0) throw new Error(`Expected one script out of ${source}`);
  return chunk.code;
}

async function putEmbed(folder: string, source: string, texts: string): Promise<void> {
  const code = await bundled(source, texts);
  const path = join(folder, NAME);
  await Promise.all([writeFile(path, code), writeFile(`${path}.br`, await promisify(brotliCompress)(code)), writeFile(`${path}.gz`, await promisify(gzip)(code, { level: 9 }))]);
}

/** The Vite plugin: writes it into the browsers' build; while one works on the pages, at the start and whenever its sources have changed. */
export function embed(source: string, texts: string): Plugin {
  return {
    name: 'portineria:embed',
    async writeBundle({ dir }) {
      if (this.environment.name === 'client' && dir !== undefined) await putEmbed(dir, source, texts);
    },
    async configureServer({ config, watcher, environments }) {
      const folder = environments.client.config.build.outDir;
      await putEmbed(folder, source, texts);
      watcher.add(dirname(source));
      watcher.on('change', (path) => {
        if (dirname(path) === dirname(source)) putEmbed(folder, source, texts).catch((error: unknown) => config.logger.error(String(error)));
      });
    },
  };
}
