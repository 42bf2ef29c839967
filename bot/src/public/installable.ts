/**
 * The reception as an app on somebody's device: what it is called there and looks like (Web App Manifest), and what is shown while there is
 * no network. The page that keeps it there is client/src/shell.
 */
import type { ComuneBody } from '@portineria/config/api';
import { brandColour } from '@portineria/config/colour';
import { escapeHtml as html } from '@portineria/config/harmless';
import { telOf } from '@portineria/config/phone';
import { text } from '@portineria/config/text';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { say } from '../words/texts.ts';
import { ANDROID_SIZES, ICON_SIZES, iconPath, iconPng, iconSvg } from './icons.ts';
import { sendPage } from './pages.ts';

const hashed = (inline: string): string => `sha256-${createHash('sha256').update(inline).digest('base64')}`;

/** @param lang the language in the address, where one is: the app then begins in it */
function manifest({ name, languages, colour }: ComuneBody, language: string, chosen: string | null): object {
  return {
    id: '/',
    name: text(name, [language, ...languages]),
    short_name: say(language, 'app.short'),
    lang: language,
    start_url: chosen === null ? '/' : `/?lang=${chosen}`,
    scope: '/',
    display: 'standalone',
    theme_color: brandColour(colour),
    background_color: '#ffffff',
    icons: ['any', 'maskable'].flatMap((purpose) => [
      ...ANDROID_SIZES.map((size) => ({ src: iconPath(size), sizes: `${size}x${size}`, type: 'image/png', purpose })),
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose },
    ]),
  };
}

/**
 * Whoever is here goes on as soon as the reception is in reach again: nothing runs that could be lost. A browser says that there is a network
 * before anything is reached by it, and of a reception that was away itself it says nothing: it is looked for every five seconds.
 */
const RETURN = "let next;const wait=()=>{clearTimeout(next);next=setTimeout(look,5000)},look=()=>fetch('/offline',{method:'HEAD',cache:'no-store'}).then(({ok})=>ok?location.reload():wait(),wait);addEventListener('online',look);wait()";

/** What the app shows instead of a page that it cannot reach: that, and where to telephone meanwhile. Whole in itself. */
function offlinePage(comune: ComuneBody, language: string): { status: number; html: string; csp: { script: string[]; style: string[] } } {
  const { name, phone, offices, colour, languages } = comune;
  const own = offices.flatMap((office) => (office.phone === null || office.phone === phone ? [] : [{ whose: text(office.name, [language, ...languages]), phone: office.phone }]));
  const called = text(name, [language, ...languages]);
  const phones = [...(phone === null ? [] : [{ whose: called, phone }]), ...own];
  const style = `body{margin:0;font:1.125rem/1.5 'Titillium Web',system-ui,sans-serif;color-scheme:light dark;overflow-wrap:anywhere}header{background:${brandColour(colour)};color:#fff;font-weight:600}header p,main{max-width:52rem;margin:0 auto;padding:1rem 1.25rem}h1{font-size:1.75rem}h2{font-size:1.25rem}a{color:inherit}li{padding:.2rem 0}li a{display:inline-block;padding:.55rem 0}.again{display:inline-block;padding:.75rem 1.5rem;border-radius:4px;background:${brandColour(colour)};color:#fff;font-weight:600;text-decoration:none}`;
  const numbers = phones.map((one) => `<li>${html(one.whose)}: <a href="${telOf(one.phone)}">${html(one.phone)}</a></li>`);
  const title = say(language, 'app.offline_title');
  return {
    status: 200,
    html: `<!doctype html>
<html lang="${html(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>${html(title)}</title><style>${style}</style></head>
<body><header><p>${html(called)}</p></header><main><h1>${html(title)}</h1><p>${html(say(language, 'app.offline_what'))}</p><p><a class="again" href="">${html(say(language, 'app.again'))}</a></p>${numbers.length === 0 ? '' : `<h2>${html(say(language, 'app.phones'))}</h2><ul>${numbers.join('')}</ul>`}</main>
<script>${RETURN}</script></body></html>
`,
    csp: { script: [hashed(RETURN)], style: [hashed(style)] },
  };
}

interface InstallableOptions {
  comune: () => ComuneBody;
  languageOf: (request: FastifyRequest, comune: ComuneBody) => { chosen: string | null; language: string };
  publicUrl: string;
}

/** Puts them on the app. */
export function serveInstallable(app: FastifyInstance, { comune, languageOf, publicUrl }: InstallableOptions): void {
  app.get('/manifest.webmanifest', (request, reply) => {
    const body = comune();
    const { language, chosen } = languageOf(request, body);
    return reply.headers({ 'cache-control': 'public, max-age=3600', vary: 'accept-language' }).type('application/manifest+json; charset=utf-8').send(JSON.stringify(manifest(body, language, chosen)));
  });
  app.get('/icon.svg', (_request, reply) => reply.header('cache-control', 'public, max-age=3600').type('image/svg+xml').send(iconSvg(comune().colour)));
  for (const size of ICON_SIZES) app.get(iconPath(size), (_request, reply) => reply.header('cache-control', 'public, max-age=3600').type('image/png').send(iconPng(comune().colour, size)));
  app.get('/offline', (request, reply) => {
    const body = comune();
    const { language } = languageOf(request, body);
    return sendPage(reply, offlinePage(body, language), language, publicUrl, null);
  });
}
