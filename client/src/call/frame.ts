/**
 * The frame that holds Element Call. While somebody waits it stands out of sight with everything loaded and running, and holds no call.
 * When the door opens the call begins there, where nothing is drawn; then the frame is moved to its place, which does not load it anew
 * where the browser knows `moveBefore`. Where it does not, only the files are fetched ahead, and the frame is loaded in its place.
 */

import { placeIn } from '../way/path.ts';
import type { Look } from './port.ts';

/** Of our own origin; matrix/call/host.ts adds which call. */
const ADDRESS = '/element-call/index.html';
const POWERS = 'microphone; camera; display-capture; autoplay; fullscreen; screen-wake-lock; speaker-selection';

type Mover = Omit<HTMLElement, 'moveBefore'> & { moveBefore?: (node: Node, before: Node | null) => void };

let warmed: HTMLIFrameElement | null = null;

/** Loads Element Call out of sight. @returns the frame once it is loaded; null when there is one already, or none can be moved later: then the browser at least has its files */
export async function warmFrame(): Promise<HTMLIFrameElement | null> {
  if (warmed?.isConnected === true) return null;
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
  if (warmed !== frame || !frame.isConnected) return null;
  if ('moveBefore' in HTMLElement.prototype) return frame;
  coolFrame();
  return null;
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

/** The frame that stands ready out of sight; null when there is none, or it is not loaded yet. */
export function readyFrame(): HTMLIFrameElement | null {
  return warmed?.isConnected === true && isLoaded(warmed) ? warmed : null;
}

/** Puts the frame that stands ready into its place, with the call that runs in it. @returns false when it cannot be moved */
export function showFrame(slot: Mover): boolean {
  const frame = warmed;
  const holder = frame?.parentElement ?? null;
  warmed = null;
  if (frame === null) return false;
  try {
    slot.replaceChildren();
    slot.moveBefore?.(frame, null);
  } catch {
    // As below.
  }
  holder?.remove();
  return frame.parentElement === slot;
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
  if (frame === warmed) coolFrame();
  else frame.remove();
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
