/** A clerk is called who looks elsewhere, or whose desk is closed: by the real homeserver's push, a push service in small, and the browser's own worker. */
import { paced } from '@portineria/config/pace';
import { pushService, subscribed, type PushService } from '@portineria/bot/public/browser.fixture';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from '../rig/browser.ts';
import { until } from '../rig/matrix.ts';
import { arrive, startReception, type Reception } from '../rig/reception.ts';
import { stage } from '../rig/stage.ts';
import { atDesk } from '../rig/voice.ts';

let reception: Reception;
let browser: Browser;
let service: PushService;
stage(async () => {
  service = await pushService();
  [reception, browser] = await Promise.all([startReception({ pushService: service.url }), openBrowser()]);
}, async () => {
  await browser?.close();
  await reception?.stop();
  await service?.[Symbol.asyncDispose]();
});

const keys = subscribed();
interface Pusher { pushkey: string; app_id: string; data: Record<string, string> }
const pushers = async (): Promise<Pusher[]> => (await reception.anna.ask<{ pushers: Pusher[] }>('GET', '/pushers')).pushers;

/**
 * The one border that is not real: the browser's makers' own push service cannot be reached from a test. Whatever subscribes in this
 * browser is given a subscription at ours.
 */
async function standIn(context: BrowserContext): Promise<void> {
  await context.addInitScript(({ endpoint, p256dh, auth }) => {
    const KEY = 'test.subscribed';
    const subscription = {
      endpoint,
      toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
      unsubscribe: async () => {
        localStorage.removeItem(KEY);
        return true;
      },
    } as unknown as PushSubscription;
    PushManager.prototype.subscribe = async (options) => {
      if (options?.userVisibleOnly !== true || typeof options.applicationServerKey !== 'string' || options.applicationServerKey.length !== 87) throw new TypeError('The key is not as push services take it');
      localStorage.setItem(KEY, 'yes');
      return subscription;
    };
    PushManager.prototype.getSubscription = async () => (localStorage.getItem(KEY) === null ? null : subscription);
  }, { endpoint: `${service.url}/browser`, p256dh: keys.p256dh, auth: keys.auth });
}

/** From now on the page is out of sight, and notes when it sounds. */
async function outOfSight(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const there = window as unknown as { sounded: number };
    there.sounded = 0;
    AudioContext.prototype.createOscillator = new Proxy(Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, 'createOscillator')?.value as () => OscillatorNode, {
      apply(make, self: AudioContext, given: []) {
        there.sounded += 1;
        return Reflect.apply(make, self, given);
      },
    });
    Object.defineProperty(document, 'hidden', { get: () => true });
  });
  return () => page.evaluate(() => (window as unknown as { sounded: number }).sounded);
}

/**
 * What this person's browser shows from now on, by its own word. It is not asked for a list meanwhile: Chromium forgets a notification that
 * it shows while it is asked, though it stands there.
 */
async function watchShown(context: BrowserContext, page: Page): Promise<readonly string[]> {
  const shown: string[] = [];
  const session = await context.newCDPSession(page);
  session.on('BackgroundService.backgroundServiceEventReceived', ({ backgroundServiceEvent: { eventName, eventMetadata } }) => {
    const title = eventMetadata.find(({ key }) => key === 'Title')?.value;
    if (eventName === 'Notification displayed' && title !== undefined) shown.push(title);
  });
  await session.send('BackgroundService.setRecording', { shouldRecord: true, service: 'notifications' });
  await session.send('BackgroundService.startObserving', { service: 'notifications' });
  return shown;
}

/** What stands there by the desk's worker, while nothing more is about to be shown. */
const standing = (page: Page): Promise<string[]> => page.evaluate(async () => ((await (await navigator.serviceWorker.getRegistration('/desk'))?.getNotifications()) ?? []).map(({ title }) => title));

