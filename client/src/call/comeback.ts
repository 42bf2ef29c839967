/** Tells when a microphone that was gone may be there again: one was plugged in, or the page may use it again. */

/** How long Element Call may take to notice a device of its own accord, in milliseconds: before, it does not listen. */
const SETTLE = 700;

/** Calls `back` then; the answer stops that. Errors mean that this browser cannot tell: there is a button as well. */
export function watchMicrophone(back: () => void): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(back, SETTLE);
  };
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  const onDevices = async (): Promise<void> => {
    const devices = await media?.enumerateDevices().catch((): MediaDeviceInfo[] => []);
    // What was plugged in may be a camera, and unplugging is told as well.
    if (devices?.some(({ kind }) => kind === 'audioinput') === true) soon();
  };
  media?.addEventListener('devicechange', () => void onDevices(), { signal });
  void permission().then((status) => status?.addEventListener('change', () => status.state === 'granted' && soon(), { signal }));
  return () => {
    stopping.abort();
    clearTimeout(timer);
  };
}

/** Whether this page may use the microphone; null where the browser does not say. */
export async function permission(): Promise<PermissionStatus | null> {
  return (await (navigator as Partial<Navigator>).permissions?.query({ name: 'microphone' }).catch(() => null)) ?? null;
}
