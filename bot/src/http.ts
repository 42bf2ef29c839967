/** The public HTTP side: one origin for the pages, the interface and the homeserver's client interface. */
import type { Socket } from 'node:net';
import compress from '@fastify/compress';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { constants } from 'node:zlib';
import { securityHeaders } from './headers.ts';
import { countAnswer, metrics } from './health.ts';
import { readerLanguage } from './languages.ts';
import { REQUEST_LIMITS, type RequestKind, type RequestLimits, requestLimits } from './limits.ts';
import { openapi } from './openapi.ts';
import { loadPages, sendPage, serveFiles, serveWidget } from './pages.ts';
import { problemHeaders, problemOf, problemPage, Refusal, refusalOf, sendProblem } from './problem.ts';
import { serveCalls } from './calls.ts';
import { proxyMatrix } from './proxy.ts';
import { serveRoutes, type RouteOptions } from './routes.ts';
import { isSpoken } from './texts.ts';

export interface HttpOptions extends RouteOptions {
  /** How often one address may ask. Tests and benchmarks raise this. */
  limits?: Partial<RequestLimits>;
}

/** Bytes of a JSON body. */
const BODY_LIMIT = 16 * 1024;
/** Milliseconds for a whole request to arrive: an upload over a slow line takes its time. */
const REQUEST_TIME = 600_000;
/** Milliseconds of silence on a connection: longer than a sync holds its answer back. */
const SILENCE = 180_000;

/** What of an error goes into the log, with what it came of; the log itself takes out ids and tokens. */
function described(error: unknown): { type: string; stack: string } {
  const plain = error instanceof Error ? error : new Error(String(error));
  const cause = plain.cause === undefined ? '' : `\ncaused by: ${described(plain.cause).stack}`;
  return { type: plain.name, stack: `${plain.stack ?? plain.message}${cause}` };
}

const isProxied = (request: FastifyRequest): boolean => request.routeOptions.config !== undefined && 'proxied' in request.routeOptions.config;
const pathOf = (request: FastifyRequest): string => (request.raw.url ?? '/').split('?', 1)[0] ?? '/';
/** Whether somebody looks at this in a browser, rather than a program. */
const wantsPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && !pathOf(request).startsWith('/api/') && (request.headers.accept ?? '').includes('text/html');

/** Which limit a request counts against; health, metrics and well-known addresses against none. */
function kindOf(request: FastifyRequest): RequestKind | null {
  const path = pathOf(request);
  if (path === '/api/visitors' && request.method === 'POST') return 'visitors';
  if (path.startsWith('/livekit/') || path.startsWith('/jitsi/')) return 'calls';
  if (path === '/api' || path.startsWith('/api/')) return 'api';
  if (request.is404 || path === '/' || path === '/desk' || path.startsWith('/o/')) return 'pages';
  return request.routeOptions.url === '/*' || request.routeOptions.url === '/widget/*' ? 'files' : null;
}

/** What Node itself refuses, before there is a request: broken or oversized HTTP, or too slow. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, language: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase] = error.code === 'HPE_HEADER_OVERFLOW' ? [431, 'Request Header Fields Too Large']
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? [408, 'Request Timeout'] : [400, 'Bad Request'];
  const body = JSON.stringify(problemOf(new Refusal('bad_request', { status: Number(status) }), language));
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

/**
 * Builds the HTTP side; the caller lets it listen.
 * @throws Error when the pages are not built, or a route is not described
 */
export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { settings, reception, calls, now, languages, log } = options;
  const render = await loadPages(settings.pages);
  const ours = securityHeaders(settings.public_url);
  const languageFor = (request: FastifyRequest) => readerLanguage(request.headers['accept-language'], languages());

  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500) log.error({ route: request.routeOptions.url, err: described(refusal.cause ?? error) }, 'a request failed');
    metrics.http_refusals_total.inc({ code: refusal.code });
    const language = readerLanguage(request.headers['accept-language'], languages().filter(isSpoken));
    const problem = problemOf(refusal, language);
    reply.code(refusal.status).headers({ ...ours, ...problemHeaders(refusal), 'content-language': language, 'vary': 'accept-language' });
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
    requestTimeout: REQUEST_TIME,
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
      return sendPage(reply, { ...page, status: 404 }, language, reception.jitsi());
    } catch (fault) {
      return refuse(fault, request, reply);
    }
  });

  const checkLimit = await requestLimits(app, { ...REQUEST_LIMITS, ...options.limits });

  app.setNotFoundHandler(async (request) => {
    // Reached through a file that is not there: it costs a rendered page.
    await checkLimit(request, 'pages');
    throw new Refusal('not_found');
  });

  app.addHook('onRequest', async (request, reply) => {
    if (isProxied(request)) return;
    reply.headers(ours);
    const kind = kindOf(request);
    if (kind !== null) await checkLimit(request, kind);
    // Before the body is read: an address that does not exist takes none.
    if (request.is404) throw new Refusal('not_found');
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
    await serveFiles(scope, settings.pages);
    if (settings.widget !== null) await serveWidget(scope, settings.widget, reception.jitsi);
    const routes = [...methods].flatMap(([url, known]) => [...known].filter((method) => method !== 'HEAD').map((method) => `${method} ${url}`));
    description.text = JSON.stringify(openapi(routes, settings.public_url));
    refuseOtherMethods(scope, methods);
  });
  await proxyMatrix(app, settings);
  await serveCalls(app, calls);
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
      onRequest: async () => { throw new Refusal('method', { allow }); },
      handler: async () => { throw new Refusal('method', { allow }); },
    });
  }
}
