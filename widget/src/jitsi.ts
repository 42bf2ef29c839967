/** Jitsi's IFrame API (Jitsi Meet handbook, "IFrame API"): what of it a visit needs, and how a visit's conference is set up. */

/** A conference in a frame. */
export interface JitsiApi {
  on(event: JitsiEvent, listener: (told: unknown) => void): unknown;
  executeCommand(name: 'hangup'): unknown;
  getIFrame(): HTMLIFrameElement;
  /** Takes the frame away, and listens no more. */
  dispose(): void;
}

/** Handbook, "Events". */
type JitsiEvent = 'videoConferenceJoined' | 'readyToClose' | 'errorOccurred';

/** What a conference is made with. */
export interface JitsiOptions {
  roomName: string;
  parentNode: HTMLElement;
  width: string;
  height: string;
  lang: string;
  configOverwrite: object;
  userInfo: { displayName: string; email: string };
  jwt?: string;
}

/** The class that Jitsi's script leaves behind. */
export type JitsiClass = new (domain: string, options: JitsiOptions) => JitsiApi;

/** How long the script may take, in milliseconds. */
const SCRIPT_TIMEOUT_MS = 15_000;

/**
 * The settings of a visit's conference: voice first, at once, and nothing that leads out of it or asks others
 * (Jitsi Meet, config.js; each may be set from outside: configWhitelist.ts).
 */
export const SETTINGS = {
  // The camera stays off, and is there to be turned on.
  startAudioOnly: true,
  startWithVideoMuted: true,
  prejoinConfig: { enabled: false },
  // Phones would be sent to an app.
  disableDeepLinking: true,
  // No pictures, no statistics, no scripts of others.
  disableThirdPartyRequests: true,
  analytics: { disabled: true },
  gravatar: { disabled: true },
  doNotStoreRoom: true,
  disableInviteFunctions: true,
  disableProfile: true,
  readOnlyName: true,
  hideConferenceSubject: true,
  enableCalendarIntegration: false,
  liveStreaming: { enabled: false },
  feedbackPercentage: 0,
  toolbarButtons: ['microphone', 'camera', 'desktop', 'tileview', 'fullscreen', 'settings', 'hangup'],
};

/** The class, where its script has been run. */
function jitsiClass(): JitsiClass | null {
  const { JitsiMeetExternalAPI: found } = globalThis as { JitsiMeetExternalAPI?: unknown };
  return typeof found === 'function' ? (found as JitsiClass) : null;
}

/**
 * Runs the script of a Jitsi's IFrame API, once. A failed attempt may be repeated.
 * @throws Error when it cannot be had
 */
export function loadJitsi(domain: string): Promise<JitsiClass> {
  const known = jitsiClass();
  if (known !== null) return Promise.resolve(known);
  const script = document.createElement('script');
  return new Promise<JitsiClass>((resolve, reject) => {
    const fail = (): void => reject(new Error(`The script of the Jitsi at ${domain} could not be run`));
    const late = setTimeout(fail, SCRIPT_TIMEOUT_MS);
    script.addEventListener('error', fail);
    script.addEventListener('load', () => {
      clearTimeout(late);
      const loaded = jitsiClass();
      if (loaded === null) fail();
      else resolve(loaded);
    });
    script.async = true;
    script.src = `https://${domain}/external_api.js`;
    document.head.append(script);
  }).catch((error: unknown) => {
    script.remove();
    throw error;
  });
}

/** Whether what `errorOccurred` told ends the conference. */
export function isFatal(told: unknown): boolean {
  const error: unknown = typeof told === 'object' && told !== null && 'error' in told ? told.error : told;
  return typeof error === 'object' && error !== null && 'isFatal' in error && error.isFatal === true;
}
