/**
 * The reception's service worker, for whoever has it as an app: while there is no network it shows the page that says so (`/offline`), and
 * that page is all that it keeps. Whole pages alone go through it, each asked of the network: nothing of the interface, the homeserver, a
 * call or the desk, and no answer is ever an old one. So another version takes over at once: no page depends on which one it began with,
 * and none is loaded again. A file of its own, which imports nothing (build/workers.ts).
 */

/** Of a service worker's surroundings what is used; TypeScript has them beside a page's only where a page's are left out. */
interface ShellWorker {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate' | 'fetch', listener: (event: WorkerEvent) => void): void;
}
interface WorkerEvent {
  request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

(() => {
  const worker = globalThis as unknown as ShellWorker;
  const [SHELF, OFFLINE] = ['portineria-shell', '/offline'];
  /** What people open as a page of the reception. */
  const OURS = /^\/(?:$|o\/|n$|n\/)/u;

  /** Keeps the page anew, with the telephones as they are now. @param lang the language in the address of the page that is shown */
  async function keep(lang: string | null): Promise<void> {
    const page = await fetch(lang === null ? OFFLINE : `${OFFLINE}?lang=${encodeURIComponent(lang)}`);
    if (page.ok) await (await caches.open(SHELF)).put(OFFLINE, page);
  }

  worker.addEventListener('install', (event) => event.waitUntil(keep(null).then(() => worker.skipWaiting())));
  worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const { pathname, searchParams } = new URL(request.url);
    if (request.mode !== 'navigate' || request.method !== 'GET' || !OURS.test(pathname)) return;
    const asked = fetch(request);
    event.respondWith(asked.catch(async (error: unknown) => {
      const kept = await caches.match(OFFLINE, { ignoreVary: true });
      if (kept === undefined) throw error;
      return kept;
    }));
    // What could not be kept now stays as it was.
    event.waitUntil(asked.then(() => keep(searchParams.get('lang'))).catch(() => undefined));
  });
})();