/** Hands the browser's worker what its push service would have. */
async function deliver(context: BrowserContext, page: Page, data: string): Promise<void> {
  const session = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL, isDeleted }) => new URL(scopeURL).pathname === '/desk' && !isDeleted);
      if (own !== undefined) resolve(own.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.deliverPushMessage', { origin: reception.url, registrationId: await registered, data });
  await session.detach();
}

test('a knock sounds and is shown while the desk is out of sight, and called for by the push service once it is closed, with nobody’s name', async () => {
  const { page: first, context } = await atDesk(browser, reception, 'anna');
  await context.grantPermissions(['notifications', 'microphone'], { origin: reception.url });
  await standIn(context);
  await first.close();
  const desk = await context.newPage();
  await desk.goto(`${reception.url}/desk`);
  await desk.getByRole('button', { name: 'Avvisami quando qualcuno bussa' }).click();
  await desk.getByText('Anche con la pagina chiusa').waitFor();
  expect(await pushers()).toMatchObject([{ pushkey: keys.p256dh, data: { url: `${reception.url}/_matrix/push/v1/notify`, endpoint: `${service.url}/browser` } }]);

  const sounded = await outOfSight(desk);
  const shown = await watchShown(context, desk);
  await arrive(reception, 'anagrafe', { name: 'Maria Bianchi', topic: 'Carta d’identità' });
  await until('it is shown', () => shown.includes('Anagrafe: bussa il n. 1'));
  expect(await standing(desk)).toEqual(['Anagrafe: bussa il n. 1']);
  expect(await sounded()).toBeGreaterThan(0);
  await until('the homeserver has pushed', () => service.sent.length > 0);

  // The desk is closed; on the same browser stands a citizen's page, which knows nothing of the worker.
  await desk.close();
  const other = await context.newPage();
  await other.goto(reception.url);
  expect(await other.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
  const before = service.sent.length;
  await arrive(reception, 'anagrafe', { name: 'Ugo Verdi', topic: 'Un certificato' });
  const pushed = await until('the push service is told of the second knock', () => service.sent.slice(before).map(({ body }) => keys.read(body)).find((words) => words.includes('n. 2')));
  expect(JSON.parse(pushed)).toEqual({ title: 'Anagrafe: bussa il n. 2', tag: reception.rooms.anagrafe });
  const shownThen = await watchShown(context, other);
  await deliver(context, other, pushed);
  await until('the worker shows it', () => shownThen.includes('Anagrafe: bussa il n. 2'));
  // What calls for one office stands there once.
  expect(await standing(other)).toEqual(['Anagrafe: bussa il n. 2']);

  // What is said among colleagues calls nobody.
  const quiet = service.sent.length;
  await reception.bruno.say(reception.rooms.anagrafe, 'Vado io');
  await arrive(reception, 'anagrafe', { name: 'Ida Rossi' });
  await until('the push service is told of the third knock', () => service.sent.slice(quiet).some(({ body }) => keys.read(body).includes('n. 3')));
  expect(service.sent.slice(quiet).map(({ body }) => keys.read(body)).every((words) => words.includes('n. 3'))).toBe(true);
  expect(service.sent.map(({ body }) => keys.read(body)).join('\n')).not.toMatch(/Maria|Ugo|Ida|Carta|certificato/u);

  // A browser that its push service knows no more is forgotten by the homeserver; whoever opens the desk again is called again.
  service.answer = 410;
  await arrive(reception, 'anagrafe', { name: 'Lia Neri' });
  await until('the pusher is gone', async () => (await pushers()).length === 0);
  service.answer = 201;
  await other.goto(`${reception.url}/desk`);
  await other.getByText('Anche con la pagina chiusa').waitFor();
  expect(await pushers()).toHaveLength(1);
  await other.getByRole('button', { name: 'Non avvisarmi più' }).click();
  await until('nobody is called any more', async () => (await pushers()).length === 0 && (await other.evaluate(async () => (await navigator.serviceWorker.getRegistration('/desk')) === undefined)));
}, paced(240_000));
