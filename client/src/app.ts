/** The application, the same on the server and in the browser. */
import { createSSRApp, ref, shallowRef, type App } from 'vue';
import type { ComuneBody } from '@portineria/config/api';
import Page from './Page.vue';
import type { Language } from './languages.ts';
import { viewOf } from './path.ts';
import { RECEPTION, type Reception } from './reception/context.ts';
import { begin } from './reception/state.ts';
import { SILENCE } from './reception/talk.ts';
import { speak, type Messages } from './texts.ts';

/** What a page is made of. */
export interface Request {
  path: string;
  language: Language;
  /** The language in the address, where one is. */
  chosen: string | null;
  comune: ComuneBody;
}

/** Makes the application. In the browser, `main.ts` then puts a driver behind `act`. */
export function makeApp(request: Request, messages: Messages): { app: App; reception: Reception } {
  const speech = speak(request.language, messages);
  const reception: Reception = {
    state: shallowRef(begin(viewOf(request.path, request.comune))),
    comune: shallowRef(request.comune),
    talk: shallowRef(SILENCE),
    inside: shallowRef(null),
    stale: ref(false),
    moved: ref(false),
    stuck: ref(false),
    said: ref(''),
    language: request.language,
    chosen: request.chosen,
    act: () => {},
    session: () => null,
    addTexts: speech.add,
  };
  const app = createSSRApp(Page);
  app.use(speech);
  app.provide(RECEPTION, reception);
  return { app, reception };
}

