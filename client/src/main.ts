/** The page in the browser: takes over what the server sent, keeps its doors fresh, and goes on with a visit that stands. */
import './page/look.ts';
import type { ComuneBody } from '@portineria/config/api';
import { makeApp } from './app.ts';
import { freshenPlace, type Around, type Place } from './reception/place.ts';
import type { Driver } from './inside/drive.ts';
import { isKept, visitShelf } from './kept/shelf.ts';
import { freshen } from './porter/doors.ts';
import { refresher } from './porter/refresh.ts';
import { DESK, GUEST, pathOf, withLanguage } from './way/path.ts';
import { isLive, type State } from './way/state.ts';
import { pageLanguage } from './words/languages.ts';
import type { Messages } from './words/texts.ts';

const TEXTS = import.meta.glob<Messages>('../texts/*.json', { import: 'default' });

/** What the server wrote beside the comune; undefined where it did not. */
function island(id: string): unknown {
  const text = document.getElementById(id)?.textContent;
  return text == null ? undefined : JSON.parse(text);
}

async function start(): Promise<void> {
  // The server wrote this from what it had checked itself.
  const comune = JSON.parse(document.getElementById('comune')?.textContent ?? '') as ComuneBody;
  const chosen = new URLSearchParams(location.search).get('lang');
  const language = pageLanguage(document.documentElement.lang, comune.languages);
  const texts = TEXTS[`../texts/${language}.json`];
  if (texts === undefined) throw new Error(`Expected texts in ${language}`);
  if (location.pathname === DESK) return (await import('./desk/desk.ts')).mountDesk(comune, language, await texts());
  const guest = location.pathname === GUEST ? await import('./guest/guest.ts') : null;
  const { app, reception } = makeApp({ path: location.pathname, language, chosen, comune, around: island('around') as Around | undefined, place: island('place') as Place | undefined }, await texts(), guest?.Guest);
  if (guest) return guest.mountGuest(app, reception);

  const { value: place } = reception.place;
  if (place !== null || (reception.around?.count ?? 0) > 0) {
    const { ABROAD } = await import('./reception/abroad.ts');
    reception.abroad = ABROAD;
    if (reception.state.value.at === 'neighbours') reception.inside.value = { neighbours: ABROAD.neighbours };
  }
  const doors = refresher(
    place === null ? '/api/comune?neighbours=false' : `/api/neighbours/${place.id}`,
    (body) => {
      const fresh = freshen(reception.comune.value, body);
      if (fresh !== null) reception.comune.value = fresh;
      if (place !== null) reception.place.value = freshenPlace(place, body);
      return fresh !== null;
    },
    (is) => (reception.stale.value = is),
  );
  const show = (state: State): void => {
    reception.moved.value ||= state.at !== reception.state.value.at;
    reception.state.value = state;
    doors.watch(!isLive(state));
    // The address follows what is shown: a reload then comes back to it, and it can be passed on.
    const path = 'office' in state ? pathOf(state.office, place?.id) : state.at === 'list' ? pathOf(null, place?.id) : location.pathname;
    if (path !== location.pathname) history.replaceState(null, '', withLanguage(path, chosen));
  };

  let driver: Promise<Driver> | undefined;
  const behind = (): Promise<Driver> => {
    driver ??= import('./inside/takeover.ts').then(({ takeOver }) => takeOver(reception, show));
    driver.catch(() => (driver = undefined));
    return driver;
  };
  reception.act = (act) => {
    behind().then(
      ({ send }) => send(act),
      () => (reception.stuck.value = true),
    );
  };
  let isNear = false;
  reception.near = () => {
    // Some browsers do not ask again for a file that they could not get once: that is left to the tap.
    if (isNear || !navigator.onLine) return;
    isNear = true;
    import('./inside/takeover.ts').then(({ loadSession }) => loadSession()).catch(() => undefined);
  };

  app.mount('#app');
  doors.watch(true);
  // Whoever has it as an app wished it to stay on the device; in a browser's tab nothing is stored for that.
  if (matchMedia('(display-mode: standalone)').matches) void import('./shell/shell.ts').then(({ keepShell }) => keepShell());
  if (isKept(visitShelf())) return (await behind()).resume();
  if (reception.state.value.at === 'code') await behind();
  // A tab that was killed at the wrong moment may have left the keys of a visit that is over.
  const databases = await (globalThis as { indexedDB?: Partial<IDBFactory> }).indexedDB?.databases?.().catch(() => []);
  if (databases?.some(({ name }) => name?.startsWith('portineria-'))) await (await import('./matrix/stores.ts')).deleteStores(null);
}

void start();
