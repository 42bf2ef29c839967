/** A real Chromium, and how a person reads a page in it. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** A browser without a trace of others: fresh profile, no talk to anybody but the page. @param more arguments to Chromium */
export function openBrowser(...more: string[]): Promise<Browser> {
  const executablePath = process.env['CHROME_PATH'];
  if (executablePath === undefined) throw new Error('CHROME_PATH must name a Chromium; `npm test` finds or installs one and sets it.');
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', ...quiet, ...more] });
}

export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 320, height: 600 };
export const DESK = { width: 1280, height: 900 };

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses asked for outside the page's own origin. */
  readonly strayed: string[];
  /** Faults of the page: errors that nothing caught, what its policy forbade, a server's page that the browser had to redo. */
  readonly complaints: string[];
}

/** A person with a browser of the size given, who reads Italian. */
export async function visitorWith(browser: Browser, origin: string, viewport = PHONE, locale = 'it-IT'): Promise<Visitor> {
  const context = await browser.newContext({ viewport, locale });
  const page = await context.newPage();
  const strayed: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:')) strayed.push(url);
  });
  page.on('console', (message) => {
    // The SDK writes there too, of requests that fail when the account ends: those are not the page's faults.
    if (message.type() === 'error' && /content security policy|hydration|\[vue/iu.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, context, strayed, complaints };
}

/** Fills in the form of an office and knocks, as the visitor would. */
export async function knockBy(page: Page, name: string, topic: string): Promise<void> {
  await page.getByLabel('Come si chiama?').fill(name);
  await page.getByLabel(/Di che cosa/u).fill(topic);
  await page.getByLabel('Ho letto').check();
  await page.getByRole('button', { name: 'Bussa' }).click();
}
