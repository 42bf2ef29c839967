/** A real Chromium, and how a person reads a page in it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { paced } from '@portineria/config/pace';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** No talk to anybody but the page. */
export const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A browser without a trace of others, with a fresh profile. @param more arguments to Chromium */
export function openBrowser(...more: string[]): Promise<Browser> {
  const executablePath = process.env['CHROME_PATH'];
  if (executablePath === undefined) throw new Error('CHROME_PATH must name a Chromium; `npm test` finds or installs one and sets it.');
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', ...QUIET, ...more] });
}

export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 320, height: 600 };
export const DESK = { width: 1280, height: 900 };

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses that were asked for outside the page's own origin, by requests and websockets of all this person's pages. */
  readonly strayed: string[];
  /** Faults of the page: errors that nothing caught, what its policy forbade, a server's page that the browser had to redo. */
  readonly complaints: string[];
}

/** A mistake of Element Call's: where telling that a call began takes longer than its patience, it takes the error for a pair, and so nothing catches it. */
const ELEMENT_CALLS_OWN = /object is not iterable[^]*\/element-call\/assets\//u;

/** A person with a browser of the size given, who reads Italian and lets pages use the microphone. */
export async function visitorWith(browser: Browser, origin: string, viewport = PHONE, locale = 'it-IT'): Promise<Visitor> {
  const context = await browser.newContext({ viewport, locale, permissions: ['microphone', 'camera'] });
  context.setDefaultTimeout(paced(30_000));
  const strayed: string[] = [];
  const complaints: string[] = [];
  const stray = (url: string): void => {
    if (!url.replace(/^ws/u, 'http').startsWith(`${origin}/`) && !/^(?:data|blob):/u.test(url)) strayed.push(url);
  };
  // All pages of this person, with their frames and workers.
  context.on('request', (request) => stray(request.url()));
  context.on('page', (one) => one.on('websocket', (socket) => stray(socket.url())));
  // What the page's own policy stopped has not left the browser.
  context.on('requestfailed', (request) => {
    const at = strayed.indexOf(request.url());
    if (request.failure()?.errorText === 'csp' && at >= 0) strayed.splice(at, 1);
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    // The SDK writes there too, of requests that fail when the account ends: those are not the page's faults.
    if (message.type() === 'error' && /content security policy|hydration|\[vue/iu.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', ({ stack, message }) => ELEMENT_CALLS_OWN.test(stack ?? '') || complaints.push(stack ?? message));
  return { page, context, strayed, complaints };
}

/** Fills in the form of an office and knocks, as the visitor would. */
export async function knockBy(page: Page, name: string, topic: string, voice = true): Promise<void> {
  if (!voice) await page.getByLabel('A voce, con il microfono').uncheck();
  await page.getByLabel('Come si chiama?').fill(name);
  await page.getByLabel(/Di che cosa/u).fill(topic);
  await page.getByLabel('Ho letto').check();
  await page.getByRole('button', { name: 'Bussa' }).click();
}

/** The sizes at which every state is looked at. */
const SHOWN_AT = { phone: PHONE, desktop: { width: 1280, height: 800 } } as const;

/** The temporary account whose visit a page has kept. */
export function keptAccount(page: Page): Promise<{ user_id: string; device_id: string; access_token: string }> {
  return page.evaluate(() => (JSON.parse(localStorage.getItem('portineria.visit') ?? '') as { account: { user_id: string; device_id: string; access_token: string } }).account);
}
export const accountOf = async (page: Page): Promise<string> => (await keptAccount(page)).user_id;

/**
 * A picture for the documents: `PORTINERIA_PICTURES=docs/images npm test -- seed desk keys` takes them anew, as they are there.
 * `npm run screenshots` takes the whole page of each on a telephone and a desktop.
 */
export async function picture(page: Page, name: string): Promise<void> {
  const { PORTINERIA_PICTURES: folder, PORTINERIA_SCREENSHOTS: album } = process.env;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  const usual = page.viewportSize();
  if (album === undefined || usual === null) return;
  mkdirSync(album, { recursive: true });
  for (const [size, viewport] of Object.entries(SHOWN_AT)) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(album, `${name}-${size}.jpg`), type: 'jpeg', quality: 60, fullPage: true, animations: 'disabled' });
  }
  await page.setViewportSize(usual);
}
