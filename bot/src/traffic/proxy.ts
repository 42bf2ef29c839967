/** The homeserver's client interface on our origin: /_matrix and nothing else of it. */
import { validateHeaderValue } from 'node:http';
import type { Traffic } from '@portineria/config/comune';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Dispatcher, Pool } from 'undici';
import { plainAddress } from './addresses.ts';
import { isBarred } from './barred.ts';
import { hasBody, readBody, tooLarge, UPLOAD_LIMIT } from './bodies.ts';
import { Gate } from './gate.ts';
import { metrics } from '../ground/metrics.ts';
import { MatrixRefusal } from './errcode.ts';
import type { Settings } from '../ground/settings.ts';

/** A sync may hold its answer back for two minutes; then there is something to be said for a fault. */
const HOMESERVER_SILENCE_MS = 180_000;
/** Seconds after which to ask again a homeserver that does not answer. */
const AWAY_RETRY_S = 5;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const;

/** What concerns one connection alone (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
/** What a proxy has to take out or say itself, and what a sender could lie with. */
const NOT_PASSED_ON = [
  ...HOP_BY_HOP, 'expect', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-forwarded-server', 'x-real-ip',
];

/** Whether every code in a path is whole, as the sender has written it. */
function isSound(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a raw request target stays below a prefix however often and by whomever it is decoded and normalised.
 * Encoded slashes are allowed: ids of rooms and events hold them.
 * @param target as it came, with or without a query
 * @param prefix such as `/_matrix/`
 */
export function staysBelow(target: string, prefix: string): boolean {
  let path = target.split(/[?#]/u, 1)[0] ?? '';
  if (!path.startsWith(prefix) || !isSound(path)) return false;
  for (let round = 0; round < 4; round += 1) {
    // URL parsers drop tabs and line ends before they look for dots, and know an encoded dot.
    if (path.split(/[/\\]/u).some((segment) => /^(?:\.|%2e){1,2}$/iu.test(segment.replace(/[\p{Cc}\s]/gu, '')))) return false;
    // Raw backslashes and controls are read in different ways by different parsers.
    if (round === 0 && /[\\\p{Cc}\s]/u.test(path)) return false;
    // Only ASCII can lead out, and one broken code does not keep a lenient reader from decoding the others.
    const decoded = path.replace(/%[0-7][0-9a-f]/giu, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
    if (decoded === path) return true;
    path = decoded;
  }
  return false;
}

/** Names that a Connection header gives to be taken out as well (RFC 9110, 7.6.1). */
const namedIn = (connection: string | string[] | undefined): string[] => [connection ?? []].flat().flatMap((value) => value.toLowerCase().split(',').map((name) => name.trim()));

type Headers = Record<string, string | string[] | undefined>;

function without(headers: Headers, names: readonly string[]): Record<string, string | string[]> {
  const out = new Set([...names, ...namedIn(headers['connection'])]);
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || out.has(name) ? [] : [[name, value]])));
}

/** The headers that the homeserver is told. */
function passedOn(request: FastifyRequest, publicUrl: URL, isBodyless: boolean): Record<string, string | string[]> {
  return {
    ...without(request.headers, isBodyless ? [...NOT_PASSED_ON, 'content-length'] : NOT_PASSED_ON),
    host: publicUrl.host,
    'x-forwarded-for': plainAddress(request.ip),
    'x-forwarded-proto': publicUrl.protocol.slice(0, -1),
  };
}

/**
 * What somebody uploaded is no part of our origin, whatever it says of itself: opened as a document it has no origin and runs nothing,
 * and what names no disposition is saved rather than shown.
 */
const FOR_MEDIA = { 'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; object-src 'self'; frame-ancestors 'none'" };
/** By the path as the homeserver reads it: any letter of it may come encoded. */
const isMedia = (target: string): boolean => decodeURIComponent(target.split('?', 1)[0] ?? '').includes('/media/');

/** The headers of the homeserver's answer as they are passed on. */
function answered(headers: Headers, target: string): Record<string, string | string[]> {
  const sound = Object.entries(without(headers, HOP_BY_HOP)).filter(([name, value]) => [value].flat().every((one) => isSoundValue(name, one)));
  if (!isMedia(target)) return Object.fromEntries(sound);
  return { 'content-disposition': 'attachment', ...Object.fromEntries(sound), ...FOR_MEDIA };
}

function isSoundValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Any error as a refusal of ours: what is not the sender's fault is the homeserver's. */
function refusalOf(error: unknown): MatrixRefusal {
  if (error instanceof MatrixRefusal) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || code.startsWith('FST_')) return new MatrixRefusal(400, 'M_INVALID_PARAM', 'The request cannot be passed on', undefined, error);
  return new MatrixRefusal(code.endsWith('_TIMEOUT') ? 504 : 502, 'M_UNKNOWN', 'The homeserver does not answer', AWAY_RETRY_S, error);
}

/**
 * Passes /_matrix on to the homeserver, both ways. No connection of the homeserver is taken before there is something to ask,
 * and each is given back as soon as whoever asked has gone.
 * @param most how many requests the system lets us pass on at once
 */
export async function proxyMatrix(app: FastifyInstance, settings: Settings, traffic: () => Traffic, most: number): Promise<void> {
  const publicUrl = new URL(settings.public_url);
  // As many connections as there are requests: how many those may be is the gate's to say, for each address, and no queue behind it.
  const homeserver = new Pool(new URL(settings.homeserver.url).origin, { connections: null, pipelining: 1, headersTimeout: HOMESERVER_SILENCE_MS, bodyTimeout: HOMESERVER_SILENCE_MS });
  app.addHook('onClose', () => homeserver.destroy());
  const gate = new Gate(traffic, most);

  await app.register(async (scope) => {
    // Bodies are read by the route itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => { done(null); });

    scope.setErrorHandler((error, request, reply) => {
      const refusal = refusalOf(error);
      metrics.http_refusals_total.inc({ code: refusal.errcode === 'M_LIMIT_EXCEEDED' ? 'too_many' : refusal.status >= 500 ? 'unavailable' : 'bad_request' });
      // Whoever went away in the middle is told nothing, and it was nobody's fault.
      if (refusal !== error && refusal.status >= 500 && !request.raw.destroyed) request.log.warn({ code: error instanceof Error && 'code' in error ? error.code : undefined }, 'the homeserver does not answer');
      return reply
        .code(refusal.status)
        .headers({ ...refusal.headers, ...(request.raw.complete ? {} : { connection: 'close' }) })
        .send(refusal.body);
    });

    scope.addHook('onRequest', async (request, reply) => {
      reply.header('x-content-type-options', 'nosniff');
      if (!staysBelow(request.raw.url ?? '', '/_matrix/')) throw new MatrixRefusal(404, 'M_UNRECOGNIZED', 'Unrecognized request');
      if (isBarred(request.raw.url ?? '', request.headers.authorization, settings.visitors.prefix)) throw new MatrixRefusal(403, 'M_FORBIDDEN', 'A temporary account has no use for this');
      if (Number(request.headers['content-length'] ?? 0) > UPLOAD_LIMIT) throw tooLarge();
    });

    scope.route({
      method: [...METHODS],
      url: '/_matrix/*',
      config: { proxied: true },
      handler: async (request, reply) => {
        const target = request.raw.url ?? '';
        const gone = new AbortController();
        const entered = gate.enter(request);
        reply.raw.once('close', () => {
          entered.release();
          gone.abort();
        });
        const isBodyless = request.method === 'GET' || request.method === 'HEAD' || !hasBody(request.raw);
        const body = isBodyless ? null : await readBody(request.raw, entered);
        const answer = await homeserver.request({ method: request.method, path: target, headers: passedOn(request, publicUrl, isBodyless), body, signal: gone.signal });
        return send(request, reply, answer, target);
      },
    });
  });
}

function send(request: FastifyRequest, reply: FastifyReply, { statusCode, headers, body }: Dispatcher.ResponseData, target: string): FastifyReply {
  if (!(statusCode >= 200 && statusCode <= 599)) {
    body.destroy();
    throw new MatrixRefusal(502, 'M_UNKNOWN', 'The homeserver does not answer', AWAY_RETRY_S);
  }
  reply.code(statusCode).headers(answered(headers, target));
  // A connection whose request is not read to its end cannot carry another one.
  if (!request.raw.complete) reply.header('connection', 'close');
  return reply.send(body);
}
