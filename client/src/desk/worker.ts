/**
 * The desk's service worker: shows that somebody knocks while the desk is closed (Push API, Service Workers). It serves no page and keeps
 * nothing. A file of its own, which imports nothing (build/workers.ts): a plain script, as not every browser takes modules here.
 */

/** Of a service worker's surroundings what is used; TypeScript has them beside a page's only where a page's are left out. */
interface PushWorker {
  registration: { showNotification(title: string, options: NotificationOptions): Promise<void> };
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly DeskWindow[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}
interface DeskWindow { url: string; visibilityState: string; focus(): Promise<unknown> }
interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
  data?: { json(): unknown } | null;
  notification?: { close(): void };
}

(() => {
  const worker = globalThis as unknown as PushWorker;
  const DESK = '/desk';

  const windows = async (): Promise<readonly DeskWindow[]> =>
    (await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })).filter(({ url }) => new URL(url).pathname === DESK);

  /** What the porter has sent: it names the office and the number, nobody. */
  function told(event: WorkerEvent): { title: string; tag: string } | null {
    const said = event.data?.json();
    if (typeof said !== 'object' || said === null || !('title' in said) || !('tag' in said)) return null;
    return typeof said.title === 'string' && typeof said.tag === 'string' ? { title: said.title, tag: said.tag } : null;
  }

  worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));

  worker.addEventListener('push', (event) => {
    const knock = told(event);
    if (knock === null) return;
    event.waitUntil((async () => {
      // Whoever looks at the desk sees it there.
      if ((await windows()).some(({ visibilityState }) => visibilityState === 'visible')) return;
      await worker.registration.showNotification(knock.title, { tag: knock.tag, requireInteraction: true });
    })());
  });

  worker.addEventListener('notificationclick', (event) => {
    event.notification?.close();
    event.waitUntil((async () => {
      const [open] = await windows();
      await (open === undefined ? worker.clients.openWindow(DESK) : open.focus());
    })());
  });
})();
