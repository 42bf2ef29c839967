/** Writes FILE.br and FILE.gz beside every file that shrinks, so that the server compresses nothing twice. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const SHRINKS = /\.(?:js|css|svg|wasm)$/u;
/** Above this many bytes the last tenth that Brotli's best level saves would take most of the build's time. */
const LARGE = 2_000_000;

/** The Vite plugin. */
export function compress(): Plugin {
  return {
    name: 'portineria:compress',
    writeBundle(options, bundle) {
      if (this.environment.name !== 'client' || options.dir === undefined) return;
      for (const name of Object.keys(bundle).filter((file) => SHRINKS.test(file))) {
        const path = join(options.dir, name);
        const content = readFileSync(path);
        const quality = content.length > LARGE ? 9 : constants.BROTLI_MAX_QUALITY;
        const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
