/** The other engines that citizens have, for the tests: Firefox, and WebKit as GTK has it, with the screen that it draws on. */
import { globSync } from 'node:fs';
import { onPath } from './chromium.ts';
import { aptInstall, mayInstall } from './debian.ts';
import type { Part } from './install.ts';
import { Trouble, words } from './trouble.ts';

/** Their programs. */
export interface Engines {
  readonly firefox: string;
  /** WebKit's own WebDriver, and the browser that it drives. */
  readonly webkitDriver: string;
  readonly miniBrowser: string;
  /** A screen that nobody sees. */
  readonly screen: string;
}

/** The programs' paths, where all of them are there. `FIREFOX_PATH` beats what is found on PATH. */
export function findEngines(): Engines | undefined {
  const firefox = process.env['FIREFOX_PATH'] ?? onPath(['firefox-esr', 'firefox']);
  const [webkitDriver, screen] = [onPath(['WebKitWebDriver']), onPath(['Xvfb'])];
  const [miniBrowser] = globSync('/usr/lib/*/webkit2gtk-4.*/MiniBrowser').toSorted();
  return firefox === undefined || webkitDriver === undefined || screen === undefined || miniBrowser === undefined ? undefined : { firefox, webkitDriver, miniBrowser, screen };
}

/** Installs them from the system's packages, where that is ours to do. @throws Trouble when it is not, or when it fails */
async function installEngines(): Promise<void> {
  const packages = ['firefox-esr', 'webkit2gtk-driver', 'xvfb'];
  if (!mayInstall()) throw new Trouble(`The tests need Firefox, WebKitGTK with its driver, and Xvfb, and not all of them were found: install them (Debian: apt-get install ${packages.join(' ')}).`);
  try {
    await aptInstall(...packages, 'fonts-liberation');
  } catch (error) {
    throw new Trouble(`Firefox and WebKitGTK could not be installed (${words(error).trim().split('\n').at(-1) ?? ''}): install them by hand.`);
  }
}

/** As something to install. */
export const engines: Part = { done: 'Firefox and WebKit installed', present: () => findEngines() !== undefined, install: installEngines };
