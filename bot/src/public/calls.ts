/**
 * Calls on our origin. Under /livekit: tokens as lk-jwt-service gives them (MSC4195), and the way to the calls' server itself.
 * Under /jitsi: where a visit's conference is, and its token, asked for in the same manner.
 * Of that server nothing can be reached but the entry to a room, and there every token is looked at again.
 */
import httpProxy from '@fastify/http-proxy';
import type { Traffic } from '@portineria/config/comune';
import { RoomAlias, RoomId } from '@portineria/config/ids';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { addressKey } from '../traffic/addresses.ts';
import { metrics } from '../ground/metrics.ts';
import { hold, Tally } from '../traffic/holds.ts';
import { OpenidToken } from '../servers/openid.ts';
import { refusalOf } from './problem.ts';
import { CallRefusal, type Calls, type TokenWish } from '../porter/calls/tokens.ts';
import { SLOT } from '../servers/sfu.ts';

/** Bytes of a signalling message: descriptions of some tracks are a few thousand. */
const LONGEST_MESSAGE = 1024 * 1024;
/** Milliseconds that the calls' server has to answer. */
const SFU_TIMEOUT_MS = 5000;
/** Milliseconds until the first word on a line: who joins a call speaks at once. */
const FIRST_WORD_TIMEOUT_MS = 20_000;
/** Milliseconds of silence after that: clients send a sign of life every few seconds, and once a minute where their page is out of sight. */
const LINE_SILENCE_MS = 150_000;
/** A websocket's status for a line that is closed by rule (RFC 6455, 7.4.1). */
const POLICY = 1008;

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'no-store',
};

/** The part of a device's id in an identity must not be taken for a port of the server's name before it. */
const Device = z.string().min(1).max(255).regex(/^[^:\s]+$/u);
/** Handing the delayed leave to the token service is not offered: clients then ask again without (lk-jwt-service, "requests.go"). */
const Delay = z.object({ delay_id: z.never().optional(), delay_timeout: z.never().optional() });

/** `POST /sfu/get`. The page of whoever opens a door asks before it knows more of the visit's room than its alias. */
const OldRequest = Delay.extend({ room: z.union([RoomId, RoomAlias]), openid_token: OpenidToken, device_id: Device });
/** `POST /get_token`. */
const NewRequest = Delay.extend({
  room_id: RoomId,
  slot_id: z.literal(SLOT),
  openid_token: OpenidToken,
  member: z.object({ id: z.string().min(1).max(255), claimed_user_id: z.string().min(1).max(255), claimed_device_id: Device }),
});

/** `POST /jitsi/get_token`. */
const JitsiRequest = z.object({ room_id: RoomId, openid_token: OpenidToken });

function wishOf(path: 'old' | 'new', body: unknown): TokenWish {
  if (path === 'old') {
    const { room, openid_token: openid, device_id: device } = checked(OldRequest, body);
    return { room, openid, device, member: null, claimed: null };
  }
  const { room_id: room, openid_token: openid, member } = checked(NewRequest, body);
  return { room, openid, device: member.claimed_device_id, member: member.id, claimed: member.claimed_user_id };
}

/** @throws CallRefusal that names the fields at fault; what came is not repeated */
function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].filter((field) => field !== '').join(', ');
  throw new CallRefusal('bad_request', 400, 'M_BAD_JSON', fields === '' ? 'The request body is not an object' : `Missing or not as expected: ${fields}`);
}

/** Any error as a refusal of ours: fastify's own, and of the limits for each address. */
function callRefusal(error: unknown): CallRefusal {
  if (error instanceof CallRefusal) return error;
  const { status, code } = refusalOf(error);
  if (code === 'too_many') return new CallRefusal('too_many', 429, 'M_LIMIT_EXCEEDED', 'Too many requests from this address', error);
  if (code === 'too_large') return new CallRefusal('bad_request', 413, 'M_TOO_LARGE', 'The request body is too large', error);
  if (code === 'bad_request') return new CallRefusal('bad_request', status, 'M_NOT_JSON', 'The request body is not JSON', error);
  return new CallRefusal('away', status >= 500 && status !== 500 ? status : 502, 'M_UNKNOWN', 'The server for calls does not answer', error);
}

const tokenOf = (request: FastifyRequest): string => {
  const { access_token } = z.object({ access_token: z.string().max(4000).optional().catch(undefined) }).catch({}).parse(request.query);
  return access_token ?? /^Bearer +(\S{1,4000})$/iu.exec(request.headers.authorization ?? '')?.[1] ?? '';
};

