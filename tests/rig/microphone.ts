/** A microphone of a page in a call that goes and comes back. */
import type { Page } from 'playwright-core';

interface Plugged {
  portineriaPeers: Set<RTCPeerConnection>;
  navigator: Navigator;
  Event: typeof Event;
  DOMException: typeof DOMException;
  plugged?: { ask: MediaDevices['getUserMedia']; list: MediaDevices['enumerateDevices'] }[];
}

/**
 * Takes the microphone away as pulling its plug does, or another program that wants it for itself. A browser's stand-in for a microphone
 * has no plug, so what the browser would do is done in its place: the track ends, asking for another fails, and where the plug was
 * pulled, no device is listed (Media Capture and Streams).
 */
export function takeMicrophone(page: Page, how: 'unplugged' | 'wanted'): Promise<void> {
  return page.evaluate((unplugged) => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
    const inside = frame?.contentWindow as unknown as Plugged;
    const scopes = [window as unknown as Plugged, inside];
    for (const scope of scopes) {
      const media = scope.navigator.mediaDevices;
      (scope.plugged ??= []).push({ ask: media.getUserMedia.bind(media), list: media.enumerateDevices.bind(media) });
      const fault = unplugged ? new scope.DOMException('Requested device not found', 'NotFoundError') : new scope.DOMException('Could not start audio source', 'NotReadableError');
      media.getUserMedia = () => Promise.reject(fault);
      if (unplugged) media.enumerateDevices = async () => [];
    }
    for (const track of [...inside.portineriaPeers].flatMap((peer) => peer.getSenders()).map((sender) => sender.track)) {
      if (track?.kind !== 'audio') continue;
      track.stop();
      track.dispatchEvent(new inside.Event('ended'));
    }
    if (unplugged) for (const scope of scopes) scope.navigator.mediaDevices.dispatchEvent(new scope.Event('devicechange'));
  }, how === 'unplugged');
}

/** Gives it back. Of a plug the browser tells the page; of another program it knows nothing. */
export function giveMicrophone(page: Page, how: 'plugged' | 'free'): Promise<void> {
  return page.evaluate((plugged) => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
    const scopes = [window as unknown as Plugged, frame?.contentWindow as unknown as Plugged];
    for (const scope of scopes) {
      const before = scope.plugged?.pop();
      if (before === undefined) throw new Error('It is plugged in.');
      scope.navigator.mediaDevices.getUserMedia = before.ask;
      scope.navigator.mediaDevices.enumerateDevices = before.list;
    }
    if (plugged) for (const scope of scopes) scope.navigator.mediaDevices.dispatchEvent(new scope.Event('devicechange'));
  }, how === 'plugged');
}

/** A telephone call comes, or is over: the system keeps the microphone silent meanwhile, with the track alive (Media Capture and Streams, "muted"). */
export function callOn(page: Page, on: boolean): Promise<void> {
  return page.evaluate((muted) => {
    const inside = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame')?.contentWindow as unknown as Plugged & { MediaStreamTrack: typeof MediaStreamTrack };
    // Whatever microphone is asked for meanwhile is silent, too.
    Object.defineProperty(inside.MediaStreamTrack.prototype, 'muted', { get: () => muted, configurable: true });
    for (const { track } of [...inside.portineriaPeers].flatMap((peer) => peer.getSenders())) if (track?.kind === 'audio') track.dispatchEvent(new inside.Event(muted ? 'mute' : 'unmute'));
  }, on);
}

/** Which microphone's sound is being sent: the ids of its tracks. */
export function microphonesOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const frame = document.querySelector<HTMLIFrameElement>('.call-slot .call-frame');
    const { portineriaPeers } = frame?.contentWindow as unknown as Plugged;
    const tracks = [...portineriaPeers].flatMap((peer) => peer.getSenders()).map(({ track }) => track);
    return tracks.filter((track) => track?.kind === 'audio' && track.readyState === 'live').map((track) => track?.id).join();
  });
}
