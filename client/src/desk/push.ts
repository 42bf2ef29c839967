/**
 * Calls the clerk whose desk is closed, where the browser has Web Push: the homeserver tells the porter's gateway of what notifies the
 * account (Push Gateway API), and the gateway tells this browser. The subscription stands in the pusher, at the homeserver, and nowhere else.
 */
import { canNotify, notify as notifyHere } from '@portineria/widget/desk/alerts';
import type { DeskBody } from '@portineria/config/api';
import { DESK_APP } from '@portineria/config/push';
import type { DeskSession, Pusher } from './session.ts';

/** build/workers.ts; it is asked about nothing but the desk. */
const [SCRIPT, SCOPE] = ['/desk-worker.js', '/desk'];

/** The desk's service worker in this browser; null where there is none. */
async function found(): Promise<ServiceWorkerRegistration | null> {
  const { serviceWorker } = navigator as Partial<Navigator>;
  const registration = await serviceWorker?.getRegistration(SCOPE);
  // Where the reception is an app here, its own worker answers for all that has none (shell/worker.ts).
  return registration?.scope.endsWith(SCOPE) === true ? registration : null;
}

/** Resolves when a registration's worker runs. `ready` may be the app's. */
async function active({ active: running, waiting, installing }: ServiceWorkerRegistration): Promise<void> {
  const worker = waiting ?? installing;
  if (running !== null || worker === null) return;
  await new Promise<void>((done) => worker.addEventListener('statechange', () => worker.state === 'activated' && done()));
}

/** Whether this browser can be called while the desk is closed. */
function canPush(push: DeskBody['push']): push is NonNullable<DeskBody['push']> {
  return push !== null && 'serviceWorker' in navigator && 'PushManager' in globalThis && Notification.permission === 'granted';
}

/** What the homeserver and the gateway have to know of a subscription; null for one that cannot be used. */
function pusherOf(subscription: PushSubscription, { gateway }: NonNullable<DeskBody['push']>, language: string, device: string): Pusher | null {
  const { endpoint, keys: { p256dh, auth } = {} } = subscription.toJSON();
  if (endpoint === undefined || p256dh === undefined || auth === undefined) return null;
  return {
    app_id: DESK_APP, pushkey: p256dh, kind: 'http', app_display_name: 'Portineria', device_display_name: device, lang: language,
    // The key is this browser's: another clerk who was called here before is called no longer.
    append: false,
    data: { url: gateway, format: 'event_id_only', endpoint, auth, lang: language },
  };
}

/** Has this browser called while the desk is closed. Safe to repeat. @returns whether it will be */
export async function turnPushOn(session: Pick<DeskSession, 'push'>, push: DeskBody['push'], language: string, device: string): Promise<boolean> {
  if (!canPush(push)) return false;
  try {
    const registration = await navigator.serviceWorker.register(SCRIPT, { scope: SCOPE });
    await active(registration);
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: push.key });
    const pusher = pusherOf(subscription, push, language, device);
    if (pusher === null) return false;
    await session.push(pusher);
    return true;
  } catch (error) {
    // As in a private window, or where the browser's push service cannot be reached: the open page calls all the same.
    console.warn('This browser cannot be called while the desk is closed', error);
    return false;
  }
}

/** This browser is called no longer. The homeserver first: a pusher without a subscription would call in vain. @throws Error when it was not told */
export async function turnPushOff(session: Pick<DeskSession, 'push'>): Promise<void> {
  const subscription = await (await found())?.pushManager.getSubscription();
  const key = subscription?.toJSON().keys?.['p256dh'];
  if (key !== undefined) await session.push({ app_id: DESK_APP, pushkey: key, kind: null });
  await forgetPush();
}

/** Forgets the subscription. The homeserver has taken away the pusher together with the session. Never throws. */
export async function forgetPush(): Promise<void> {
  try {
    const registration = await found();
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
    await registration?.unregister();
  } catch (error) {
    console.warn('The subscription of this browser could not be taken back', error);
  }
}

/** Shows a notification: by the worker where there is one, as phones know no other way, so that it takes the place of what was pushed. */
export async function notify(words: string, tag: string): Promise<void> {
  if (!canNotify()) return;
  const registration = await found();
  return registration?.active == null ? notifyHere(words, tag) : registration.showNotification(words, { tag });
}
