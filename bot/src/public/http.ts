/** The public HTTP side: one origin for the pages, the interface and the homeserver's client interface. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import compress from '@fastify/compress';
import type { Traffic } from '@portineria/config/comune';
import { GATEWAY_PATH } from '@portineria/config/push';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { constants } from 'node:zlib';
import { boundConnections, mostConnectionsHere } from '../traffic/connections.ts';
import { CODE_PAGE } from './codes.ts';
import { securityHeaders } from './headers.ts';
import { ICON_SIZES, iconPath } from './icons.ts';
import { GUEST_PAGE } from '../ground/guestlink.ts';
import { countAnswer, metrics } from '../ground/metrics.ts';
import { readerLanguage } from './languages.ts';
import { type RequestKind, requestLimits } from './limits.ts';
import { openapi } from './openapi.ts';
import { MatrixRefusal } from '../traffic/errcode.ts';
import { loadPages, sendPage, serveFiles, serveWidget } from './pages.ts';
import { problemHeaders, problemOf, problemPage, HttpRefusal, refusalOf, sendProblem } from './problem.ts';
import { serveCalls } from './calls.ts';
import { proxyMatrix } from '../traffic/proxy.ts';
import { servePush } from './push.ts';
import { serveRoutes, type RouteOptions } from './routes.ts';
import { SpeedWatch } from '../traffic/speed.ts';
import { isSpoken } from '../words/texts.ts';

export interface HttpOptions extends RouteOptions {
  /** How much one address may ask for and hold, as the configuration says it now. */
  traffic: () => Traffic;
}

/** Bytes of a JSON body. */
const BODY_LIMIT = 16 * 1024;
/** Milliseconds for a request's headers to arrive, on a new connection too. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Milliseconds for a whole request to arrive: an upload over a slow line takes its time, and must keep a speed (`speed`). */
const REQUEST_TIMEOUT_MS = 3_600_000;
/** How often Node looks for requests that are too late, in milliseconds. */
const LATE_CHECK_MS = 5_000;
/** Milliseconds of silence on a connection: longer than a sync holds its answer back. */
const SILENCE = 180_000;

/** What of an error goes into the log, with what it came of; the log itself takes out ids and tokens. */
function described(error: unknown): { type: string; stack: string } {
  const plain = error instanceof Error ? error : new Error(String(error));
  const cause = plain.cause === undefined ? '' : `\ncaused by: ${described(plain.cause).stack}`;
  return { type: plain.name, stack: `${plain.stack ?? plain.message}${cause}` };
}

const isProxied = (request: FastifyRequest): boolean => 'proxied' in ((request.routeOptions.config as object | undefined) ?? {});
const pathOf = (request: FastifyRequest): string => (request.raw.url ?? '/').split('?', 1)[0] ?? '/';
/** Whether somebody looks at this in a browser, rather than a program. */
const wantsPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && !pathOf(request).startsWith('/api/') && (request.headers.accept ?? '').includes('text/html');

/** Built files, and what is as light. */
const FILES: ReadonlySet<string> = new Set(['/*', '/widget/*', '/robots.txt', '/sitemap.xml', '/manifest.webmanifest', '/icon.svg', ...ICON_SIZES.map(iconPath), '/arms', '/offline']);

/** Where accounts and their devices are had. */
const ACCOUNTS: ReadonlySet<string> = new Set(['/api/visitors', '/api/guests', '/api/visitors/me/device']);

/** Which limit a request counts against; health and well-known addresses against none. */
function kindOf(request: FastifyRequest): RequestKind | null {
  const path = pathOf(request);
  if (ACCOUNTS.has(path) && request.method === 'POST') return 'visitors';
  if (path === '/api/visitors/resume') return 'codes';
  if (path.startsWith('/livekit/') || path.startsWith('/jitsi/')) return 'calls';
  if (path === GATEWAY_PATH) return 'pushes';
  if (path === '/api' || path.startsWith('/api/')) return 'api';
  if (request.is404 || path === '/' || path === '/desk' || path === GUEST_PAGE || path === CODE_PAGE || path === '/n' || path.startsWith('/n/') || path.startsWith('/o/')) return 'pages';
  return FILES.has(request.routeOptions.url ?? '') ? 'files' : null;
}

