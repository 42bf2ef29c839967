/** Browsers that speak: each has a tone for a microphone, and knows when it began to hear one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** Milliseconds between two looks at what is heard. */
const LOOK = 60;

/** A tone of ten seconds, 16 bit, mono: what a browser takes for a microphone, over and over. */
function tone(pitch: number): Buffer {
  const [rate, seconds] = [48_000, 10];
  const data = Buffer.alloc(44 + rate * seconds * 2);
  data.write('RIFF', 0);
  data.writeUInt32LE(data.length - 8, 4);
  data.write('WAVEfmt ', 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * 2, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36);
  data.writeUInt32LE(data.length - 44, 40);
  for (let n = 0; n < rate * seconds; n += 1) data.writeInt16LE(Math.round(Math.sin((2 * Math.PI * pitch * n) / rate) * 12_000), 44 + n * 2);
  return data;
}

/** A browser whose microphone gives a tone, in Hz. It is closed by `stop`, which also takes the tone away. */
export async function openVoice(pitch: number): Promise<{ browser: Browser; stop: () => Promise<void> }> {
  const executablePath = process.env['CHROME_PATH'];
  if (executablePath === undefined) throw new Error('CHROME_PATH must name a Chromium.');
  const folder = mkdtempSync(join(tmpdir(), 'portineria-tone-'));
  const file = join(folder, 'tone.wav');
  writeFileSync(file, tone(pitch));
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const media = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`];
  // Loopback is where all of this runs.
  const loopback = ['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'];
  const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', ...quiet, ...media, ...loopback] });
  return {
    browser,
    stop: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

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
      const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame')?.contentWindow as unknown as typeof scope | null | undefined;
      return [...(scope.portineriaPeers ?? []), ...(frame?.portineriaPeers ?? [])];
    };
    const listen = async (): Promise<void> => {
      let loudest = 0;
      for (const peer of peers()) {
        const report = await peer.getStats().catch(() => null);
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
      if (loudest >= audible) {
        scope.heardSince ??= now;
        last = now;
      } else if (now - last > pause) scope.heardSince = null;
      setTimeout(() => void listen(), look);
    };
    void listen();
  }, LOOK);
}

/** When a page began to hear what it hears, in milliseconds since 1970; waits until it does. */
export async function heardSince(page: Page, patience = 30_000): Promise<number> {
  const found = await page.waitForFunction(() => (window as unknown as { heardSince?: number | null }).heardSince, undefined, { timeout: patience, polling: 50 });
  return Number(await found.jsonValue());
}

/** Waits until a page hears nobody. */
export async function silent(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { heardSince?: number | null }).heardSince === null, undefined, { polling: 50 });
}
