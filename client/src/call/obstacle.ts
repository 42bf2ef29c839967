/** What stands in the way of a call before it is tried. */
import type { Trouble } from './machine.ts';

/** What a browser needs for any call: a microphone's interface in a secure page, and peer connections. */
export function hasMedia(browser: typeof globalThis): boolean {
  const media = (browser.navigator as { mediaDevices?: MediaDevices } | undefined)?.mediaDevices;
  return media !== undefined && 'RTCPeerConnection' in browser;
}

/** What it needs for Element Call: encryption of what the connections carry as well. */
export function canCall(browser: typeof globalThis): boolean {
  const sender = browser.RTCRtpSender as { prototype: object } | undefined;
  const encrypts = 'RTCRtpScriptTransform' in browser || (sender !== undefined && 'createEncodedStreams' in sender.prototype);
  return hasMedia(browser) && encrypts;
}

/** What is in the way, if anything. */
export function obstacle(browser: typeof globalThis, offered: boolean): Trouble | null {
  if (!canCall(browser)) return 'browser';
  return offered ? null : 'none';
}

/** Whether a call of this kind can be offered to a visitor. @param kind what the office's visits are spoken over */
export function canSpeak(browser: typeof globalThis, kind: string | undefined): boolean {
  return kind === 'jitsi' ? hasMedia(browser) : canCall(browser);
}
