/** Reads what the peer connections in a call's frame have counted. The frame is of our own origin, and element-call/start.ts keeps them. */
import type { Sample, Voice } from './levels.ts';

/** A sample of a frame's call; null while there is none. */
export async function measure(frame: HTMLIFrameElement, now: () => number): Promise<Sample | null> {
  const peers = peersOf(frame);
  if (peers.length === 0) return null;
  const reports = await Promise.all(peers.map((peer) => peer.getStats().catch(() => null)));
  const voices: Voice[] = [];
  const gone = peers.some((peer) => peer.getSenders().some(({ track }) => track?.kind === 'audio' && (track.readyState === 'ended' || track.muted)));
  let microphone: Sample['microphone'] = null;
  let frames = 0;
  let sent = 0;
  for (const [index, report] of reports.entries()) {
    report?.forEach((stats: Record<string, unknown>) => {
      if (stats['kind'] === 'video' && stats['type'] === 'inbound-rtp') frames += count(stats['framesReceived']);
      if (stats['kind'] !== 'audio') return;
      const energy = count(stats['totalAudioEnergy']);
      const seconds = count(stats['totalSamplesDuration']);
      if (stats['type'] === 'inbound-rtp') voices.push({ id: `${index} ${String(stats['id'])}`, packets: count(stats['packetsReceived']), energy, seconds });
      else if (stats['type'] === 'outbound-rtp') sent += count(stats['packetsSent']);
      // Firefox names the source and does not say how loud it is: that is not known, and not silence.
      else if (stats['type'] === 'media-source' && typeof stats['totalAudioEnergy'] === 'number') microphone = { energy: energy + (microphone?.energy ?? 0), seconds: seconds + (microphone?.seconds ?? 0) };
    });
  }
  return { at: now(), voices, microphone, sent, held: heldIn(frame).length > 0, frames, gone };
}

/** Whether the frame's line to the calls' server is open. */
export function isLinked(frame: HTMLIFrameElement): boolean {
  return keptIn<WebSocket>(frame, 'portineriaLines').some(({ readyState }) => readyState === WebSocket.OPEN);
}

/** Lets sound be heard that was held back: while somebody presses a button. */
export function releaseSound(frame: HTMLIFrameElement): void {
  for (const player of heldIn(frame)) player.play().catch(() => console.warn('The browser still holds the sound back'));
}

/** The players of others' sound that stand still: a browser starts none in a page that nobody has touched (HTML, "allowed to play"). */
function heldIn(frame: HTMLIFrameElement): HTMLAudioElement[] {
  const isLive = ({ srcObject }: HTMLAudioElement): boolean => srcObject !== null && 'getAudioTracks' in srcObject && srcObject.getAudioTracks().some(({ readyState }) => readyState === 'live');
  return [...(frame.contentDocument?.querySelectorAll('audio') ?? [])].filter((player) => player.paused && isLive(player));
}

/** Whether the frame waits for the answer to the browser's question for a microphone or a camera. */
export function isAsking(frame: HTMLIFrameElement): boolean {
  return keptIn<symbol>(frame, 'portineriaQuestions').length > 0;
}

function peersOf(frame: HTMLIFrameElement): RTCPeerConnection[] {
  return keptIn<RTCPeerConnection>(frame, 'portineriaPeers');
}

function keptIn<T>(frame: HTMLIFrameElement, name: string): T[] {
  const inside = frame.contentWindow as Record<string, unknown> | null;
  const kept = inside?.[name];
  // A set of another window is no instance of ours.
  return typeof kept === 'object' && kept !== null && Symbol.iterator in kept ? [...(kept as Set<T>)] : [];
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
