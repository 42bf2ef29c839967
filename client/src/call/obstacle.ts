/** What stands in the way of a call before it is tried. */
import type { Trouble } from './machine.ts';

/** What a browser needs for a call: a microphone's interface in a secure page, peer connections, and encryption of what they carry. */
export function canCall(browser: typeof globalThis): boolean {
  const media = (browser.navigator as { mediaDevices?: MediaDevices } | undefined)?.mediaDevices;
  const sender = browser.RTCRtpSender as { prototype: object } | undefined;
  const encrypts = 'RTCRtpScriptTransform' in browser || (sender !== undefined && 'createEncodedStreams' in sender.prototype);
  return media !== undefined && 'RTCPeerConnection' in browser && encrypts;
}

/** What is in the way, if anything. */
export function obstacle(browser: typeof globalThis, offered: boolean): Trouble | null {
  if (!canCall(browser)) return 'browser';
  return offered ? null : 'none';
}
