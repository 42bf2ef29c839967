/** The pages people see: HTML rendered by the built client, and its files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import * as z from 'zod';
import type { ComuneBody, DeskBody, NeighbourBody } from '@portineria/config/api';
import type { Around } from './neighbours.ts';
import { callPolicy, contentPolicy, deskHeaders, powers, scriptHosts, widgetHeaders, type DeskPowers } from './headers.ts';

/** A page as the client renders it, and the hashes of what is inline in it. */
const Page = z.object({
  status: z.int().min(200).max(599),
  html: z.string(),
  csp: z.object({ script: z.array(z.string()), style: z.array(z.string()) }),
});
type Page = z.infer<typeof Page>;

interface PageRequest {
  path: string;
  /** To render in, a BCP 47 tag. */
  language: string;
  /** The language in the address, where one is. */
  chosen: string | null;
  comune: ComuneBody;
  /** What the staff's page is told beside. */
  desk?: DeskBody;
  /** The neighbours, on the pages that lead to them. */
  around?: Around;
  /** The neighbour whose pages these are. */
  neighbour?: NeighbourBody;
  /** What the page is about, as JSON-LD. */
  about?: object | undefined;
  /** What somebody wants to speak about, out of the address. */
  topic?: string | undefined;
  /** Where people reach the reception, without a path: the page says which address it is to be found by. */
  publicUrl?: string;
}
export type Render = (request: PageRequest) => Page | Promise<Page>;

const isRender = (value: unknown): value is (request: PageRequest) => unknown => typeof value === 'function';

/**
 * Loads the built client's `render`.
 * @param folder `client/dist`
 * @throws Error when the client is not built
 */
export async function loadPages(folder: string): Promise<Render> {
  const file = join(folder, 'server', 'page.js');
  if (!existsSync(file)) throw new Error(`The pages are not built: ${file} is missing. Build the client first.`);
  const built: unknown = await import(pathToFileURL(file).href);
  const render = typeof built === 'object' && built !== null && 'render' in built ? built.render : undefined;
  if (!isRender(render)) throw new Error(`${file} does not export a function named render.`);
  return async (request) => Page.parse(await render(request));
}

/** How people reach us: by the public address, and by what else leads here. */
const hostsOf = (reply: FastifyReply, publicUrl: string): readonly string[] => scriptHosts(publicUrl, reply.request.host);

/**
 * Sends a rendered page, with a policy that lets its own inline parts through.
 * @param jitsi the domain whose conferences it may show; null for none
 * @param desk what it may do as the staff's page; null for all others
 * @param neighbour the origin of the neighbour's reception whose page it is; null for our own
 */
export function sendPage(reply: FastifyReply, page: Page, language: string, publicUrl: string, jitsi: string | null, desk: DeskPowers | null = null, neighbour: string | null = null): FastifyReply {
  return reply
    .code(page.status)
    .headers({
      'content-security-policy': contentPolicy(hostsOf(reply, publicUrl), page.csp, jitsi, desk, neighbour),
      'permissions-policy': powers(jitsi),
      'content-language': language,
      // Doors and queues stand in the page: it is asked for again each time.
      'cache-control': 'no-cache',
      vary: 'accept-language',
    })
    .type('text/html; charset=utf-8')
    .send(page.html);
}

/** Which neighbour a call is at, in the address of Element Call's document. */
const CallQuery = z.object({ n: z.string().max(100).optional().catch(undefined) }).catch({});

/** Serves the built files. Those in a folder named assets carry a hash of their content in the name and never change. @param originOf a neighbour's reception; null where it is none of ours */
export async function serveFiles(app: FastifyInstance, folder: string, publicUrl: string, originOf: (neighbour: string) => string | null): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(folder, 'public'),
    prefix: '/',
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    // FILE.br and FILE.gz beside a file are sent in its place.
    preCompressed: true,
    setHeaders: (reply, path) => {
      const call = join(folder, 'public', 'element-call');
      // Other sites run it.
      if (path.startsWith(join(folder, 'public', 'embed.js'))) {
        reply.headers({ 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
        return;
      }
      const immutable = path.startsWith(join(folder, 'public', 'assets')) || path.startsWith(join(call, 'assets'));
      if (path.startsWith(call)) reply.header('content-security-policy', callPolicy(hostsOf(reply, publicUrl), originOf(CallQuery.parse(reply.request.query).n ?? '')));
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

/**
 * Serves the pages that Matrix clients show as widgets, under /widget/: the one that carries Jitsi, and an office's desk.
 * @param folder `widget/dist`
 * @param jitsi the domain whose conferences may be shown, as it is configured now; null for none
 */
export async function serveWidget(app: FastifyInstance, folder: string, publicUrl: string, jitsi: () => string | null): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/widget/',
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    // Done by the pages' own files.
    decorateReply: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      const hosts = hostsOf(reply, publicUrl);
      const headers = path === join(folder, 'desk.html') ? deskHeaders(hosts) : widgetHeaders(hosts, jitsi());
      for (const [name, value] of Object.entries(headers)) reply.header(name, value);
      reply.header('cache-control', path.startsWith(join(folder, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
