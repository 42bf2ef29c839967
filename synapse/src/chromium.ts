/** The browser that the tests drive. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall, mayInstall } from './debian.ts';
import { Trouble, words } from './trouble.ts';

/** Chromium without a window around its pages: where nothing but the pages is to be measured. */
const SHELL = 'chromium-headless-shell';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of these programs that is on PATH and can be run. */
export function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(runnable);
}

/** The browser's path, where there is one. `CHROME_PATH` beats what is found on PATH. */
export function findChromium(): string | undefined {
  const named = process.env['CHROME_PATH'];
  return named ? [named].find(runnable) : onPath(NAMES);
}

/** The path of Chromium without a window, where there is one; whoever names a browser means that one. */
export function findShell(): string | undefined {
  return process.env['CHROME_PATH'] ? findChromium() : onPath([SHELL]);
}

/**
 * Installs Chromium from the system's packages, where that is ours to do.
 * @throws Trouble when it is not, or when it fails
 */
export function installChromium(): Promise<void> {
  return installPackage('chromium');
}

/** The same of Chromium without a window. @throws Trouble */
export function installShell(): Promise<void> {
  return installPackage(SHELL);
}

async function installPackage(name: string): Promise<void> {
  const named = process.env['CHROME_PATH'];
  if (named) throw new Trouble(`CHROME_PATH names ${named}, and that cannot be run: name a Chromium or Chrome, or leave it away.`);
  if (!mayInstall()) {
    throw new Trouble('The tests need a browser, and none was found: install Chromium (Debian: apt-get install chromium), or name one in CHROME_PATH.');
  }
  try {
    await aptInstall(name, 'fonts-liberation');
  } catch (error) {
    throw new Trouble(`Chromium could not be installed (${words(error).trim().split('\n').at(-1) ?? ''}): install it by hand, or name one in CHROME_PATH.`);
  }
}
