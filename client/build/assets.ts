/**
 * Tells the renderer which files a page starts with.
 * The client's build writes a manifest; this takes it away from what is served and hands it to the server's build.
 * While one works on the pages they are the sources themselves.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest, Plugin } from 'vite';

const NAME = 'virtual:assets';

/** The files that a page needs before anything is done on it, as paths from the origin. @public src/env.d.ts has it. */
export interface Assets {
  /** The module to run. */
  entry: string;
  /** Modules that the entry imports at once. */
  modules: string[];
  styles: string[];
  /** The fonts that the first view shows. */
  fonts: string[];
  icon: string;
  /** The module of each language's texts. */
  texts: Record<string, string>;
}

/** What a page starts with while one works on it; the rest comes as it is imported. */
const SOURCES: Assets = { entry: '/src/main.ts', modules: [], styles: ['/look/page.scss'], fonts: [], icon: '/look/icon.svg', texts: {} };

/** Reads the first files of a page from Vite's manifest. */
function assetsOf(manifest: Manifest): Assets {
  const entry = Object.values(manifest).find((chunk) => chunk.isEntry === true);
  if (entry === undefined) throw new Error("Expected an entry in the client's manifest, found none");
  const modules = new Set<string>();
  const styles = new Set(entry.css ?? []);
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined || modules.has(chunk.file)) return;
    modules.add(chunk.file);
    for (const style of chunk.css ?? []) styles.add(style);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const next of entry.imports ?? []) visit(next);
  const texts: Record<string, string> = {};
  for (const [key, chunk] of Object.entries(manifest)) {
    const language = /(?:^|\/)texts\/([\w-]+)\.json$/u.exec(key)?.[1];
    if (language !== undefined) texts[language] = `/${chunk.file}`;
  }
  const named = (pattern: RegExp): string[] =>
    Object.values(manifest).flatMap((chunk) => [chunk.file, ...(chunk.assets ?? [])]).filter((file) => pattern.test(file));
  return {
    entry: `/${entry.file}`,
    modules: [...modules].map((file) => `/${file}`),
    styles: [...styles].map((file) => `/${file}`),
    fonts: [...new Set(named(/titillium-web-latin-(?:400|600).*\.woff2$/u))].map((file) => `/${file}`),
    icon: `/${named(/icon.*\.svg$/u)[0] ?? ''}`,
    texts,
  };
}

/** The Vite plugin that serves `virtual:assets` to the renderer. */
export function assets(): Plugin {
  let known: Assets | undefined;
  return {
    name: 'portineria:assets',
    sharedDuringBuild: true,
    writeBundle(options) {
      if (this.environment.name !== 'client' || options.dir === undefined) return;
      const path = join(options.dir, 'manifest.json');
      known = assetsOf(JSON.parse(readFileSync(path, 'utf8')) as Manifest);
      rmSync(path);
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      if (this.environment.mode === 'dev') return `export default ${JSON.stringify(SOURCES)}`;
      if (known === undefined) throw new Error("Build the client before the server's renderer");
      return `export default ${JSON.stringify(known)}`;
    },
  };
}
