/** Carries out what the call's machine commands for a visit that is spoken over Jitsi. Decides nothing. */
import { isFatal, loadJitsi, type JitsiApi } from '@portineria/widget/jitsi';
import type { Pass } from '@portineria/widget/pass';
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { MeetingLine } from './line.ts';
import { AT_REST, step, type Call, type CallCommand, type CallEvent } from './machine.ts';
import { hasMedia } from './obstacle.ts';

/** What a panel shows of a conference, and what it may do. */
export interface Meeting {
  call: ShallowRef<Call>;
  /** The conference that is shown; null for none. */
  pass: ShallowRef<Pass | null>;
  /** Grows with every attempt: each has a frame of its own. */
  attempt: Ref<number>;
  begin(): void;
  hangUp(): void;
  /** Jitsi's interface stands in the page. */
  ready(api: JitsiApi): void;
}

/** How long a conference may take to be entered, in milliseconds: somebody may first have to allow the microphone. */
const LATE = 40_000;
/** How long a goodbye may take, in milliseconds. */
const FAREWELL = 3_000;

/** A conference over `line`. It ends with the scope it was made in. */
export function useMeeting(line: MeetingLine): Meeting {
  const call = shallowRef<Call>(AT_REST);
  const pass = shallowRef<Pass | null>(null);
  const attempt = ref(0);
  let api: JitsiApi | null = null;
  let farewell: Promise<void> = Promise.resolve();
  let late: ReturnType<typeof setTimeout> | undefined;

  const send = (event: CallEvent): void => {
    const next = step(call.value, event);
    call.value = next.state;
    for (const command of next.commands) perform(command);
  };

  const perform = (command: CallCommand): void => {
    switch (command) {
      case 'ask':
        // With the answer comes what the frame is opened with.
        return;
      case 'open':
        attempt.value += 1;
        late = setTimeout(() => send({ type: 'late' }), LATE);
        void enter(attempt.value);
        return;
      case 'leave':
        end(true);
        return;
      case 'drop':
        end(false);
    }
  };

  const enter = async (mine: number): Promise<void> => {
    const answer = await line.ask();
    await farewell;
    if (mine !== attempt.value) return;
    if (typeof answer === 'string') return send({ type: 'answered', answer });
    const loaded = await loadJitsi(answer.domain).then(() => true, () => false);
    if (mine !== attempt.value) return;
    if (!loaded) return send({ type: 'answered', answer: 'unreachable' });
    send({ type: 'answered', answer: 'granted' });
    pass.value = answer;
  };

  const end = (politely: boolean): void => {
    attempt.value += 1;
    clearTimeout(late);
    const was = api;
    api = null;
    const away = (): void => {
      was?.dispose();
      pass.value = null;
    };
    if (was === null || !politely) return away();
    farewell = new Promise<void>((done) => {
      was.on('readyToClose', () => done());
      setTimeout(done, FAREWELL);
      was.executeCommand('hangup');
    }).then(away);
  };

  const ready = (opened: JitsiApi): void => {
    const mine = attempt.value;
    api = opened;
    const tell = (event: CallEvent): void => {
      if (mine === attempt.value) send(event);
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
  return { call, pass, attempt, begin, hangUp: () => send({ type: 'hang_up' }), ready };
}
