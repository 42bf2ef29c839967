/** The microphone before the call: asked for by a button, measured while somebody speaks into it. */

/** What became of asking for a microphone. */
export type Microphone =
  | { is: 'on'; id: string; choices: { id: string; name: string }[]; level(): number | null; stop(): void }
  | { is: 'denied' }
  /** None is there, or another program has it. */
  | { is: 'missing' }
  /** The browser has no way to ask. */
  | { is: 'impossible' };

/** How long somebody may take to answer the browser's question, in milliseconds, before it is told where it is. */
export const ANSWER_MS = 6_000;
/** How long the player of sounds may take to begin, in milliseconds: without any output for sound it never does, and never says so. */
const PLAYER_TIMEOUT_MS = 1_500;

/** Asks for a microphone; `wished` is its id from before. Its level is null where it cannot be measured, for want of an output for sound. Never throws. */
export async function openMicrophone(wished: string | null): Promise<Microphone> {
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (media === undefined) return { is: 'impossible' };
  try {
    const stream = await media.getUserMedia({ audio: wished === null ? true : { deviceId: { ideal: wished } } });
    const [track] = stream.getAudioTracks();
    const devices = await media.enumerateDevices().catch((): MediaDeviceInfo[] => []);
    const choices = devices.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== '').map(({ deviceId, label }) => ({ id: deviceId, name: label }));
    const audio = new AudioContext();
    await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, PLAYER_TIMEOUT_MS))]);
    const analyser = audio.createAnalyser();
    analyser.fftSize = 1024;
    audio.createMediaStreamSource(stream).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    return {
      is: 'on',
      id: track?.getSettings().deviceId ?? '',
      choices,
      level() {
        if (audio.state !== 'running') return null;
        analyser.getFloatTimeDomainData(wave);
        return Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length);
      },
      stop() {
        for (const one of stream.getTracks()) one.stop();
        void audio.close();
      },
    };
  } catch (error) {
    return { is: error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'SecurityError') ? 'denied' : 'missing' };
  }
}

/** The name of a microphone by its id, which other origins know it by as well; null where the browser does not tell it. Never throws. */
export async function microphoneName(id: string | null): Promise<string | null> {
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (id === null || media === undefined) return null;
  const devices = await media.enumerateDevices().catch((): MediaDeviceInfo[] => []);
  const label = devices.find(({ kind, deviceId }) => kind === 'audioinput' && deviceId === id)?.label ?? '';
  return label === '' ? null : label;
}
