/**
 * The frame that holds Element Call. While somebody waits it stands out of sight with everything loaded and running, and holds no call;
 * when the door opens it is moved to its place, which does not load it anew where the browser knows `moveBefore`.
 */

import type { Look } from './line.ts';

/** Of our own origin; matrix/call/address.ts adds which call. */
const ADDRESS = '/element-call/index.html';
const POWERS = 'microphone; camera; display-capture; autoplay; fullscreen; screen-wake-lock; speaker-selection';

type Mover = HTMLElement & { moveBefore?: (node: Node, before: Node | null) => void };

let warmed: HTMLIFrameElement | null = null;

/** Loads Element Call out of sight. @returns the frame once it is loaded; null when there is one already, or none can be moved later */
export async function warmFrame(): Promise<HTMLIFrameElement | null> {
  if (warmed?.isConnected === true || !('moveBefore' in HTMLElement.prototype)) return null;
  const holder = document.createElement('div');
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

/** How a call looks in a page of this language, on this device. */
export function lookIn(language: string): Look {
  return { language, dark: matchMedia('(prefers-color-scheme: dark)').matches };
}

/** Forgets a frame that was loaded and is not needed. */
export function coolFrame(): void {
  warmed?.parentElement?.remove();
  warmed = null;
}

/** Puts a frame into its place: the warmed one, or a new one. It is ready to be given its call. */
export async function placeFrame(slot: HTMLElement, title: string): Promise<HTMLIFrameElement> {
  const holder: Mover | null = warmed?.parentElement ?? null;
  const frame = warmed?.isConnected === true && isLoaded(warmed) ? moved(warmed, slot) : null;
  holder?.remove();
  warmed = null;
  const placed = frame ?? newFrame();
  placed.title = title;
  if (frame === null) {
    const loaded = new Promise((done) => placed.addEventListener('load', done, { once: true }));
    slot.replaceChildren(placed);
    await loaded;
  }
  return placed;
}

function moved(frame: HTMLIFrameElement, slot: Mover): HTMLIFrameElement | null {
  try {
    slot.replaceChildren();
    slot.moveBefore?.(frame, null);
    return frame.parentElement === slot ? frame : null;
  } catch {
    return null;
  }
}

function isLoaded(frame: HTMLIFrameElement): boolean {
  return frame.contentWindow?.location.pathname === ADDRESS && frame.contentDocument?.readyState === 'complete';
}

function newFrame(): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.allow = POWERS;
  frame.className = 'call-frame';
  frame.src = ADDRESS;
  return frame;
}
