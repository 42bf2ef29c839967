/** Firefox and WebKit, as the people who use them would: by the text that is shown, and by real clicks and keys. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from 'puppeteer-core';
import { Builder, By, Capabilities, until as comes, type WebElementPromise } from 'selenium-webdriver';
import { paced } from '@portineria/config/pace';
import { findEngines, type Engines } from '@portineria/synapse/engines';
import { freePorts } from '@portineria/synapse/ports';
import { endsWithUs } from './cutoff.ts';
import { until } from './matrix.ts';

/** A page in one of them. */
export interface EnginePage {
  goTo(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Writes into the field with this id. */
  write(id: string, words: string): Promise<void>;
  /** Ticks the box with this id. */
  tick(id: string): Promise<void>;
  /** Presses the button that says so; where a dialog is open, the one in it. */
  press(name: string): Promise<void>;
  /** All the text that is shown. */
  text(): Promise<string>;
  close(): Promise<void>;
}

/** Awaits that a page shows a text. @returns all that it shows then */
export function shows(page: EnginePage, what: RegExp, usual = 30_000): Promise<string> {
  let last = '';
  return until(`the page shows ${what}`, async () => {
    last = await page.text();
    return what.test(last) ? last : undefined;
  }, usual).catch((error: unknown) => {
    throw new Error(`It shows: ${last}`, { cause: error });
  });
}

/** The button that is meant, in XPath. */
const buttonCalled = (name: string): string => `//dialog[@open]//button[normalize-space()="${name}"] | //button[normalize-space()="${name}"][not(//dialog[@open]//button[normalize-space()="${name}"])]`;

function installed(): Engines {
  const engines = findEngines();
  if (engines === undefined) throw new Error('Firefox, WebKitGTK with its driver, and Xvfb must be there; `npm test` installs them.');
  return engines;
}

/** A page in Firefox. On a machine without a sound output its audio contexts never run: what is heard is counted, and its pitch is not known. */
export interface FirefoxPage extends EnginePage {
  /** The energy of all sound that was received in the call and decoded, as WebRTC's statistics count it. */
  energy(): Promise<number>;
}

/** Firefox, driven by WebDriver BiDi, with a tone for a microphone, which it gives to whoever asks. @param pitch in Hz */
export async function inFirefox(pitch: number): Promise<FirefoxPage> {
  const browser = await launch({
    browser: 'firefox', executablePath: installed().firefox, headless: true, timeout: paced(60_000), protocolTimeout: paced(120_000), defaultViewport: { width: 390, height: 844 },
    extraPrefsFirefox: {
      'intl.accept_languages': 'it-IT, it',
      'media.navigator.streams.fake': true, 'media.navigator.audio.fake_frequency': pitch, 'media.navigator.permission.disabled': true,
      // Loopback is where all of this runs.
      'media.peerconnection.ice.loopback': true, 'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(paced(30_000));
  return {
    goTo: async (url) => { await page.goto(url); },
    reload: async () => { await page.reload(); },
    write: (id, words) => page.locator(`#${id}`).fill(words),
    tick: (id) => page.locator(`#${id}`).click(),
    press: (name) => page.locator(`::-p-xpath(${buttonCalled(name)})`).click(),
    text: () => page.evaluate(() => document.body.innerText),
    close: () => browser.close(),
    energy: () => page.evaluate(async () => {
      const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
      const peers = [...((frame?.contentWindow as unknown as { portineriaPeers?: Set<RTCPeerConnection> } | null)?.portineriaPeers ?? [])];
      let energy = 0;
      for (const report of await Promise.all(peers.map((peer) => peer.getStats()))) {
        report.forEach((stats: Record<string, unknown>) => {
          if (stats['type'] === 'inbound-rtp' && stats['kind'] === 'audio') energy += Number(stats['totalAudioEnergy']);
        });
      }
      return energy;
    }),
  };
}

/** WebKit, as it is in GTK, driven by its own WebDriver on a screen that nobody sees. It has no WebRTC. */
export async function inWebKit(): Promise<EnginePage> {
  const { webkitDriver, miniBrowser, screen } = installed();
  const home = mkdtempSync(join(tmpdir(), 'portineria-webkit-'));
  // The screen chooses a number that is free, and says which.
  const shown = spawn(screen, ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
  endsWithUs(() => shown.kill('SIGKILL'));
  const [number] = (await once(shown.stdout, 'data')) as [Buffer];
  const { port } = await freePorts('port');
  const driver = spawn(webkitDriver, [`--port=${port}`], { stdio: 'ignore', env: { ...process.env, DISPLAY: `:${String(number).trim()}`, HOME: home, XDG_RUNTIME_DIR: home, WEBKIT_DISABLE_COMPOSITING_MODE: '1', LIBGL_ALWAYS_SOFTWARE: '1' } });
  endsWithUs(() => driver.kill('SIGKILL'));
  await until('WebKit’s driver answers', () => fetch(`http://127.0.0.1:${port}/status`).then(({ ok }) => ok, () => false), 30_000);
  const page = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(new Capabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation', '--private'] } })).build();
  const patience = paced(30_000);
  const found = (xpath: string): WebElementPromise => page.wait(comes.elementLocated(By.xpath(xpath)), patience);
  const field = (id: string): WebElementPromise => found(`//*[@id="${id}"]`);
  const click = async (xpath: string): Promise<void> => {
    const element = await found(xpath);
    await page.wait(comes.elementIsEnabled(element), patience);
    // The page scrolls smoothly, and the driver does not wait for that.
    await page.executeScript('arguments[0].scrollIntoView({ block: "center", behavior: "instant" })', element);
    await element.click();
  };
  return {
    goTo: (url) => page.get(url),
    reload: () => page.navigate().refresh(),
    write: async (id, words) => (await field(id)).sendKeys(words),
    tick: (id) => click(`//*[@id="${id}"]`),
    press: (name) => click(buttonCalled(name)),
    text: () => page.executeScript<string>('return document.body.innerText'),
    close: async () => {
      await page.quit();
      for (const child of [driver, shown]) child.kill();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
