/** The page in the browser: takes over what the server sent, keeps its doors fresh, and goes on with a visit that stands. */
import './look.ts';
import type { ComuneBody } from '@portineria/config/api';
import { makeApp } from './app.ts';
import { freshen } from './doors.ts';
import { pageLanguage } from './languages.ts';
import { DESK, pathOf, withLanguage } from './path.ts';
import type { Driver } from './reception/drive.ts';
import { isLive, type State } from './reception/state.ts';
import { refresher } from './refresh.ts';
import { isKept, shelfOf } from './shelf.ts';
import type { Messages } from './texts.ts';

const TEXTS = import.meta.glob<Messages>('../texts/*.json', { import: 'default' });

async function start(): Promise<void> {
  // The server wrote this from what it had checked itself.
  const comune = JSON.parse(document.getElementById('comune')?.textContent ?? '') as ComuneBody;
  const chosen = new URLSearchParams(location.search).get('lang');
  const language = pageLanguage(document.documentElement.lang, comune.languages);
  const texts = TEXTS[`../texts/${language}.json`];
  if (texts === undefined) throw new Error(`Expected texts in ${language}`);
  if (location.pathname === DESK) return (await import('./desk/desk.ts')).mountDesk(comune, language, await texts());
  const { app, reception } = makeApp({ path: location.pathname, language, chosen, comune }, await texts());

  const doors = refresher(
    (body) => {
      const fresh = freshen(reception.comune.value, body);
      if (fresh !== null) reception.comune.value = fresh;
      return fresh !== null;
    },
    (is) => (reception.stale.value = is),
  );
  const show = (state: State): void => {
    reception.moved.value ||= state.at !== reception.state.value.at;
    reception.state.value = state;
    doors.watch(!isLive(state));
    // The address follows what is shown: a reload then comes back to it, and it can be passed on.
    const path = 'office' in state ? pathOf(state.office) : state.at === 'list' ? pathOf(null) : location.pathname;
    if (path !== location.pathname) history.replaceState(null, '', withLanguage(path, chosen));
  };

  let driver: Promise<Driver> | undefined;
  const behind = (): Promise<Driver> => {
    driver ??= import('./inside.ts').then(({ takeOver }) => takeOver(reception, show));
    driver.catch(() => (driver = undefined));
    return driver;
  };
  reception.act = (act) => {
    behind().then(
      ({ send }) => send(act),
      () => (reception.stuck.value = true),
    );
  };

  app.mount('#app');
  doors.watch(true);
  if (isKept(shelfOf('localStorage'))) return (await behind()).resume();
  // A tab that was killed at the wrong moment may have left the keys of a visit that is over.
  const databases = await globalThis.indexedDB?.databases?.().catch(() => []);
  if (databases?.some(({ name }) => name?.startsWith('portineria-'))) await (await import('./matrix/stores.ts')).deleteStores(null);
}

void start();
