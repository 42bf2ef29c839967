/** Carries out what the machine commands. It decides nothing; everything it touches is handed in. */
import type { VisitorBody, VisitorRequest } from '@portineria/config/api';
import type { OfficeId } from '@portineria/config/ids';
import { SILENCE, type Talk } from '../chat/talk.ts';
import type { Hold } from '../kept/tabs.ts';
import type { Opening, Session } from '../matrix/visitor.ts';
import type { AccountAnswer } from '../porter/visitors.ts';
import { step, type Command, type Event } from '../way/machine.ts';
import { isLive, type Draft, type Kept, type Stage, type State } from '../way/state.ts';

/** What the driver works with. */
export interface Outside {
  language: string;
  ask(request: VisitorRequest): Promise<AccountAnswer>;
  erase(account: VisitorBody): Promise<boolean>;
  /** Asks for another device of the account; null when there is no answer, `gone` where the account is no more. */
  renew(account: VisitorBody): Promise<VisitorBody | 'gone' | null>;
  /** What a code stands for, handed to this device; or why not. */
  redeem(code: string): Promise<Extract<Event, { type: 'handed' | 'unfit' }>>;
  /** Whether another device goes on in place of this one. */
  hasMoved(account: VisitorBody): Promise<boolean>;
  /** Ends the device that was left. */
  logOut(account: VisitorBody): void;
  /** Loads the session's code and opens it. Throws when the code cannot be loaded. */
  open(opening: Omit<Opening, 'staffAs' | 'origin'>): Promise<Session>;
  hold: Hold;
  /** Whether this tab goes on with what is kept without being told to. */
  isHere(): boolean;
  keep(kept: Kept): void;
  recall(): Kept | null;
  /** Leads to the page of the comune at whose office the way goes on. @returns false where it is this one */
  goTo(kept: Kept): boolean;
  /** Forgets the way. */
  forget(): void;
  /** Deletes the keys. */
  wipe(account: VisitorBody | null): Promise<void>;
  ring(): void;
  /** Loads the page again as soon as the server answers; false when that was tried too often. */
  reload(): boolean;
  /** Loads the list anew. */
  afresh(): void;
  show(state: State): void;
  talk(talk: Talk): void;
  pause(ms: number): Promise<void>;
}

export interface Driver {
  send: (event: Event) => void;
  /** Goes on where a reload left off. */
  resume(): Promise<void>;
  session(): Session | null;
}

/** How often and how long apart, in milliseconds, the account's end is asked for before the porter's own broom is trusted. */
const GOODBYES = [0, 1_000, 3_000, 8_000];
/** How long another tab may take to stop its session, in milliseconds. */
const LETTING_GO = 800;
/** How long the homeserver may take over a goodbye, in milliseconds. */
const FAREWELL = 4_000;