/** Whether a request becomes a websocket: anywhere else, asking for one changes nothing. */
const isCallLine = ({ method, url, headers }: IncomingMessage): boolean => method === 'GET' && headers.upgrade !== undefined && (url ?? '').startsWith('/livekit/rtc');

/** An answer as it stands, for a connection on which nothing else is to come. */
function endWith(socket: Socket, status: string, type: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = Object.entries({ 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`, () => socket.destroySoon());
}

/** Whoever has too many connections is told so as Matrix clients read it, before a request is read. */
function refuseOneMore(socket: Socket, whose: 'theirs' | 'all'): void {
  metrics.http_refusals_total.inc({ code: 'too_many' });
  const refusal = new MatrixRefusal(whose === 'all' ? 503 : 429, 'M_LIMIT_EXCEEDED', whose === 'all' ? 'Too many connections' : 'Too many connections from this address', 5);
  endWith(socket, whose === 'all' ? '503 Service Unavailable' : '429 Too Many Requests', 'application/json', JSON.stringify(refusal.body), refusal.headers);
}

/** A request that does not arrive: its sender is told, and the connection closed. */
function refuseSlow({ socket, url }: IncomingMessage, response: ServerResponse, language: string): void {
  metrics.http_refusals_total.inc({ code: 'slow' });
  if (response.headersSent) {
    socket.destroy();
    return;
  }
  const isMatrix = (url ?? '').startsWith('/_matrix/') || (url ?? '').startsWith('/livekit/');
  const slow = new MatrixRefusal(408, 'M_UNKNOWN', 'The request did not arrive in time', 5);
  if (isMatrix) endWith(socket, '408 Request Timeout', 'application/json', JSON.stringify(slow.body), slow.headers);
  else endWith(socket, '408 Request Timeout', 'application/problem+json', JSON.stringify(problemOf(new HttpRefusal('bad_request', { status: 408, text: 'slow' }), language)));
}

/** What Node itself refuses, before there is a request: broken or oversized HTTP, or too slow. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, language: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase] = error.code === 'HPE_HEADER_OVERFLOW' ? [431, 'Request Header Fields Too Large']
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? [408, 'Request Timeout'] : [400, 'Bad Request'];
  const slow = status === 408 ? { text: 'slow' as const } : {};
  endWith(socket, `${status} ${phrase}`, 'application/problem+json', JSON.stringify(problemOf(new HttpRefusal('bad_request', { status, ...slow }), language)));
}

/**
 * Builds the HTTP side; the caller lets it listen.
 * @throws Error when the pages are not built, or a route is not described
 */
export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { settings, reception, calls, now, languages, log, traffic } = options;
  const render = await loadPages(settings.pages);
  const ours = securityHeaders(settings.public_url);
  const languageFor = (request: FastifyRequest) => readerLanguage(request.headers['accept-language'], languages());

  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500) log.error({ route: request.routeOptions.url, err: described(refusal.cause ?? error) }, 'a request failed');
    metrics.http_refusals_total.inc({ code: refusal.code });
    const language = readerLanguage(request.headers['accept-language'], languages().filter(isSpoken));
    const problem = problemOf(refusal, language, refusal.details.text === 'visitors' ? reception.phone() : null);
    reply.code(refusal.status).headers({ ...ours, ...problemHeaders(refusal), 'content-language': language, vary: 'accept-language' });
    return wantsPage(request)
      ? reply.type('text/html; charset=utf-8').send(problemPage(problem, language))
      : sendProblem(reply, problem);
  };

  const app: FastifyInstance = fastify({
    loggerInstance: log,
    // Fastify's own lines hold URLs and addresses; onResponse writes ours.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: settings.trusted_proxies.length > 0 ? settings.trusted_proxies : false,
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: LATE_CHECK_MS,
      shouldUpgradeCallback: (request) => calls.sfu !== null && isCallLine(request),
    },
    connectionTimeout: SILENCE,
    // A sync that waits must not keep the process from ending.
    forceCloseConnections: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error, request, reply) => { refuse(error, request, reply); },
    clientErrorHandler: (error, socket) => { refuseConnection(error, socket, languages()[0] ?? 'it'); },
  });
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    if (refusalOf(error).code !== 'not_found' || !wantsPage(request)) return refuse(error, request, reply);
    try {
      const language = languageFor(request);
      const page = await render({ path: pathOf(request), language, chosen: null, comune: reception.comune(now()) });
      sendPage(reply, { ...page, status: 404 }, language, settings.public_url, reception.jitsi());
    } catch (fault) {
      return refuse(fault, request, reply);
    }
    return reply;
  });

  const most = mostConnectionsHere();
  const isRefused = boundConnections(app.server, { traffic, trusted: settings.trusted_proxies, most, refuse: refuseOneMore });
  const speed = new SpeedWatch((request, response) => { refuseSlow(request, response, languages()[0] ?? 'it'); });
  app.addHook('onClose', async () => { speed.stop(); });
  const checkLimit = await requestLimits(app, traffic, now);

  app.setNotFoundHandler(async (request) => {
    // Reached through a file that is not there: it costs a rendered page.
    await checkLimit(request, 'pages');
    throw new HttpRefusal('not_found');
  });

  app.addHook('onRequest', async (request, reply) => {
    // It has its answer already.
    if (isRefused(request.raw.socket)) return reply.hijack();
    if (!isCallLine(request.raw)) speed.watch(request.raw, reply.raw);
    if (isProxied(request)) return;
    reply.headers(ours);
    const kind = kindOf(request);
    if (kind !== null) await checkLimit(request, kind);
    // Before the body is read: an address that does not exist takes none.
    if (request.is404) throw new HttpRefusal('not_found');
  });
  app.addHook('onResponse', async (request, reply) => {
    countAnswer(request.routeOptions.url, request.method, reply.statusCode);
    log.info({ route: request.routeOptions.url ?? null, method: request.method, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
  });

  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });

  await app.register(async (scope) => {
    await scope.register(compress, {
      global: true,
      encodings: ['br', 'gzip'],
      brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    });
    serveRoutes(scope, options, render);
    const description: { text: string } = { text: '' };
    scope.get('/api/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(description.text));
    await serveFiles(scope, settings.pages, settings.public_url, (neighbour) => reception.originOf(neighbour));
    if (settings.widget !== null) await serveWidget(scope, settings.widget, settings.public_url, () => reception.jitsi());
    const routes = [...methods].flatMap(([url, known]) => [...known].filter((method) => method !== 'HEAD').map((method) => `${method} ${url}`));
    description.text = JSON.stringify(openapi(routes, settings.public_url));
    refuseOtherMethods(scope, methods);
  });
  await proxyMatrix(app, settings, traffic, most);
  await serveCalls(app, calls, traffic);
  await servePush(app, { settings, reception, now, languages });
  return app;
}

/** A known address asked in a way that it does not know: 405, with what it allows (RFC 9110, 15.5.6). */
function refuseOtherMethods(app: FastifyInstance, methods: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, known] of [...methods]) {
    if (url === '/*' || url === '/widget/*') continue;
    const allow = [...known];
    const others = app.supportedMethods.filter((method) => !known.has(method));
    app.route({
      method: others,
      url,
      // At once: a body is not worth reading.
      onRequest: async () => { throw new HttpRefusal('method', { allow }); },
      handler: async () => { throw new HttpRefusal('method', { allow }); },
    });
  }
}
