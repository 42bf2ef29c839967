/** Pages that an app shows inside itself, as a link in a message does: there the microphone is mostly forbidden, without a word. Pure. */

/** The app, and whether a link can lead from it to the telephone's browser. */
export interface Within {
  readonly app: string;
  readonly leads: boolean;
}

/** How these apps name themselves to servers. */
const APPS: readonly (readonly [RegExp, string])[] = [
  [/\bInstagram\b/u, 'Instagram'],
  [/\bWhatsApp\b/u, 'WhatsApp'],
  [/\bMessenger|FB_IAB\/MESSENGER|FBAN\/Messenger/u, 'Messenger'],
  [/\bFBAN\/|\bFBAV\/|\bFB_IAB\//u, 'Facebook'],
  [/\bTelegram/u, 'Telegram'],
  [/\bTikTok|musical_ly|BytedanceWebview/u, 'TikTok'],
  [/\bLine\//u, 'LINE'],
];

/** The app that shows the page inside itself; null for a browser. */
export function appAround(userAgent: string): Within | null {
  const app = APPS.find(([mark]) => mark.test(userAgent))?.[1];
  return app === undefined ? null : { app, leads: userAgent.includes('Android') };
}

/** An address that an Android telephone opens in its browser (Chrome, "Android Intents"). */
export function intentOf(address: string): string {
  const { protocol, host, pathname, search } = new URL(address);
  return `intent://${host}${pathname}${search}#Intent;scheme=${protocol.slice(0, -1)};action=android.intent.action.VIEW;end`;
}
