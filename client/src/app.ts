/** The application, the same on the server and in the browser. */
import { createSSRApp, ref, shallowRef, type App, type Component } from 'vue';
import type { ComuneBody } from '@portineria/config/api';
import type { Around, Place } from './reception/place.ts';
import { SILENCE } from './chat/talk.ts';
import Page from './page/Page.vue';
import { RECEPTION, type Reception } from './reception/context.ts';
import { viewOf } from './way/path.ts';
import { begin } from './way/state.ts';
import type { Language } from './words/languages.ts';
import { speak, type Messages } from './words/texts.ts';

/** What a page is made of. */
export interface Request {
  path: string;
  language: Language;
  /** The language in the address, where one is. */
  chosen: string | null;
  comune: ComuneBody;
  /** The neighbours, on the pages that lead to them. */
  around?: Around | undefined;
  /** The neighbour that the comune is. */
  place?: Place | undefined;
}

/** Makes the application. In the browser, `main.ts` then puts a driver behind `act`. @param root what is shown */
export function makeApp(request: Request, messages: Messages, root: Component = Page): { app: App; reception: Reception } {
  const speech = speak(request.language, messages);
  const reception: Reception = {
    state: shallowRef(begin(viewOf(request.path, request.comune, request.place?.id))),
    comune: shallowRef(request.comune),
    around: request.around ?? null,
    place: shallowRef(request.place ?? null),
    abroad: null,
    talk: shallowRef(SILENCE),
    inside: shallowRef(null),
    stale: ref(false),
    moved: ref(false),
    stuck: ref(false),
    said: ref(''),
    language: request.language,
    chosen: request.chosen,
    act: () => undefined,
    near: () => undefined,
    session: () => null,
    addTexts: speech.add,
  };
  const app = createSSRApp(root);
  app.use(speech);
  app.provide(RECEPTION, reception);
  return { app, reception };
}
