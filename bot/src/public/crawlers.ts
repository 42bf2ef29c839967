/** What search engines ask for: which addresses are for people, and where they are. */
import type { ComuneBody } from '@portineria/config/api';
import { escapeHtml } from '@portineria/config/harmless';
import type { FastifyInstance } from 'fastify';

/** What is no page: the homeserver, calls, and what other programs show. The staff's page and a guest's say of themselves that they are not to be found. */
const NO_PAGES = ['/_matrix/', '/livekit/', '/jitsi/', '/element-call/', '/widget/'];

/** RFC 9309. @param publicUrl where people reach the reception, without a path */
function robotsText(publicUrl: string): string {
  return ['User-agent: *', ...NO_PAGES.map((path) => `Disallow: ${path}`), '', `Sitemap: ${new URL('/sitemap.xml', publicUrl).href}`, ''].join('\n');
}

/** The list of offices and each of them (sitemaps.org, 0.9). Neighbours have their own. */
export function sitemap({ offices }: ComuneBody, publicUrl: string): string {
  const places = ['/', ...offices.map(({ id }) => `/o/${id}`)].map((path) => `<url><loc>${escapeHtml(new URL(path, publicUrl).href)}</loc></url>\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${places.join('')}</urlset>\n`;
}

/** Puts both on the app. */
export function serveCrawlers(app: FastifyInstance, comune: () => ComuneBody, publicUrl: string): void {
  const kept = { 'cache-control': 'public, max-age=3600' };
  app.get('/robots.txt', (_request, reply) => reply.headers(kept).type('text/plain; charset=utf-8').send(robotsText(publicUrl)));
  app.get('/sitemap.xml', (_request, reply) => reply.headers(kept).type('application/xml; charset=utf-8').send(sitemap(comune(), publicUrl)));
}
