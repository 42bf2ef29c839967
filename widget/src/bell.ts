/** A short tone for a visitor who looks elsewhere while waiting. */

let audio: AudioContext | null = null;
const unheard = (): void => undefined;

/** Browsers let a page sound only after a touch or a key: call this while the form is sent. Until it rings it sleeps, as it would work all the time while somebody waits. */
export function prepareBell(): void {
  try {
    const bell = (audio ??= new AudioContext());
    bell.resume().then(() => bell.suspend()).catch(unheard);
  } catch {
    // No sound here; the title and the page itself tell.
  }
}

/** Whether it may sound: not in a page that nobody has touched since it was loaded. Browsers that do not tell are believed to let it. */
export function mayRing(): boolean {
  return (navigator as Partial<Navigator>).userActivation?.hasBeenActive !== false;
}

/** Prepares it at the first touch or key of a page, and says so then. @returns what stops that */
export function prepareAtTouch(done: () => void): () => void {
  const stopping = new AbortController();
  const touched = (): void => {
    if (!mayRing()) return;
    stopping.abort();
    prepareBell();
    done();
  };
  for (const type of ['pointerup', 'keyup', 'click']) addEventListener(type, touched, { signal: stopping.signal, capture: true });
  return () => stopping.abort();
}

/** Two notes, and a short buzz where there is a motor. */
export function ring(): void {
  try {
    (navigator as Partial<Navigator>).vibrate?.([200, 100, 200]);
    const bell = (audio ??= new AudioContext());
    bell.resume().catch(unheard);
    for (const [pitch, start] of [[660, 0], [880, 0.25]] as const) {
      const tone = bell.createOscillator();
      const volume = bell.createGain();
      const at = bell.currentTime + start;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.2, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
      tone.connect(volume).connect(bell.destination);
      tone.start(at);
      tone.stop(at + 0.55);
      tone.onended = () => void (pitch === 880 && bell.suspend().catch(unheard));
    }
  } catch {
    // As above.
  }
}
