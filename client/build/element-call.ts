/**
 * Puts Element Call beside our pages, as /element-call/: its files without source maps, our settings for it,
 * and a document of ours in place of its own. Ours has no inline scripts, so that its policy needs no hashes,
 * and begins with element-call/start.ts, which lets the page around it warm and measure the call.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { transformWithOxc, type Plugin } from 'vite';

const compress = promisify(brotliCompress);

/** What Element Call's own document loads. */
export interface Document {
  /** The module to run. */
  entry: string;
  /** Modules to have ready. */
  modules: string[];
  styles: string[];
}

/**
 * Reads Element Call's document.
 * @throws Error when it is not built as the pinned version is: then this file has to learn its new shape
 */
export function documentOf(html: string): Document {
  const all = (pattern: RegExp): string[] => [...html.matchAll(pattern)].flatMap(([, path]) => path ?? []);
  const [entry, ...others] = all(/<script type="module"[^>]* src="([^"]+)"/gu);
  const styles = all(/<link rel="stylesheet"[^>]* href="([^"]+)"/gu);
  if (entry === undefined || others.length > 0 || styles.length === 0 || !html.includes('<div id="root">')) {
    throw new Error("Expected one module, a stylesheet and a root in Element Call's index.html");
  }
  return { entry, modules: all(/<link rel="modulepreload"[^>]* href="([^"]+)"/gu), styles };
}

/** Our document. The entry is loaded ahead, but only start.ts runs it: it reads the address as it begins. */
export function ownDocument({ entry, modules, styles }: Document, start: string): string {
  return `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="viewport-fit=cover,width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Element Call</title>
<script src="${start}" data-entry="${entry}"></script>
${[entry, ...modules].map((path) => `<link rel="modulepreload" crossorigin href="${path}">`).join('\n')}
${styles.map((path) => `<link rel="stylesheet" crossorigin href="${path}">`).join('\n')}
</head>
<body class="no-theme"><div id="root"></div></body>
</html>
`;
}

/**
 * Element Call's settings: 20 seconds without the homeserver pass unnoticed, and a call lasts through them. Both are needed.
 * The delay is as long as that takes, and no longer: for so long a browser that crashed stays on the list of the call.
 */
const SETTINGS = {
  sync_disconnect_grace_period_ms: 120_000,
  matrix_rtc_session: { wait_for_key_rotation_ms: 5_000, delayed_leave: { delay_ms: 32_000, restart_ms: 4_000 } },
};

/** Where the installed Element Call lies. */
const FROM = join(dirname(createRequire(import.meta.url).resolve('@element-hq/element-call-embedded/package.json')), 'dist');

/** Writes a file. */
type Put = (path: string, bytes: Buffer) => Promise<void>;

/** Its own files, without source maps. */
async function putFiles(to: string, put: Put): Promise<void> {
  await mkdir(join(to, 'assets'), { recursive: true });
  const files = (await readdir(join(FROM, 'assets'))).filter((name) => !name.endsWith('.map'));
  await Promise.all(files.map(async (name) => put(join(to, 'assets', name), await readFile(join(FROM, 'assets', name)))));
}

/** Ours: the document, what it begins with, and the settings. */
async function putOurs(to: string, source: string, put: Put): Promise<void> {
  const { code } = await transformWithOxc(await readFile(source, 'utf8'), source);
  const start = `./assets/start-${createHash('sha256').update(code).digest('hex').slice(0, 10)}.js`;
  const document = documentOf(await readFile(join(FROM, 'index.html'), 'utf8'));
  await put(join(to, start), Buffer.from(code));
  await put(join(to, 'index.html'), Buffer.from(ownDocument(document, start)));
  await put(join(to, 'config.json'), Buffer.from(JSON.stringify(SETTINGS)));
}

/** The Vite plugin: writes `element-call/` into the browsers' build; while one works on the pages, at the start and whenever `source` has changed. */
export function elementCall(source: string): Plugin {
  return {
    name: 'portineria:element-call',
    async writeBundle({ dir }) {
      if (this.environment.name !== 'client' || dir === undefined) return;
      await putFiles(join(dir, 'element-call'), putPacked);
      await putOurs(join(dir, 'element-call'), source, putPacked);
    },
    async configureServer({ config, watcher, ws, environments }) {
      const to = join(environments.client.config.build.outDir, 'element-call');
      await rm(to, { recursive: true, force: true });
      await putFiles(to, writeFile);
      await putOurs(to, source, writeFile);
      watcher.add(source);
      watcher.on('change', (path) => {
        if (path !== source) return;
        putOurs(to, source, writeFile).then(() => ws.send({ type: 'full-reload' }), (error: unknown) => config.logger.error(String(error)));
      });
    },
  };
}

/** Writes a file, and beside it what a browser gets that can read Brotli. */
async function putPacked(path: string, bytes: Buffer): Promise<void> {
  await writeFile(path, bytes);
  if (!/\.(?:js|css|json|wasm)$/u.test(path) || bytes.length < 1_000) return;
  // 5 packs within a tenth of the best, in a tenth of the time.
  await writeFile(`${path}.br`, await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }));
}
