/**
 * The frame that holds Element Call. While somebody waits it stands out of sight with everything loaded and running, and holds no call.
 * When the door opens the call begins there, where nothing is drawn; then the frame is put into its place without being loaded anew:
 * it is moved there where the browser can (`moveBefore`), and is laid over it where it cannot.
 */

import { placeIn } from '../way/path.ts';
import type { Look } from './port.ts';

/** Of our own origin; matrix/call/host.ts adds which call. */
const ADDRESS = '/element-call/index.html';
const POWERS = 'microphone; camera; display-capture; autoplay; fullscreen; screen-wake-lock; speaker-selection';

type Mover = Omit<HTMLElement, 'moveBefore'> & { moveBefore?: (node: Node, before: Node | null) => void };

let warmed: HTMLIFrameElement | null = null;

/** Loads Element Call out of sight. @returns the frame once it is loaded; null when there is one already */
export async function warmFrame(): Promise<HTMLIFrameElement | null> {
  if (warmed?.isConnected === true) return null;
  const holder = document.createElement('div');
  holder.className = 'call-holder';
  // Of a size and not hidden altogether: what has neither is not laid out, and would be when the door opens.
  Object.assign(holder.style, { position: 'fixed', insetInlineStart: '-9999px', insetBlockStart: '0', inlineSize: '320px', visibility: 'hidden' });
  holder.inert = true;
  const frame = newFrame();
  warmed = frame;
  const loaded = new Promise((done) => frame.addEventListener('load', done, { once: true }));
  holder.append(frame);
  document.body.append(holder);
  await loaded;
  return warmed === frame && frame.isConnected ? frame : null;
}

/** In a page narrower than this, in pixels, the call's window has at most 340: Element Call takes that for a picture within a picture, whose buttons never go. */
const NARROW = 370;

/** How a call looks in a page of this language, on this device. */
export function lookIn(language: string): Look {
  // Phones cannot show their screen.
  const showsScreens = 'getDisplayMedia' in ((navigator as Partial<Navigator>).mediaDevices ?? {});
  return { language, dark: matchMedia('(prefers-color-scheme: dark)').matches, bare: innerWidth < NARROW && !showsScreens };
}

/** Forgets a frame that was loaded and is not needed. */
export function coolFrame(): void {
  if (warmed !== null) removeFrame(warmed);
}

/** The frame that stands ready out of sight; null when there is none, or it is not loaded yet. */
export function readyFrame(): HTMLIFrameElement | null {
  return warmed?.isConnected === true && isLoaded(warmed) ? warmed : null;
}

/** Puts the frame that stands ready into its place, with the call that runs in it. @returns false when it is gone */
export function showFrame(slot: Mover): boolean {
  const frame = warmed;
  const holder = frame?.parentElement ?? null;
  warmed = null;
  if (frame === null || holder === null) return false;
  slot.replaceChildren();
  if (slot.moveBefore === undefined) {
    layOver(holder, slot);
    return true;
  }
  try {
    slot.moveBefore(frame, null);
  } catch {
    // As below.
  }
  holder.remove();
  return frame.parentElement === slot;
}

/** Lays a holder over a place in the page, and keeps it there for as long as there are both: seen and reached as what stands in the place would be. */
function layOver(holder: HTMLElement, slot: Mover): void {
  const follow = (): void => {
    const { left, top } = slot.getBoundingClientRect();
    const isShown = slot.isConnected && !slot.inert && slot.clientWidth > 0;
    holder.inert = !isShown;
    Object.assign(holder.style, {
      position: 'absolute',
      insetInlineStart: `${left + scrollX + slot.clientLeft}px`,
      insetBlockStart: `${top + scrollY + slot.clientTop}px`,
      inlineSize: `${slot.clientWidth}px`,
      blockSize: `${slot.clientHeight}px`,
      visibility: isShown ? 'visible' : 'hidden',
    });
    if (slot.isConnected && holder.isConnected) return;
    sizes.disconnect();
    changes.disconnect();
  };
  // The window is turned; what stands above it comes, grows and goes.
  const sizes = new ResizeObserver(follow);
  sizes.observe(slot as HTMLElement);
  sizes.observe(document.body);
  const changes = new MutationObserver(follow);
  changes.observe(slot.closest('main') ?? document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}

/** Loads a frame in its place. It is ready to be given its call. */
export async function loadFrame(slot: HTMLElement): Promise<HTMLIFrameElement> {
  coolFrame();
  const frame = newFrame();
  const loaded = new Promise((done) => frame.addEventListener('load', done, { once: true }));
  slot.replaceChildren(frame);
  await loaded;
  return frame;
}

/** Takes a frame away, wherever it is. */
export function removeFrame(frame: HTMLIFrameElement): void {
  if (frame === warmed) warmed = null;
  (frame.closest('.call-holder') ?? frame).remove();
}

function isLoaded(frame: HTMLIFrameElement): boolean {
  return frame.contentWindow?.location.pathname === ADDRESS && frame.contentDocument?.readyState === 'complete';
}

function newFrame(): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.allow = POWERS;
  frame.className = 'call-frame';
  // Where the call is at a neighbour's, its document may ask there.
  const place = placeIn(location.pathname);
  frame.src = place === null ? ADDRESS : `${ADDRESS}?n=${place}`;
  return frame;
}
