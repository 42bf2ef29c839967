/** How loud it is, by what the browser itself counted (WebRTC statistics, W3C). Pure; measure.ts reads the counts. */

/** What one received voice has counted so far. */
export interface Voice {
  /** The same for the same voice from one sample to the next. */
  id: string;
  packets: number;
  /** Sum of the decoded sound's energy, and over how many seconds. Sound that cannot be decrypted has none. */
  energy: number;
  seconds: number;
}

/** All counts at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  at: number;
  voices: Voice[];
  /** The microphone, where one is sending and the browser counts how loud it is. */
  microphone: { energy: number; seconds: number } | null;
  /** Packets of sound that were sent. */
  sent: number;
  /** Others' sound has come, and the browser holds it back until somebody touches the page. */
  held: boolean;
  /** Frames of others' pictures. */
  frames: number;
  /** The microphone was unplugged, taken away, or forbidden: its track has ended, or the system keeps it silent. */
  gone: boolean;
}

/** What was between two samples. */
export interface Levels {
  /** Voices from which anything arrived at all. */
  arriving: number;
  /** Whether somebody's picture comes. */
  pictured: boolean;
  /** The loudest voice, 0 to 1; null when none arrives. */
  heard: number | null;
  /** The microphone, 0 to 1; null when none is sending, or nobody knows how loud. */
  spoken: number | null;
  /** Whether sound goes out, however loud. */
  sending: boolean;
}

/** From here on it is a sound, and no hiss: as loudness, 0 to 1. */
export const AUDIBLE = 0.004;

/** How loud it was between two samples. */
export function levelsBetween(before: Sample, after: Sample): Levels {
  const known = new Map(before.voices.map((voice) => [voice.id, voice]));
  const arriving = after.voices.filter((voice) => voice.packets > (known.get(voice.id)?.packets ?? 0));
  const heard = arriving.map((voice) => loudness(known.get(voice.id) ?? { energy: 0, seconds: 0 }, voice));
  const { microphone } = after;
  return {
    arriving: arriving.length,
    pictured: after.frames > before.frames,
    sending: after.sent > before.sent,
    heard: heard.length === 0 ? null : Math.max(...heard),
    spoken: microphone === null ? null : loudness(before.microphone ?? { energy: 0, seconds: 0 }, microphone),
  };
}

/** The root mean square of the samples, full scale being 1. Counts that ran backwards belong to another track: nothing is known then. */
function loudness(before: { energy: number; seconds: number }, after: { energy: number; seconds: number }): number {
  const [energy, seconds] = [after.energy - before.energy, after.seconds - before.seconds];
  return seconds > 0 && energy > 0 ? Math.min(1, Math.sqrt(energy / seconds)) : 0;
}
