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
  for (const [index, report] of reports.entries()) {
    report?.forEach((stats: Record<string, unknown>) => {
      if (stats['kind'] === 'video' && stats['type'] === 'inbound-rtp') frames += count(stats['framesReceived']);
      if (stats['kind'] !== 'audio') return;
      const energy = count(stats['totalAudioEnergy']);
      const seconds = count(stats['totalSamplesDuration']);
      if (stats['type'] === 'inbound-rtp') voices.push({ id: `${index} ${String(stats['id'])}`, packets: count(stats['packetsReceived']), energy, seconds });
      else if (stats['type'] === 'media-source') microphone = { energy: energy + (microphone?.energy ?? 0), seconds: seconds + (microphone?.seconds ?? 0) };
    });
  }
  return { at: now(), voices, microphone, frames, gone };
}

/** Whether the frame's line to the calls' server is open. */
export function isLinked(frame: HTMLIFrameElement): boolean {
  return keptIn<WebSocket>(frame, 'portineriaLines').some(({ readyState }) => readyState === WebSocket.OPEN);
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
