/** The renderer that the server calls: one whole HTML document for each request. */
import { createHash } from 'node:crypto';
import { renderToString } from 'vue/server-renderer';
import type { ComuneBody, DeskBody } from '@portineria/config/api';
import { text } from '@portineria/config/text';
import assets from 'virtual:assets';
import en from '../texts/en.json';
import it from '../texts/it.json';
import { makeApp } from './app.ts';
import { brandColour } from './colour.ts';
import { pageLanguage, type Language } from './languages.ts';
import { DESK, viewOf } from './path.ts';
import type { Messages } from './texts.ts';
import { titleOf } from './title.ts';

const TEXTS: Record<Language, Messages> = { it, en };

/** What the server asks for. */
export interface RenderRequest {
  path: string;
  /** The language that was negotiated, a BCP 47 tag. */
  language: string;
  /** The language in the address, where one is: links then keep it. */
  chosen?: string | null;
  comune: ComuneBody;
  /** What the staff's page is told beside. */
  desk?: DeskBody;
}

/** A document, and the sources that its content security policy needs beside 'self'. */
export interface Rendered {
  status: number;
  html: string;
  csp: { script: string[]; style: string[] };
}

/** Renders the page of a path: `/` the list, `/o/ID` an office, `/desk` the staff's, anything else a kind 404. */
export async function render(request: RenderRequest): Promise<Rendered> {
  const { path, comune } = request;
  const language = pageLanguage(request.language, comune.languages);
  const { app, reception } = makeApp({ path, language, chosen: request.chosen ?? null, comune }, TEXTS[language]);
  // The desk has nothing to show before somebody has logged in.
  const desk = path === DESK;
  const body = desk ? '' : await renderToString(app);
  const style = `:root{--p-brand:${brandColour(comune.colour)}}`;
  const t = app.config.globalProperties['$t'] as (key: string, values?: Record<string, string>) => string;
  const name = text(comune.name, [language, ...comune.languages]);
  const title = desk ? name : titleOf(reception.state.value, comune, language, t);
  const texts = assets.texts[language];
  const data = [island('comune', comune), ...(desk && request.desk !== undefined ? [island('desk', request.desk)] : [])].join('\n');
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="${brandColour(comune.colour)}">
<meta name="referrer" content="no-referrer">
<meta name="description" content="${escape(`${name}. ${t('list.lead')}`)}">
<title>${escape(title)}</title>
<style>${style}</style>
${assets.styles.map((path) => `<link rel="stylesheet" href="${path}">`).join('\n')}
${assets.fonts.map((path) => `<link rel="preload" href="${path}" as="font" type="font/woff2" crossorigin>`).join('\n')}
${[...assets.modules, ...(texts === undefined ? [] : [texts])].map((path) => `<link rel="modulepreload" href="${path}">`).join('\n')}
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<script type="module" src="${assets.entry}"></script>
</head>
<body>
<noscript><p class="container noscript">${escape(t('frame.noscript'))}</p></noscript>
<div id="app">${body}</div>
${data}
</body>
</html>
`;
  return {
    status: !desk && viewOf(path, comune).at === 'missing' ? 404 : 200,
    html,
    csp: { script: [], style: [`'sha256-${createHash('sha256').update(style).digest('base64')}'`] },
  };
}

/** Data for the page's own script, in its document. */
function island(id: string, data: object): string {
  const json = JSON.stringify(data).replace(/</gu, '\\u003c').replace(/\u2028/gu, '\\u2028').replace(/\u2029/gu, '\\u2029');
  return `<script type="application/json" id="${id}">${json}</script>`;
}

function escape(words: string): string {
  return words.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;').replace(/"/gu, '&quot;');
}
