/** What is needed only once somebody knocks, in a file of its own that the list of offices does not wait for. */
import type { Component } from 'vue';
import { coolFrame } from '../call/frame.ts';
import { addInsideKit } from '../call/kit.ts';
import { forgetVoice, wantsVoice } from '../call/wish.ts';
import { databasesAnswer } from '../kept/databases.ts';
import { recall } from '../kept/recall.ts';
import { isApart, isHere, lockOf, markHere } from '../kept/seat.ts';
import { forget, get, isForgotten, isLasting, keep, keepDraft, put, remove, shelfOf, visitShelf } from '../kept/shelf.ts';
import { tabHold } from '../kept/tabs.ts';
import { deleteStores } from '../matrix/stores.ts';
import { knockKeys } from '../porter/knocks.ts';
import { hasMoved, redeemCode } from '../porter/handover.ts';
import { askAccount, eraseAccount, logOut, renewAccount } from '../porter/visitors.ts';
import { href, localText, useOffice, type Reception } from '../reception/context.ts';
import { pathOf, withLanguage } from '../way/path.ts';
import { isLive, type State } from '../way/state.ts';
import AskingState from './AskingState.vue';
import ClosedState from './ClosedState.vue';
import CodeState from './CodeState.vue';
import DeclinedState from './DeclinedState.vue';
import ElsewhereState from './ElsewhereState.vue';
import EndedState from './EndedState.vue';
import GoneState from './GoneState.vue';
import JoiningState from './JoiningState.vue';
import KnockingState from './KnockingState.vue';
import LeavingState from './LeavingState.vue';
import MovedState from './MovedState.vue';
import RefusedState from './RefusedState.vue';
import TooManyState from './TooManyState.vue';
import UnansweredState from './UnansweredState.vue';
import VisitState from './VisitState.vue';
import WaitingState from './WaitingState.vue';
import { prepareBell, ring } from '@portineria/widget/bell';
import { drive, type Driver } from './drive.ts';
import { readyCalls } from './ready.ts';

/** The states that only somebody who knocked gets to see. */
const INSIDE = {
  asking: AskingState,
  code: CodeState,
  moved: MovedState,
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
} satisfies Record<Exclude<State['at'], 'list' | 'missing' | 'neighbours' | 'office'>, Component>;

/** How often a page that could not load its further files is loaded again, and how long apart, in milliseconds. */
const RELOADS = 3;
const RELOAD_PAUSE = 3_000;
const RELOADED = 'portineria.reloaded';

/** Loads what speaks with the homeserver: the largest part of it all. */
export const loadSession = (): Promise<typeof import('../matrix/session.ts')> => import('../matrix/session.ts');

/** Puts a driver behind the page, with this browser around it, once the texts of its states are there. `show` is told every state. @throws when those cannot be loaded */
export async function takeOver(reception: Reception, show: (state: State) => void): Promise<Driver> {
  await addInsideKit(reception);
  const shelf = visitShelf();
  const tab = shelfOf('sessionStorage');
  const keys = knockKeys(tab);
  const hold = tabHold(() => {
    markHere(tab, false);
    driver.send({ type: 'elsewhere' });
  }, lockOf(tab));
  const office = useOffice(reception);
  const staffAs = (): string | null => (office.value?.staff_as_office === true ? localText(reception, office.value.name) : null);
  const place = reception.place.value;
  /** Whose office it is that people knock at on this page. */
  const of = place === null ? {} : { neighbour: place.id };
  const driver = drive(reception.state.value, {
    language: reception.language,
    ask: (request) => {
      prepareBell();
      return askAccount({ ...request, ...of, voice: wantsVoice(shelf) }, keys, Date.now);
    },
    erase: eraseAccount,
    renew: (account) => {
      // What stands ready belongs to the device that is left.
      coolFrame();
      return renewAccount(account);
    },
    redeem: (code) => {
      prepareBell();
      return redeemCode(code, reception.language);
    },
    hasMoved,
    logOut,
    open: async (opening) => {
      // Asked while the session's code loads.
      void databasesAnswer();
      const { openSession } = await loadSession();
      return openSession({ ...opening, origin: place?.url ?? location.origin, staffAs });
    },
    hold: {
      ...hold,
      async seize() {
        await hold.seize();
        markHere(tab, true);
      },
    },
    isHere: () => isHere(tab),
    keep: (kept) => {
      keep(shelf, { ...kept, ...of });
      markHere(tab, true);
    },
    recall: () => recall(shelf),
    goTo: ({ office, neighbour }) => {
      if (neighbour === place?.id) return false;
      location.replace(withLanguage(pathOf(office, neighbour ?? null), reception.chosen));
      return true;
    },
    forget: () => {
      forget(shelf);
      forgetVoice(shelf);
      markHere(tab, false);
      remove(tab, RELOADED);
    },
    wipe: (account) => deleteStores(account?.device_id ?? null),
    ring,
    reload: () => {
      const times = Number(get(tab, RELOADED));
      // What is not kept would not be found again.
      if (!isLasting() || times >= RELOADS) return false;
      put(tab, RELOADED, times + 1);
      void reloadWhenReached();
      return true;
    },
    afresh: () => location.replace(href(reception, null)),
    show: (state) => {
      // What was said aloud of a place holds for no longer than the place.
      if (!isLive(state)) reception.said.value = '';
      // What was written stays in the tab for whoever has to knock once more, until somebody has come.
      if (state.at === 'visit' || state.at === 'ended' || state.at === 'declined') keepDraft(tab, state.office, null);
      show(state);
    },
    talk: (talk) => (reception.talk.value = talk),
    pause: (ms) => new Promise((done) => setTimeout(done, ms)),
  });
  reception.inside.value = { ...reception.inside.value, ...INSIDE };
  reception.session = () => driver.session();
  readyCalls(reception);
  addEventListener('storage', (event) => isForgotten(event) && !isApart(tab) && driver.send({ type: 'free' }));
  addEventListener('online', () => driver.session()?.nudge());
  addEventListener('offline', () => driver.send({ type: 'lost' }));
  document.addEventListener('visibilitychange', () => document.hidden || driver.session()?.nudge());
  return driver;
}

/** Loads the page again once the server answers; the visit goes on from what is stored. */
async function reloadWhenReached(): Promise<void> {
  for (;;) {
    await new Promise((done) => setTimeout(done, RELOAD_PAUSE));
    const reached = await fetch('/api/comune?neighbours=false').then((response) => response.ok, () => false);
    if (reached) return location.reload();
  }
}
