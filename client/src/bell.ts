/** A short tone for a visitor who looks elsewhere while waiting. */

let audio: AudioContext | null = null;

/** Browsers let a page sound only after a touch or a key: call this while the form is sent. */
export function prepareBell(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
  } catch {
    // No sound here; the title and the page itself tell.
  }
}

/** Two notes, and a short buzz where there is a motor. */
export function ring(): void {
  try {
    navigator.vibrate?.([200, 100, 200]);
    audio ??= new AudioContext();
    for (const [pitch, start] of [[660, 0], [880, 0.25]] as const) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + start;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.2, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.55);
    }
  } catch {
    // As above.
  }
}
