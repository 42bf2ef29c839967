/** Calls the clerk who looks elsewhere: a sound, and a notification where that was asked for. */
import { QueueContent } from '@portineria/config/events';
import { prepareBell, ring } from '../bell.ts';
import type { DeskPort } from './port.ts';

const WISH = 'portineria.desk.alerts';
/** The wish, where nothing can be kept. */
let wished = false;

/** Takes in who waits. @param met who was called for before: somebody who is back at their place is, and the same number of another day is not. @returns the numbers that are new */
export function meet(met: Set<string>, queue: unknown): number[] {
  return (QueueContent.safeParse(queue).data?.waiting ?? []).flatMap(({ number, since }) => {
    const key = `${number} ${since}`;
    if (met.has(key)) return [];
    met.add(key);
    return [number];
  });
}

/** Whether alerts were wished for in this browser, and it lets us. */
export function areOn(): boolean {
  try {
    return localStorage.getItem(WISH) === 'true';
  } catch {
    // Forbidden, as in the frames of some clients: then it is asked for each time.
    return wished;
  }
}

/** Turns them on, which the browser asks about, or off. Called from a press of a button: only then may a page sound. @returns whether they are on */
export async function turnAlerts(on: boolean): Promise<boolean> {
  wished = on;
  try {
    localStorage.setItem(WISH, String(on));
  } catch {
    // As above.
  }
  if (!on) return false;
  prepareBell();
  // Where notifications are forbidden, or there are none, the sound remains.
  if ('Notification' in globalThis && Notification.permission === 'default') await Notification.requestPermission();
  return true;
}

/** Watches an office's queue. @param words what the notification says of a number; it names nobody, as others may see the screen. @param show how it is shown @returns stops it */
export function alertFor(port: DeskPort, words: (number: number) => string, show = notify): () => void {
  const met = new Set<string>();
  const look = (quietly: boolean): void => {
    const { queue, porter } = port.read();
    const last = queue?.sender === porter ? meet(met, queue.content).at(-1) : undefined;
    if (last === undefined || quietly || !areOn() || (!document.hidden && document.hasFocus())) return;
    ring();
    // Phones show notifications of service workers only; the sound is there.
    show(words(last), port.room).catch((error: unknown) => console.warn('The notification was not shown', error));
  };
  look(true);
  return port.watch(() => look(false));
}

/** Whether a notification can be shown, beside the sound. Browsers let no page in another's frame. */
export function canNotify(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'granted';
}

/** Shows a notification by the page itself. */
export async function notify(words: string, tag: string): Promise<void> {
  if (!canNotify()) return;
  const note = new Notification(words, { tag });
  note.onclick = () => {
    window.focus();
    note.close();
  };
}