/** Puts the routes on the app. */
export async function serveCalls(app: FastifyInstance, calls: Calls, traffic: () => Traffic): Promise<void> {
  await app.register(async (scope) => {
    // lk-jwt-service reads JSON whatever its type is said to be.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
      try {
        done(null, JSON.parse(String(text)));
      } catch {
        done(new CallRefusal('bad_request', 400, 'M_NOT_JSON', 'The request body is not JSON'));
      }
    });
    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      const refusal = callRefusal(error);
      const retry = 'retryAfter' in error && typeof error.retryAfter === 'number' ? error.retryAfter : 5;
      metrics.call_tokens_total.inc({ outcome: refusal.fault });
      if (refusal.status >= 500) request.log.warn({ route: request.routeOptions.url, fault: refusal.fault, error: refusal.cause instanceof Error ? String(refusal.cause) : '' }, 'a call could not be served');
      const again = refusal.status === 429 || refusal.status >= 500;
      return reply
        .code(refusal.status)
        .headers({ ...CORS, ...(again ? { 'retry-after': String(retry) } : {}) })
        .send({ errcode: refusal.errcode, error: refusal.message, ...(refusal.status === 429 ? { retry_after_ms: retry * 1000 } : {}) });
    });
    scope.addHook('onRequest', async (_request, reply) => { reply.headers(CORS); });

    const give = (path: 'old' | 'new') => async (request: FastifyRequest) => {
      const given = await calls.token(wishOf(path, request.body));
      metrics.call_tokens_total.inc({ outcome: 'given' });
      return given;
    };
    scope.post('/livekit/sfu/get', give('old'));
    scope.post('/livekit/get_token', give('new'));
    scope.all('/livekit/*', async (request, reply) => {
      // A browser asks first whether it may ask.
      if (request.method === 'OPTIONS') return reply.send();
      // Also /livekit/delegate_delayed_leave: answered otherwise, Element Call would leave its own leaving to us.
      throw new CallRefusal('bad_request', 404, 'M_UNRECOGNIZED', 'Unrecognized request');
    });

    scope.post('/jitsi/get_token', async (request) => {
      const { room_id: room, openid_token: openid } = checked(JitsiRequest, request.body);
      const given = await calls.jitsi({ room, openid, device: null, member: null, claimed: null });
      metrics.call_tokens_total.inc({ outcome: 'given' });
      return given;
    });
    scope.options('/jitsi/get_token', (_request, reply) => reply.send());

    if (calls.sfu !== null) await proxySfu(scope, calls, calls.sfu.url, traffic);
  });
}

/** The entry to the rooms of the calls' server: a websocket, and the question why it was not opened. */
async function proxySfu(scope: FastifyInstance, calls: Calls, upstream: string, traffic: () => Traffic): Promise<void> {
  const lines = new Tally();
  // The proxy's types lack the last of these, which its documentation has.
  const wsClientOptions = {
    maxPayload: LONGEST_MESSAGE,
    handshakeTimeout: SFU_TIMEOUT_MS,
    rewriteRequestHeaders: (_headers: unknown, request: FastifyRequest) => ownHeaders(request),
  };
  await scope.register(httpProxy, {
    upstream,
    prefix: '/livekit/rtc',
    rewritePrefix: '/rtc',
    routes: ['/', '/validate', '/v1', '/v1/validate'],
    httpMethods: ['GET'],
    websocket: true,
    wsServerOptions: { maxPayload: LONGEST_MESSAGE },
    wsClientOptions,
    wsHooks: closeIdleLines(),
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Fastify waits for it; the proxy's types know only of callbacks.
    preHandler: async (request) => {
      if (request.headers.upgrade !== undefined) {
        const held = hold([{ tally: lines, key: addressKey(request.ip), most: traffic().callLines }]);
        if (typeof held !== 'function') throw new CallRefusal('too_many', 429, 'M_LIMIT_EXCEEDED', 'Too many lines to calls from this address');
        request.raw.socket.once('close', held);
      }
      await calls.admit(tokenOf(request));
    },
    disableRequestLogging: true,
    disableCache: true,
    destroyAgent: true,
    undici: { headersTimeout: SFU_TIMEOUT_MS, bodyTimeout: SFU_TIMEOUT_MS },
    replyOptions: {
      queryString: (_search, target) => target.split('?').slice(1).join('?'),
      retryDelay: () => null,
      rewriteRequestHeaders: (request) => ownHeaders(request),
      onError: (reply, { error }) => { reply.send(error); },
    },
  });
}

/** The part of a websocket that is used. */
interface Line {
  close(code: number, reason: string): void;
  once(event: 'close', then: () => void): unknown;
}

/** Closes lines on which nothing is said: those that never join a call, and those that were left. */
function closeIdleLines() {
  const heard = new WeakMap<object, NodeJS.Timeout>();
  const wait = (line: Line, ms: number): void => {
    clearTimeout(heard.get(line));
    heard.set(line, setTimeout(() => { line.close(POLICY, 'Nothing was said'); }, ms).unref());
  };
  return {
    onConnect: (_context: unknown, line: Line) => {
      if (!heard.has(line)) wait(line, FIRST_WORD_TIMEOUT_MS);
      line.once('close', () => { clearTimeout(heard.get(line)); });
    },
    onIncomingMessage: (_context: unknown, line: Line) => { wait(line, LINE_SILENCE_MS); },
  };
}

/** What of a request the calls' server is told: not whose address it came from. */
function ownHeaders({ headers }: { headers: Readonly<Record<string, string | string[] | undefined>> }): Record<string, string> {
  return Object.fromEntries(['authorization', 'user-agent'].flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])));
}
