/** Whether the visitor wishes to speak, and with which microphone: kept over a reload, forgotten with the visit. */
import { get, put, remove, VOICE, type Shelf } from '../kept/shelf.ts';

/** Where Element Call looks for the microphone to begin with; it lies on our origin and shares our storage. */
const MICROPHONE = 'matrix-setting-audio-input';
/** What Element Call and LiveKit keep by themselves: chosen devices, and how much they log. */
const OTHERS = ['matrix-setting-', 'loglevel:'];

/** Whether the visitor wishes to speak. */
export function wantsVoice(shelf: Shelf | null): boolean {
  return get(shelf, VOICE) === true;
}

/** The chosen microphone's id in this browser; null for whichever the browser takes. */
export function microphoneChoice(shelf: Shelf | null): string | null {
  const found = get(shelf, MICROPHONE);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** Keeps the microphone for the call. */
export function keepMicrophone(shelf: Shelf | null, id: string): void {
  put(shelf, MICROPHONE, id);
}

/** Forgets all of it, and what Element Call kept by itself. */
export function forgetVoice(shelf: (Shelf & Partial<Pick<Storage, 'length' | 'key'>>) | null): void {
  remove(shelf, VOICE);
  remove(shelf, MICROPHONE);
  try {
    const keys = Array.from({ length: shelf?.length ?? 0 }, (_, index) => shelf?.key?.(index) ?? '');
    for (const key of keys) if (OTHERS.some((prefix) => key.startsWith(prefix))) shelf?.removeItem(key);
  } catch {
    // Storage that cannot be written to holds nothing either.
  }
}
