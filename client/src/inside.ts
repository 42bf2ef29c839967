/** What is needed only once somebody knocks, in a file of its own that the list of offices does not wait for. */
import type { Component } from 'vue';
import JoiningState from './reception/JoiningState.vue';
import KnockingState from './reception/KnockingState.vue';
import LeavingState from './reception/LeavingState.vue';
import UnansweredState from './reception/UnansweredState.vue';
import VisitState from './reception/VisitState.vue';
import WaitingState from './reception/WaitingState.vue';
import DeclinedState from './reception/DeclinedState.vue';
import ClosedState from './reception/ClosedState.vue';
import EndedState from './reception/EndedState.vue';
import GoneState from './reception/GoneState.vue';
import RefusedState from './reception/RefusedState.vue';
import TooManyState from './reception/TooManyState.vue';
import ElsewhereState from './reception/ElsewhereState.vue';
import AskingState from './reception/AskingState.vue';
import { prepareBell, ring } from './bell.ts';
import { addCallKit } from './call/kit.ts';
import { readyCalls } from './call/ready.ts';
import { forgetVoice, wantsVoice } from './call/wish.ts';
import { recall } from './kept.ts';
import { knockKeys } from './knocks.ts';
import { deleteStores } from './matrix/stores.ts';
import { href, type Reception } from './reception/context.ts';
import { drive, type Driver } from './reception/drive.ts';
import type { State } from './reception/state.ts';
import { forget, isForgotten, keep, keepDraft, shelfOf } from './shelf.ts';
import { tabHold } from './tabs.ts';
import { askAccount, eraseAccount } from './visitors.ts';

/** The states that only somebody who knocked gets to see. */
export const INSIDE = {
  asking: AskingState,
  elsewhere: ElsewhereState,
  refused: RefusedState,
  too_many: TooManyState,
  knocking: KnockingState,
  waiting: WaitingState,
  unanswered: UnansweredState,
  joining: JoiningState,
  visit: VisitState,
  leaving: LeavingState,
  ended: EndedState,
  declined: DeclinedState,
  closed: ClosedState,
  gone: GoneState,
} satisfies Record<Exclude<State['at'], 'list' | 'missing' | 'office'>, Component>;

/** How often a page that could not load its further files is loaded again, and how long apart, in milliseconds. */
const RELOADS = 3;
const RELOAD_PAUSE = 3_000;
const RELOADED = 'portineria.reloaded';

/** Puts a driver behind the page, with this browser around it. `show` is told every state. */
export function takeOver(reception: Reception, show: (state: State) => void): Driver {
  const shelf = shelfOf('localStorage');
  const tab = shelfOf('sessionStorage');
  const keys = knockKeys(tab);
  const hold = tabHold(() => driver.send({ type: 'elsewhere' }));
  const driver = drive(reception.state.value, {
    language: reception.language,
    ask: (request) => {
      prepareBell();
      return askAccount({ ...request, voice: wantsVoice(shelf) }, keys, Date.now);
    },
    erase: eraseAccount,
    open: async (opening) => {
      const [{ openSession }] = await Promise.all([import('./matrix/session.ts'), addCallKit(reception)]);
      return openSession(opening);
    },
    hold,
    keep: (kept) => {
      keep(shelf, kept);
      keepDraft(tab, kept.office, null);
    },
    recall: () => recall(shelf),
    forget: () => {
      forget(shelf);
      forgetVoice(shelf);
      tab?.removeItem(RELOADED);
    },
    wipe: (account) => deleteStores(account?.device_id ?? null),
    ring,
    reload: () => {
      const times = Number(tab?.getItem(RELOADED) ?? '0');
      if (tab === null || times >= RELOADS) return false;
      tab.setItem(RELOADED, String(times + 1));
      void reloadWhenReached();
      return true;
    },
    afresh: () => location.replace(href(reception, null)),
    show,
    talk: (talk) => (reception.talk.value = talk),
    pause: (ms) => new Promise((done) => setTimeout(done, ms)),
  });
  reception.inside.value = INSIDE;
  reception.session = () => driver.session();
  readyCalls(reception);
  addEventListener('storage', (event) => isForgotten(event) && driver.send({ type: 'free' }));
  addEventListener('online', () => driver.session()?.nudge());
  addEventListener('offline', () => driver.send({ type: 'lost' }));
  document.addEventListener('visibilitychange', () => document.hidden || driver.session()?.nudge());
  return driver;
}

/** Loads the page again once the server answers; the visit goes on from what is stored. */
async function reloadWhenReached(): Promise<void> {
  for (;;) {
    await new Promise((done) => setTimeout(done, RELOAD_PAUSE));
    const reached = await fetch('/api/comune').then((response) => response.ok, () => false);
    if (reached) return location.reload();
  }
}