/** A driver that starts in `first`. */
export function drive(first: State, outside: Outside): Driver {
  let state = first;
  let session: Session | null = null;
  /** Grows with every session, so that a late word of an old one is not heard. */
  let turn = 0;

  const send = (event: Event): void => {
    const account = isLive(state) ? state.account : null;
    const next = step(state, event);
    // What was said stays with the end of the visit, and goes with it.
    if (state.at === 'ended' && next.state.at !== 'ended') outside.talk(SILENCE);
    state = next.state;
    outside.show(state);
    for (const command of next.commands) perform(command, account);
  };

  const stop = async (): Promise<void> => {
    turn += 1;
    const ended = session;
    session = null;
    if (state.at !== 'ended') outside.talk(SILENCE);
    await ended?.stop();
  };

  const perform = (command: Command, account: VisitorBody | null): void => {
    switch (command.do) {
      case 'ask':
        void ask(command.office, command.draft);
        return;
      case 'redeem':
        void redeem(command.code);
        return;
      case 'keep':
        outside.keep(command.kept);
        return;
      case 'start':
        void start(command.account, command.stage);
        return;
      case 'renew':
        void renew(command.account);
        return;
      case 'ring':
        outside.ring();
        return;
      case 'leave':
        void leave(command.account);
        return;
      case 'stop':
        void stop();
        return;
      case 'wipe':
        // What names the visitor goes at once; the keys once nothing uses them any more.
        outside.forget();
        void stop()
          .then(() => outside.wipe(account))
          .finally(() => outside.hold.release());
        return;
      case 'afresh':
        outside.afresh();
        return;
      case 'take_over':
        // The other tab lets go of the keys first: two sessions on the same keys would spoil them.
        void outside.hold
          .seize()
          .then(() => outside.pause(LETTING_GO))
          .then(goOn);
    }
  };

  const ask = async (office: OfficeId, draft: Draft): Promise<void> => {
    const { name, topic } = draft;
    if (!(await outside.hold.take())) return send({ type: 'elsewhere' });
    if (outside.recall() !== null) {
      outside.hold.release();
      return send({ type: 'elsewhere' });
    }
    const answer = await outside.ask({ office, name, topic, language: outside.language, voice: false, consent: true });
    if (answer.type !== 'account') outside.hold.release();
    send(answer);
  };

  const start = async (account: VisitorBody, stage: Stage): Promise<void> => {
    turn += 1;
    const mine = turn;
    const broken = (): void => {
      if (turn !== mine) return;
      send({ type: 'lost' });
      if (!outside.reload()) send({ type: 'barred' });
    };
    try {
      // What such a device still says, as that it has no connection, says nothing of the way.
      let isOver = false;
      const opened = await outside.open({
        account,
        stage,
        tell: (told) => {
          if (turn !== mine || isOver) return;
          isOver = told.type === 'expired';
          if (isOver) void expire(account, mine);
          else send(told);
        },
        show: (talk) => turn === mine && outside.talk(talk),
        broken,
      });
      if (turn === mine) session = opened;
      else void opened.stop();
    } catch {
      broken();
    }
  };

  /** The device is logged out: the account is gone, or another device has it. */
  const expire = async (account: VisitorBody, mine: number): Promise<void> => {
    const type = (await outside.hasMoved(account)) ? 'moved' : 'expired';
    if (turn === mine) send({ type });
  };

  const redeem = async (code: string): Promise<void> => {
    if (!(await outside.hold.take())) return send({ type: 'elsewhere' });
    const answer = await outside.redeem(code);
    if (answer.type === 'unfit') outside.hold.release();
    // At another comune's office: its page has to find it.
    else if (answer.kept.neighbour !== undefined) outside.keep(answer.kept);
    if (answer.type === 'handed' && outside.goTo(answer.kept)) return;
    send(answer);
  };

  const renew = async (old: VisitorBody): Promise<void> => {
    await stop();
    await outside.wipe(old);
    for (const wait of GOODBYES) {
      await outside.pause(wait);
      const account = await outside.renew(old);
      if (account === null) continue;
      if (account === 'gone') return expire(old, turn);
      send({ type: 'renewed', account });
      return outside.logOut(old);
    }
    send({ type: 'barred' });
  };

  const leave = async (account: VisitorBody): Promise<void> => {
    // Both are told: the homeserver, so that the visit's room is left at once; the porter, who takes back the knock and erases the account.
    if (session !== null) await Promise.race([session.leave(), outside.pause(FAREWELL)]);
    for (const wait of GOODBYES) {
      await outside.pause(wait);
      if (await outside.erase(account)) break;
    }
    send({ type: 'left' });
  };

  const goOn = (): void => {
    const kept = outside.recall();
    if (kept !== null && outside.goTo(kept)) return;
    if (kept !== null) return send({ type: 'resume', kept });
    outside.hold.release();
    send({ type: 'free' });
  };

  return {
    send,
    session: () => session,
    async resume() {
      const kept = outside.recall();
      // Another page takes the hold itself.
      if (kept === null || outside.goTo(kept)) return;
      // Whoever opens another tab may be somebody else.
      if (outside.isHere() && (await outside.hold.take())) goOn();
      else send({ type: 'elsewhere' });
    },
  };
}
