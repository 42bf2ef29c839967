/** How a page is looked at: in light and in dark, on a small phone and on a desktop, and on the phone with letters twice as large. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { NARROW } from './browser.ts';

const VIEWS = [NARROW, { width: 1280, height: 900 }].flatMap((size) => (['light', 'dark'] as const).map((scheme) => ({ size, scheme })));

/** A key of a text that stands in place of its words. */
const KEY = /\b[a-z]+\.[a-z]+(?:_[a-z]+)*\b/gu;

/** What is wrong with a page as it is now, in each view of it. Nothing moves meanwhile. @param keys of all texts */
export async function faultsOf(page: Page, language: string, keys: ReadonlySet<string>): Promise<string[]> {
  const faults: string[] = [];
  for (const { size, scheme } of VIEWS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
    const shown = await page.evaluate(sightFaults);
    const found = await page.evaluate(axeFaults);
    if (shown.language !== language) found.push(`the page says that it is in ${shown.language}`);
    found.push(...shown.faults, ...[...shown.words.matchAll(KEY)].flatMap(([key]) => (keys.has(key) ? [`a key in place of its words: ${key}`] : [])));
    faults.push(...found.map((fault) => `${scheme}, ${size.width} px: ${fault}`));
  }
  await page.setViewportSize(NARROW);
  const large = await page.evaluate(() => void (document.documentElement.style.fontSize = '200%')).then(() => page.evaluate(sightFaults));
  await page.evaluate(() => void (document.documentElement.style.fontSize = ''));
  return [...faults, ...large.faults.map((fault) => `letters of 200 %: ${fault}`)];
}

/** In the page: what axe finds, by the rules of WCAG 2.0 to 2.2 and by good practice. What other pages show in frames is theirs. */
async function axeFaults(): Promise<string[]> {
  const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, { iframes: false, resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 200)} ${failureSummary.replaceAll(/\s+/gu, ' ').slice(0, 200)}`));
}

/** In the page: what is too small for a finger, past an edge, cut off, or moves though no motion is wished. */
function sightFaults(): { faults: string[]; words: string; language: string } {
  const edge = document.documentElement.clientWidth;
  const faults: string[] = [];
  const nameOf = (element: Element): string => element.outerHTML.slice(0, 160);
  const shown = [...document.querySelectorAll<HTMLElement>('body *')].filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('.visually-hidden, .visually-hidden-focusable, iframe') === null);
  // A box that cuts off, or whose own words go over its edge. In a field one goes along what is written.
  const isTight = (element: Element): boolean => {
    if (element instanceof HTMLInputElement) return false;
    const { overflowX, display } = getComputedStyle(element);
    const speaks = display !== 'inline' && [...element.childNodes].some((node) => node instanceof Text && node.data.trim() !== '');
    return /hidden|clip/u.test(overflowX) || (overflowX === 'visible' && speaks);
  };
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const element of shown) {
    const { left, right } = element.getBoundingClientRect();
    if (left < -1 || right > edge + 1) faults.push(`past the edge, ${Math.round(left)} to ${Math.round(right)} px: ${nameOf(element)}`);
    if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && isTight(element)) faults.push(`wider than its box, ${element.scrollWidth} px in ${element.clientWidth}: ${nameOf(element)}`);
  }
  // A link within a sentence is as high as the sentence (WCAG 2.5.8, "Inline").
  const isInSentence = (element: HTMLElement): boolean => getComputedStyle(element).display === 'inline' && [...(element.parentElement?.childNodes ?? [])].some((node) => node instanceof Text && node.data.trim() !== '');
  for (const target of document.querySelectorAll<HTMLElement>('a[href], button, summary, input:not([type=hidden]), select, textarea')) {
    // A box to tick is pressed at its words as well.
    const boxes = [target, ...((target as HTMLInputElement).labels ?? [])].filter((one) => shown.includes(one)).map((one) => one.getBoundingClientRect());
    if (boxes.length === 0 || isInSentence(target)) continue;
    const [width, height] = [Math.max(...boxes.map(({ right }) => right)) - Math.min(...boxes.map(({ left }) => left)), Math.max(...boxes.map(({ bottom }) => bottom)) - Math.min(...boxes.map(({ top }) => top))];
    if (width < 43.5 || height < 43.5) faults.push(`too small for a finger, ${width.toFixed(1)} x ${height.toFixed(1)} px: ${nameOf(target)}`);
  }
  for (const animation of document.getAnimations()) {
    if (animation.playState === 'running' && animation.effect instanceof KeyframeEffect) faults.push(`it moves: ${animation.effect.target === null ? '' : nameOf(animation.effect.target)}`);
  }
  const said = ['aria-label', 'placeholder', 'title', 'alt'].flatMap((name) => [...document.querySelectorAll(`[${name}]`)].map((element) => element.getAttribute(name) ?? ''));
  return { faults, words: [document.title, document.body.innerText, ...said].join('\n'), language: document.documentElement.lang };
}
