/** The homeserver's client interface on our origin: /_matrix and nothing else of it. */
import httpProxy from '@fastify/http-proxy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isBarred } from './barred.ts';
import type { Settings } from './settings.ts';

/** Bytes. Matrix uploads; everything else is far smaller. */
export const UPLOAD_LIMIT = 50 * 1024 * 1024;
/** A sync may hold its answer back for two minutes; then there is something to be said for a fault. */
const PATIENCE = 180_000;

/** What a proxy has to take out or say itself (RFC 9110, 7.6.1), and what a sender could lie with. */
const NOT_PASSED_ON = [
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'expect', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-forwarded-server', 'x-real-ip',
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

/** An address as people write it: IPv4 that came in an IPv6 socket is IPv4. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, '');
}

/** An error as Matrix clients read it (client-server specification, "Standard error response"). */
const matrixError = (errcode: string, error: string) => ({ errcode, error });
const CORS = { 'access-control-allow-origin': '*' };

/** Passes /_matrix on to the homeserver as a stream, both ways. */
export async function proxyMatrix(app: FastifyInstance, settings: Settings): Promise<void> {
  const publicUrl = new URL(settings.public_url);
  await app.register(async (scope) => {
    // The parsers for JSON and text would hold whole bodies in memory.
    scope.removeAllContentTypeParsers();

    scope.setErrorHandler((error, request, reply) => {
      const status = typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 502;
      const passing = status >= 500;
      if (passing) request.log.warn({ code: error instanceof Error && 'code' in error ? error.code : undefined }, 'the homeserver does not answer');
      return reply
        .code(passing ? (status === 504 ? 504 : 502) : status)
        .headers(passing ? { ...CORS, 'retry-after': '5' } : CORS)
        .send(matrixError(passing ? 'M_UNKNOWN' : 'M_INVALID_PARAM', passing ? 'The homeserver does not answer' : 'The request cannot be passed on'));
    });

    scope.addHook('onRequest', async (request, reply) => {
      reply.header('x-content-type-options', 'nosniff');
      if (!staysBelow(request.raw.url ?? '', '/_matrix/')) {
        return reply.code(404).headers(CORS).send(matrixError('M_UNRECOGNIZED', 'Unrecognized request'));
      }
      if (isBarred(request.raw.url ?? '', request.headers.authorization, settings.visitors.prefix)) {
        return reply.code(403).headers(CORS).send(matrixError('M_FORBIDDEN', 'A temporary account has no use for this'));
      }
      if (Number(request.headers['content-length'] ?? 0) > UPLOAD_LIMIT) {
        return reply.code(413).headers({ ...CORS, connection: 'close' }).send(matrixError('M_TOO_LARGE', 'Upload request body is too large'));
      }
    });

    await scope.register(httpProxy, {
      upstream: settings.homeserver.url,
      prefix: '/_matrix',
      rewritePrefix: '/_matrix',
      httpMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'],
      config: { proxied: true },
      // Its own lines hold whole URLs.
      disableRequestLogging: true,
      disableCache: true,
      destroyAgent: true,
      undici: { headersTimeout: PATIENCE, bodyTimeout: PATIENCE },
      replyOptions: {
        // The query as it came: parsed and put together again, it would not always be the same.
        queryString: (_search, target) => {
          const mark = target.indexOf('?');
          return mark < 0 ? '' : target.slice(mark + 1);
        },
        // Clients know how long to wait when the homeserver says 503.
        retryDelay: () => null,
        rewriteRequestHeaders: (request, headers) => {
          const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.includes(name)));
          return {
            ...passed,
            'host': publicUrl.host,
            'x-forwarded-for': plainAddress((request as FastifyRequest).ip),
            'x-forwarded-proto': publicUrl.protocol.slice(0, -1),
          };
        },
        onError: (reply, { error }) => { reply.send(error); },
      },
    });
  });
}
