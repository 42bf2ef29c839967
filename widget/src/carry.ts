/** Carries a visit's conference for whoever presses the button: asks who they are, asks for the pass, shows Jitsi, and puts it away. */
import { isFatal, SETTINGS, type JitsiApi, type JitsiClass } from './jitsi.ts';
import type { NoPass, Pass } from './pass.ts';

/** What is to be seen. */
export type View =
  | { is: 'ready'; left: boolean }
  /** The client asks whether this page may know who one is, and may wait for an answer. */
  | { is: 'asking' }
  | { is: 'opening' }
  | { is: 'on' }
  | { is: 'trouble'; why: Why };

/** Why there is no conference. */
type Why = NoPass | 'declined' | 'fault';

/** What it needs of the Matrix client around the page, of the porter, and of the browser. */
export interface Means {
  /** An OpenID token of the user. Throws when the user does not want that. */
  openid(): Promise<object>;
  ask(openid: object): Promise<Pass | NoPass>;
  /** The class of Jitsi's IFrame API. Throws when it cannot be had. */
  load(domain: string): Promise<JitsiClass>;
  /** Whether the page is to stay in sight when another room is looked at. */
  stay(on: boolean): void;
  /** The user has left the conference. */
  left(): void;
  show(view: View): void;
  slot: HTMLElement;
  name: string;
  language: string;
}

/** What the page may do with it. */
export interface Carrier {
  /** Enters the conference, unless one is under way. */
  enter: () => Promise<void>;
  /** Leaves it, as Jitsi's own button does; where Jitsi says nothing to that, it is put away all the same. */
  hangUp: () => void;
}

/** How long a conference may take to be entered, and to be left, in milliseconds. */
export const ENTRY = 30_000;
export const FAREWELL = 3_000;

/** Nothing is carried at first. */
export function carrier(means: Means): Carrier {
  let api: JitsiApi | null = null;
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const put = (view: View): void => {
    clearTimeout(timer);
    const was = api;
    api = null;
    busy = false;
    was?.dispose();
    means.show(view);
    if (was === null) return;
    // Before the page stops staying: a client may then listen no more.
    means.left();
    means.stay(false);
  };
  const trouble = (why: Why): void => put({ is: 'trouble', why });

  const open = (jitsi: JitsiClass, { domain, conference, jwt }: Pass): void => {
    const { slot, name, language } = means;
    const opened = new jitsi(domain, {
      roomName: conference,
      parentNode: slot,
      width: '100%',
      height: '100%',
      lang: language,
      configOverwrite: SETTINGS,
      userInfo: { displayName: name, email: '' },
      ...(jwt === null ? {} : { jwt }),
    });
    api = opened;
    const mine = (work: () => void): void => {
      if (api === opened) work();
    };
    timer = setTimeout(() => trouble('fault'), ENTRY);
    opened.on('videoConferenceJoined', () => mine(() => {
      clearTimeout(timer);
      means.show({ is: 'on' });
      means.stay(true);
    }));
    opened.on('readyToClose', () => mine(() => put({ is: 'ready', left: true })));
    opened.on('errorOccurred', (told) => mine(() => isFatal(told) && trouble('fault')));
  };

  return {
    async enter() {
      if (busy) return;
      busy = true;
      means.show({ is: 'asking' });
      const openid = await means.openid().catch(() => null);
      if (openid === null) return trouble('declined');
      means.show({ is: 'opening' });
      const pass = await means.ask(openid);
      if (typeof pass === 'string') return trouble(pass);
      const jitsi = await means.load(pass.domain).catch(() => null);
      if (jitsi === null) return trouble('unreachable');
      open(jitsi, pass);
    },
    hangUp() {
      if (api === null) return;
      clearTimeout(timer);
      timer = setTimeout(() => put({ is: 'ready', left: true }), FAREWELL);
      api.executeCommand('hangup');
    },
  };
}
