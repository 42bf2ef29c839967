/** When a page began to hear somebody, to some hundredths of a second. */
import { paced } from '@portineria/config/pace';
import type { BrowserContext, Page } from 'playwright-core';

/** Milliseconds between two looks at what is heard. */
const LOOK = 60;

/** From now on the pages of a context note when they begin to hear somebody: by what was decoded, not by what arrived. */
export async function listening(context: BrowserContext): Promise<void> {
  await context.addInitScript((look) => {
    const scope = window as unknown as { portineriaPeers?: Set<RTCPeerConnection>; heardSince?: number | null };
    if (window.top !== window) return;
    // Loud enough for a voice, as loudness from 0 to 1; and so long may it pause and still be the same, in milliseconds.
    const [audible, pause] = [0.004, 300];
    const counts = new Map<string, { energy: number; seconds: number }>();
    let last = 0;
    scope.heardSince = null;
    const peers = (): RTCPeerConnection[] => {
      const frame = document.querySelector<HTMLIFrameElement>('.call-frame')?.contentWindow as unknown as typeof scope | null | undefined;
      return [...(scope.portineriaPeers ?? []), ...(frame?.portineriaPeers ?? [])];
    };
    /** Whether anybody's sound arrives at all: asking that costs nothing, and the statistics are dear. What is measured must not wait for the measuring. */
    const arrives = (peer: RTCPeerConnection): boolean => peer.getReceivers().some(({ track }) => track.kind === 'audio' && !track.muted);
    /** Whether it is played to anybody: what is decoded and goes nowhere is heard by nobody. */
    const plays = (): boolean => {
      const frame = document.querySelector<HTMLIFrameElement>('.call-frame')?.contentDocument;
      const elements = [document, frame].flatMap((one) => [...(one?.querySelectorAll<HTMLMediaElement>('audio, video') ?? [])]);
      return elements.some(({ paused, muted, srcObject }) => !paused && !muted && ((srcObject as MediaStream | null)?.getAudioTracks().some((track) => track.readyState === 'live' && !track.muted) ?? false));
    };
    const listen = async (): Promise<void> => {
      let loudest = 0;
      for (const peer of peers().filter(arrives)) {
        // Of a frame that is gone meanwhile there is no answer.
        const report = await Promise.race([peer.getStats().catch(() => null), new Promise<null>((done) => setTimeout(() => done(null), 200))]);
        report?.forEach((stats: { id: string; type: string; kind?: string; totalAudioEnergy?: number; totalSamplesDuration?: number }) => {
          if (stats.type !== 'inbound-rtp' || stats.kind !== 'audio') return;
          const now = { energy: stats.totalAudioEnergy ?? 0, seconds: stats.totalSamplesDuration ?? 0 };
          const before = counts.get(stats.id) ?? { energy: 0, seconds: 0 };
          counts.set(stats.id, now);
          const seconds = now.seconds - before.seconds;
          if (seconds > 0 && now.energy > before.energy) loudest = Math.max(loudest, Math.sqrt((now.energy - before.energy) / seconds));
        });
      }
      const now = Date.now();
      if (loudest >= audible && plays()) {
        scope.heardSince ??= now;
        last = now;
      } else if (now - last > pause) scope.heardSince = null;
      setTimeout(() => void listen(), look);
    };
    void listen();
  }, LOOK);
}

/** When a page began to hear what it hears, in milliseconds since 1970; waits until it does. */
export async function heardSince(page: Page, usual = 30_000): Promise<number> {
  const found = await page.waitForFunction(() => (window as unknown as { heardSince?: number | null }).heardSince, undefined, { timeout: paced(usual), polling: 50 });
  return Number(await found.jsonValue());
}

/** Waits until a page hears nobody. */
export async function silent(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { heardSince?: number | null }).heardSince === null, undefined, { polling: 50 });
}
