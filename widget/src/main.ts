/** The page that carries a visit's Jitsi as a Matrix widget, in whichever client the staff use. */
import { MatrixCapabilities, WidgetApi, type IWidgetApiRequest } from 'matrix-widget-api';
import { readAddress, type Host } from './address.ts';
import { carrier, type View } from './carry.ts';
import { loadJitsi } from './jitsi.ts';
import { askPass } from './pass.ts';
import { textsFor, type Key } from './texts.ts';

/** What Element tells a conference, and is told by it (element-web, ElementWidgetActions). */
const HANG_UP = 'im.vector.hangup';
const READY = 'im.vector.ready';

/** The sentence for what is to be seen, and the words on its button; null for no button. */
function wordsOf(view: View): { sentence: Key; button: Key | null } {
  switch (view.is) {
    case 'ready':
      return { sentence: view.left ? 'left' : 'invite', button: 'enter' };
    case 'asking':
      return { sentence: 'asking', button: null };
    case 'opening':
      return { sentence: 'opening', button: null };
    case 'on':
      return { sentence: 'on', button: null };
    case 'trouble':
      return { sentence: view.why, button: 'again' };
  }
}

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`Expected an element #${id} in the page`);
  return found;
}

const heading = element('heading', HTMLHeadingElement);
const sentence = element('sentence', HTMLParagraphElement);
const button = element('button', HTMLButtonElement);
const slot = element('slot', HTMLDivElement);
const { host, language: wished } = readAddress(location);
const { language, texts } = textsFor(wished, navigator.languages);
document.documentElement.lang = language;
document.title = heading.textContent = texts.title;

function show(view: View): void {
  const words = wordsOf(view);
  sentence.textContent = texts[words.sentence];
  button.hidden = words.button === null;
  if (words.button !== null) button.textContent = texts[words.button];
}

/** Speaks with the client around the page. */
function carry({ widgetId, origin, room, name }: Host): void {
  const api = new WidgetApi(widgetId, origin);
  api.requestCapability(MatrixCapabilities.AlwaysOnScreen);
  // A client that does not know of something says so, and that changes nothing.
  const unheard = (): void => undefined;
  const { enter, hangUp } = carrier({
    openid: () => api.requestOpenIDConnectToken(),
    ask: (openid) => askPass(room, openid),
    load: loadJitsi,
    stay: (on) => void api.setAlwaysOnScreen(on).catch(unheard),
    left: () => void api.transport.send(HANG_UP as never, {}).catch(unheard),
    show,
    slot,
    name,
    language,
  });
  const hear = (action: string, work: () => void): void => {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      api.transport.reply(event.detail, {});
      work();
    });
  };
  hear(HANG_UP, hangUp);
  hear(READY, unheard);
  api.start();
  button.addEventListener('click', () => void enter());
  show({ is: 'ready', left: false });
}

if (host === null) sentence.textContent = texts.alone;
else carry(host);
