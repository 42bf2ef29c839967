/**
 * The frame that holds Element Call. While somebody waits it stands hidden with everything loaded and compiled, and holds no call;
 * when the door opens it is moved to its place, which does not load it anew where the browser knows `moveBefore`.
 */

/** Of our own origin; matrix/call/address.ts adds which call. */
const ADDRESS = '/element-call/index.html';
const POWERS = 'microphone; camera; display-capture; autoplay; fullscreen; screen-wake-lock; speaker-selection';

type Mover = HTMLElement & { moveBefore?: (node: Node, before: Node | null) => void };

let warmed: HTMLIFrameElement | null = null;

/** Loads Element Call out of sight, once. */
export function warmFrame(): void {
  if (warmed !== null || !('moveBefore' in HTMLElement.prototype)) return;
  const holder = document.createElement('div');
  holder.hidden = true;
  warmed = newFrame();
  holder.append(warmed);
  document.body.append(holder);
}

/** Forgets a frame that was loaded and is not needed. */
export function coolFrame(): void {
  warmed?.parentElement?.remove();
  warmed = null;
}

/** Puts a frame into its place: the warmed one, or a new one. It is ready to be given its call. */
export async function placeFrame(slot: HTMLElement, title: string): Promise<HTMLIFrameElement> {
  const holder: Mover | null = warmed?.parentElement ?? null;
  const frame = warmed !== null && isLoaded(warmed) ? moved(warmed, slot) : null;
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
