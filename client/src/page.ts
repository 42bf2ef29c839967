/** The renderer that the server calls: one whole HTML document for each request. */
import { createHash } from 'node:crypto';
import { renderToString } from 'vue/server-renderer';
import type { ComuneBody, DeskBody, NeighbourBody } from '@portineria/config/api';
import { escapeHtml } from '@portineria/config/harmless';
import { telOf } from '@portineria/config/phone';
import { text } from '@portineria/config/text';
import { brandColour } from '@portineria/config/colour';
import assets from 'virtual:assets';
import { comuneAt, placeOf, type Around } from './reception/place.ts';
import { ABROAD } from './reception/abroad.ts';
import { makeApp } from './app.ts';
import { addressOf, descriptionOf, phonesOf, whereabouts } from './page/head.ts';
import { titleOf } from './page/title.ts';
import { DESK, GUEST, viewOf } from './way/path.ts';
import { pageLanguage } from './words/languages.ts';
import type { Messages } from './words/texts.ts';

const TEXTS = import.meta.glob<Messages>('../texts/*.json', { import: 'default', eager: true });

/** What the server asks for. */
interface RenderRequest {
  path: string;
  /** The language that was negotiated, a BCP 47 tag. */
  language: string;
  /** The language in the address, where one is: links then keep it. */
  chosen?: string | null;
  comune: ComuneBody;
  /** What the staff's page is told beside. */
  desk?: DeskBody;
  /** The neighbours, on the pages that lead to them. */
  around?: Around;
  /** The neighbour whose pages these are. */
  neighbour?: NeighbourBody;
  /** What the page is about, as JSON-LD. */
  about?: object;
  /** What somebody wants to speak about, out of the address. */
  topic?: string;
  /** Where people reach the reception, without a path. */
  publicUrl?: string;
}

/** A document, and the sources that its content security policy needs beside 'self'. */
interface Rendered {
  status: number;
  html: string;
  csp: { script: string[]; style: string[] };
}

/** Renders the page of a path: `/` the list, `/o/ID` an office, `/n` the neighbours, and below `/n/ID` a neighbour's list and offices, `/desk` the staff's, `/ospite` for who comes by a link, anything else a kind 404. @public The server has it from the build. */
export async function render(request: RenderRequest): Promise<Rendered> {
  const { path, around, neighbour, chosen = null } = request;
  const comune = neighbour === undefined ? request.comune : comuneAt(neighbour, request.comune);
  const place = neighbour === undefined ? undefined : placeOf(neighbour, request.comune);
  const language = pageLanguage(request.language, comune.languages);
  const { app, reception } = makeApp({ path, language, chosen, comune, around, place }, TEXTS[`../texts/${language}.json`] ?? {});
  reception.abroad = ABROAD;
  reception.inside.value = { neighbours: ABROAD.neighbours };
  const { value: state } = reception.state;
  // The form takes it over as what was written before its code was there.
  if (request.topic !== undefined && state.at === 'office' && comune.offices.some(({ id, door }) => id === state.office && door.state === 'open')) reception.state.value = { ...state, draft: { name: '', topic: request.topic } };
  const desk = path === DESK;
  // The desk has nothing to show before somebody has logged in, and a link says what it leads to behind its `#`.
  const isBare = desk || path === GUEST;
  const body = isBare ? '' : await renderToString(app);
  // After the look, which has a colour of its own in the same place.
  const style = `:root{--p-brand:${brandColour(comune.colour)}}`;
  const t = (key: string, values: Record<string, string> = {}): string => app.config.globalProperties.$t(key, values);
  const name = text(comune.name, [language, ...comune.languages]);
  const title = isBare ? name : titleOf(state, comune, language, t);
  const phones = phonesOf(state, comune, language).map(({ whose, phone }) => `<li>${escapeHtml(whose)}: <a href="${telOf(phone)}">${escapeHtml(phone)}</a></li>`);
  // Below all that the page's code takes over: it is the same in every state.
  const address = isBare ? '' : whereabouts(state, comune, language);
  const below = address === '' ? '' : `<aside class="it-footer it-footer-main"><p class="container foot">${escapeHtml(address)}</p></aside>\n`;
  const texts = assets.texts[language];
  const data = [island('comune', comune), ...(around === undefined ? [] : [island('around', around)]), ...(place === undefined ? [] : [island('place', place)]), ...(desk && request.desk !== undefined ? [island('desk', request.desk)] : [])].join('\n');
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="${brandColour(comune.colour)}">
<meta name="referrer" content="no-referrer">
<meta name="description" content="${escapeHtml(descriptionOf(state, comune, language, t('list.lead')))}">
${searchedFor(request, isBare)}<title>${escapeHtml(title)}</title>
${assets.styles.map((path) => `<link rel="stylesheet" href="${path}">`).join('\n')}
<style>${style}</style>
${assets.fonts.map((path) => `<link rel="preload" href="${path}" as="font" type="font/woff2" crossorigin>`).join('\n')}
${[...assets.modules, ...(texts === undefined ? [] : [texts])].map((path) => `<link rel="modulepreload" href="${path}">`).join('\n')}
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
${isBare ? '' : `<link rel="apple-touch-icon" href="/icon-180.png">\n<link rel="manifest" href="/manifest.webmanifest?lang=${language}">\n`}<script type="module" src="${assets.entry}"></script>
</head>
<body>
<noscript><div class="container noscript"><p>${escapeHtml(t('frame.noscript'))}</p>${isBare || phones.length === 0 ? '' : `<ul>${phones.join('')}</ul>`}</div></noscript>
<div id="app">${body}</div>
${below}${data}
</body>
</html>
`;
  return {
    status: !isBare && viewOf(path, comune, place?.id).at === 'missing' ? 404 : 200,
    html,
    csp: { script: [], style: [`'sha256-${createHash('sha256').update(style).digest('base64')}'`] },
  };
}

/** What search engines read of a page. @param isBare they are not to show it */
function searchedFor({ path, chosen = null, publicUrl, neighbour, about }: RenderRequest, isBare: boolean): string {
  if (isBare) return '<meta name="robots" content="noindex">\n';
  const address = publicUrl === undefined ? '' : `<link rel="canonical" href="${escapeHtml(addressOf(path, chosen, publicUrl, neighbour?.url ?? null))}">\n`;
  return `${address}${about === undefined ? '' : `<script type="application/ld+json">${safely(about)}</script>\n`}`;
}

/** Data for the page's own script, in its document. */
function island(id: string, data: object): string {
  return `<script type="application/json" id="${id}">${safely(data)}</script>`;
}

/** JSON that ends no element. */
function safely(data: object): string {
  return JSON.stringify(data).replace(/</gu, '\\u003c').replace(/\u2028/gu, '\\u2028').replace(/\u2029/gu, '\\u2029');
}
