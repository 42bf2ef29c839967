/** Carries out what the call's machine commands for a visit that is spoken over Jitsi. Decides nothing. */
import { isFatal, loadJitsi, type JitsiApi, type JitsiClass } from '@portineria/widget/jitsi';
import type { Pass } from '@portineria/widget/pass';
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';
import type { Call, CallEvent } from './machine.ts';
import { microphoneName } from './microphone.ts';
import { hasMedia } from './obstacle.ts';
import type { JitsiPort } from './port.ts';
import { runCall, useSeeking } from './run.ts';

/** A conference in the page. */
interface Shown {
  pass: Pass;
  /** The name of the microphone that was chosen before; null for whichever Jitsi takes. */
  microphone: string | null;
  /** Another for each attempt, which has a frame of its own. */
  key: number;
}

/** What a panel shows of a conference, and what it may do. */
export interface Conference {
  call: ShallowRef<Call>;
  shown: ShallowRef<Shown | null>;
  begin: () => void;
  hangUp: () => void;
  /** Jitsi's interface stands in the page. */
  ready: (api: JitsiApi) => void;
}

/** How long a conference may take to be entered, in milliseconds: somebody may first have to allow the microphone. */
const LATE = 40_000;
/** How long a goodbye may take, in milliseconds. */
const FAREWELL = 3_000;

/**
 * Keeps Vue from wrapping Jitsi's interface, as the SDK would have it: a wrapping looks into what it holds, and Jitsi's holds the window
 * of another origin. This is the mark that `markRaw` sets, which would weigh more in the file that every page loads.
 */
function bare(jitsi: JitsiClass): true {
  Object.defineProperty(jitsi.prototype, '__v_skip', { configurable: true, value: true });
  return true;
}

/** A conference over `port`; `microphone` is the id of the chosen one. It ends with the scope it was made in. */
export function useConference(port: JitsiPort, microphone: string | null): Conference {
  const shown = shallowRef<Shown | null>(null);
  /** Grows with every beginning and every end, so that a late word of an old attempt is not heard. */
  let turn = 0;
  let api: JitsiApi | null = null;
  let farewell: Promise<void> = Promise.resolve();
  let late: ReturnType<typeof setTimeout> | undefined;

  const { call, send } = runCall((command) => {
    switch (command) {
      case 'ask':
        // With the answer comes what the frame is opened with.
        return;
      case 'open':
        turn += 1;
        seeking.stop();
        late = setTimeout(() => send({ type: 'late' }), LATE);
        void enter(turn);
        return;
      case 'leave':
        end(true);
        return;
      case 'drop':
        end(false);
        return;
      case 'seek':
        seeking.seek();
    }
  });
  const seeking = useSeeking(async () => {
    const answer = await port.ask();
    return typeof answer === 'string' ? answer : 'granted';
  }, () => begin());

  const enter = async (mine: number): Promise<void> => {
    const [answer, name] = await Promise.all([port.ask(), microphoneName(microphone), farewell]);
    if (mine !== turn) return;
    if (typeof answer === 'string') return send({ type: 'answered', answer });
    const loaded = await loadJitsi(answer.domain).then(bare, () => false);
    if (mine !== turn) return;
    if (!loaded) return send({ type: 'answered', answer: 'unreachable' });
    send({ type: 'answered', answer: 'granted' });
    shown.value = { pass: answer, microphone: name, key: mine };
  };

  const end = (politely: boolean): void => {
    turn += 1;
    clearTimeout(late);
    const was = api;
    api = null;
    const away = (): void => {
      was?.dispose();
      shown.value = null;
    };
    if (was === null || !politely) return away();
    farewell = new Promise<void>((done) => {
      was.on('readyToClose', () => done());
      setTimeout(done, FAREWELL);
      was.executeCommand('hangup');
    }).then(away);
  };

  const ready = (opened: JitsiApi): void => {
    const mine = shown.value?.key;
    if (mine !== turn) return opened.dispose();
    api = opened;
    const tell = (event: CallEvent): void => {
      if (mine === turn) send(event);
    };
    opened.on('videoConferenceJoined', () => {
      clearTimeout(late);
      tell({ type: 'joined' });
    });
    opened.on('readyToClose', () => tell({ type: 'hung_up' }));
    opened.on('errorOccurred', (told) => isFatal(told) && tell({ type: 'fault' }));
  };

  const begin = (): void => send({ type: 'begin', obstacle: hasMedia(globalThis) ? null : 'browser' });
  onScopeDispose(() => send({ type: 'over' }));
  return { call, shown, begin, hangUp: () => send({ type: 'hang_up' }), ready };
}
