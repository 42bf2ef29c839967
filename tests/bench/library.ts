/** livekit-client in a page of its own: the least that a call can be. */
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const LIBRARY = createRequire(import.meta.url).resolve('livekit-client').replace(/[^/]+$/u, 'livekit-client.umd.js');

/** What is used of it. */
export interface Library {
  Room: new () => {
    connect(url: string, token: string): Promise<void>;
    disconnect(): Promise<void>;
    localParticipant: { setMicrophoneEnabled(on: boolean): Promise<unknown>; publishTrack(track: MediaStreamTrack): Promise<unknown> };
    on(event: string, then: (track: { attach(): HTMLElement }) => void): void;
  };
}

/** Opens a page of this origin with the library and nothing else. Its peer connections are kept as `portineriaPeers`. The context must pass over the policy of contents. */
export async function libraryIn(page: Page, origin: string): Promise<void> {
  await page.addInitScript(() => {
    const peers = new Set<RTCPeerConnection>();
    const Peer = RTCPeerConnection;
    Object.assign(window, {
      portineriaPeers: peers,
      RTCPeerConnection: class extends Peer {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          peers.add(this);
        }

        override close(): void {
          peers.delete(this);
          super.close();
        }
      },
    });
  });
  await page.goto(`${origin}/health/live`);
  await page.addScriptTag({ path: LIBRARY });
}
