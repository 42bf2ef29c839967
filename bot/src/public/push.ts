/**
 * The push gateway of the desk (Matrix specification, "Push Gateway API"): a homeserver tells of an event that notifies one of the staff,
 * and the browser that the pusher names is called, where somebody waits. It keeps nothing: the subscription stands in the pusher.
 * It is no relay: it says what it knows itself, and only where the event is a card, or calls again to one, of a knock that waits.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DESK_APP, GATEWAY_PATH } from '@portineria/config/push';
import { text } from '@portineria/config/text';
import type { FastifyError, FastifyInstance } from 'fastify';
import * as z from 'zod';
import { shortHash } from '../ground/hash.ts';
import { metrics } from '../ground/metrics.ts';
import type { WaitingKnock } from '../judgement/calling.ts';
import { openWebPush, PushError, type WebPush } from '../servers/webpush.ts';
import { MatrixRefusal } from '../traffic/errcode.ts';
import { say } from '../words/texts.ts';
import { refusalOf } from './problem.ts';
import type { RouteOptions } from './routes.ts';

/** A homeserver may tell of a card before the porter has its answer that it stands: how long it is looked for, in pauses of milliseconds. */
const LOOKS_MS = [0, 150, 350, 1000];
/** How many browsers are being called at the same time at most, and how many calls are remembered as done. */
const [MOST_AT_ONCE, MOST_REMEMBERED] = [50, 5000];

const Base64 = z.string().regex(/^[\w-]+={0,2}$/u);
/** What the desk has put into its pusher (client/src/desk/push.ts). Synapse takes the gateway's own address out. */
const Browser = z.object({
  app_id: z.literal(DESK_APP),
  pushkey: Base64.max(120),
  data: z.object({ endpoint: z.url().max(1500), auth: Base64.max(40), lang: z.string().max(35).optional().catch(undefined) }),
});
const Notification = z.object({
  notification: z.object({
    // What only counts unread messages anew has neither.
    room_id: z.string().max(255).optional(),
    event_id: z.string().max(255).optional(),
    devices: z.array(z.looseObject({ pushkey: z.string().max(1000) })).min(1).max(20),
  }),
});
type Device = z.output<typeof Notification>['notification']['devices'][number];

/** What the gateway needs. @param webPush replaced in tests */
type GatewayOptions = Pick<RouteOptions, 'settings' | 'reception' | 'now' | 'languages'> & { webPush?: WebPush };

/** Any error as a refusal that a homeserver understands, and tries again where that is of use. */
function gatewayRefusal(error: unknown): MatrixRefusal {
  if (error instanceof MatrixRefusal) return error;
  if (error instanceof PushError) return new MatrixRefusal(502, 'M_UNKNOWN', error.message);
  const { status, code, retryAfter } = refusalOf(error);
  if (code === 'too_many') return new MatrixRefusal(429, 'M_LIMIT_EXCEEDED', 'Too many notifications from this address', retryAfter ?? 5);
  return status < 500 ? new MatrixRefusal(status, 'M_BAD_JSON', 'The request is not as expected') : new MatrixRefusal(500, 'M_UNKNOWN', 'The gateway has failed', undefined, error);
}

/** Puts the gateway on the app, where browsers can be called. */
export async function servePush(app: FastifyInstance, { settings, reception, now, languages, webPush }: GatewayOptions): Promise<void> {
  if (settings.push === null) return;
  const services = webPush ?? openWebPush(settings.push, settings.public_url);
  app.addHook('onClose', () => services.close());
  /** What was called for, in which browser: told of it again, it is not called again. The oldest are forgotten first. */
  const done = new Set<string>();
  let calling = 0;

  const knockOf = async (room: string, event: string): Promise<WaitingKnock | null> => {
    for (const pause of LOOKS_MS) {
      if (pause > 0) await sleep(pause);
      const knock = reception.knockBehind(room, event);
      if (knock === 'no_office') return null;
      if (knock !== null) return knock;
    }
    return null;
  };

  /** @returns whether the homeserver is to forget the device @throws PushError */
  const call = async (device: Device, knock: WaitingKnock, room: string, event: string): Promise<boolean> => {
    const browser = Browser.safeParse(device);
    if (!browser.success) return true;
    const { pushkey, data: { endpoint, auth, lang } } = browser.data;
    const key = shortHash([event, endpoint]);
    if (done.has(key)) return false;
    const comune = reception.comune(now());
    const spoken = [...(lang === undefined ? [] : [lang]), ...languages()];
    const office = text(comune.offices.find(({ id }) => id === knock.office)?.name ?? {}, spoken);
    // Who it is, and what for, is for whoever opens the desk.
    const payload = JSON.stringify({ title: say(spoken, 'push.knock', { office, number: knock.number }), tag: room });
    const outcome = await services.send({ endpoint, p256dh: pushkey, auth }, payload, shortHash(room));
    metrics.pushes_total.inc({ outcome });
    if (outcome === 'gone') return true;
    done.add(key);
    for (const oldest of done) {
      if (done.size <= MOST_REMEMBERED) break;
      done.delete(oldest);
    }
    return false;
  };

  await app.register(async (scope) => {
    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      const refusal = gatewayRefusal(error);
      metrics.pushes_total.inc({ outcome: error instanceof PushError ? 'failed' : 'refused' });
      if (refusal.status >= 500) request.log.warn({ error: refusal.message }, 'a browser could not be called');
      return reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
    });
    scope.post(GATEWAY_PATH, async (request, reply) => {
      const told = Notification.safeParse(request.body);
      if (!told.success) throw new MatrixRefusal(400, 'M_BAD_JSON', 'The request is not a notification as the Push Gateway API has it');
      const { room_id: room, event_id: event, devices } = told.data.notification;
      reply.header('cache-control', 'no-store');
      const knock = room === undefined || event === undefined ? null : await knockOf(room, event);
      if (knock === null || room === undefined || event === undefined) return { rejected: [] };
      if (calling + devices.length > MOST_AT_ONCE) throw new MatrixRefusal(429, 'M_LIMIT_EXCEEDED', 'Too many browsers are being called', 5);
      calling += devices.length;
      try {
        const gone = await Promise.all(devices.map((device) => call(device, knock, room, event)));
        return { rejected: devices.flatMap(({ pushkey }, at) => (gone[at] === true ? [pushkey] : [])) };
      } finally {
        calling -= devices.length;
      }
    });
  });
}
