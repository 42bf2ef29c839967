/** Carries out what the call's machine commands, and measures the sound. Decides nothing. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { watchMicrophone } from './comeback.ts';
import { coolFrame, loadFrame, lookIn, readyFrame, removeFrame, showFrame } from './frame.ts';
import { levelsBetween, type Levels, type Sample } from './levels.ts';
import type { Call } from './machine.ts';
import { isAsking, isLinked, measure, releaseSound } from './measure.ts';
import { ANSWER_MS } from './microphone.ts';
import { obstacle } from './obstacle.ts';
import type { CallPort, OpenCall, Plight } from './port.ts';
import { runCall, useSeeking } from './run.ts';
import { isKeyless, listen, unheard, type Sound } from './sound.ts';

/** What a panel shows of a call, and what it may do. */
export interface Calling {
  call: ShallowRef<Call>;
  sound: ShallowRef<Sound>;
  levels: ShallowRef<Levels>;
  /** When the sound was measured last, in milliseconds since 1970. */
  measured: Ref<number>;
  devices: Ref<{ microphone: boolean; camera: boolean }>;
  others: Ref<number>;
  /** What the others say of their sound. */
  theirs: ShallowRef<Plight>;
  /** The browser's question for the microphone has stood for some time without an answer. */
  isAsked: Ref<boolean>;
  /** The line to the calls' server is broken; Element Call mends it by itself, for as long as it takes. */
  cut: Ref<boolean>;
  begin: () => void;
  hangUp: () => void;
  /** Lets be heard what the browser has held back: as somebody presses a button. */
  hear: () => void;
  /** Takes the microphone again, after it was gone. */
  revive: () => void;
  turn: (wish: { microphone?: boolean; camera?: boolean }) => void;
}

/** How long a call may take to be joined, in milliseconds. */
const LATE = 25_000;
/** How often the sound is measured, in milliseconds. */
const EVERY = 1_000;
/** The same while the call is not to be seen yet; and how long that may last at most. */
const [SOON, UNSEEN] = [400, 4_000];
/** How long the line to the calls' server may take to open before that is worth a word, in milliseconds. */
const SLOW = 10_000;
/** How long it may be away, in milliseconds: Element Call tries for 49 seconds, and then waits for ever without a word. */
const GIVEN_UP = 55_000;
const NOTHING: Levels = { arriving: 0, pictured: false, heard: null, spoken: null, sending: false };
const WELL: Plight = { held: false, gone: false };

/** A call over `port`, with its frame in `slot`. It ends with the scope it was made in. */
export function useCalling(port: CallPort, slot: Ref<HTMLElement | null>, language: string, title: string): Calling {
  const sound = shallowRef(unheard(Date.now()));
  const levels = shallowRef(NOTHING);
  const measured = ref(0);
  const devices = ref({ microphone: true, camera: false });
  const others = ref(port.others());
  const theirs = shallowRef(WELL);
  const isAsked = ref(false);
  /** Since when the question for the microphone stands, in milliseconds since 1970. */
  let asked: number | null = null;
  /** What the others were told last. */
  let confessed = { ...WELL, others: 0 };
  const cut = ref(false);
  /** When the line was last seen open, in milliseconds since 1970; null when it has not been open in this call. */
  let linked: number | null = null;
  let opened = 0;
  /** The microphone is being turned off only to be turned on again. */
  let reviving = false;
  let open: OpenCall | null = null;
  let frame: HTMLIFrameElement | null = null;
  let isHidden = false;
  let farewell: Promise<unknown> = Promise.resolve();
  let late: ReturnType<typeof setTimeout> | undefined;
  let sampler: ReturnType<typeof setTimeout> | undefined;
  let before: Sample | null = null;
  /** Grows with every opening, so that a late word of an old one is not heard. */
  let turn = 0;

  const { call, send } = runCall((command) => {
    switch (command) {
      case 'ask': {
        const mine = turn + 1;
        void port.ask().then((answer) => mine === turn && send({ type: 'answered', answer }));
        return;
      }
      case 'open':
        turn += 1;
        seeking.stop();
        late = setTimeout(() => send({ type: 'late' }), LATE);
        void start(turn);
        return;
      case 'leave':
        end((running) => running.leave());
        return;
      case 'drop':
        end((running) => running.drop());
        return;
      case 'seek':
        seeking.seek();
    }
  });

  const seeking = useSeeking(() => port.ask(), () => begin());

  const start = async (mine: number): Promise<void> => {
    await farewell;
    if (slot.value === null || mine !== turn) return;
    const ready = readyFrame();
    const placed = ready ?? (await loadFrame(slot.value));
    if (mine !== turn) return;
    placed.title = title;
    isHidden = ready !== null;
    frame = placed;
    before = null;
    sound.value = unheard(Date.now());
    devices.value = { microphone: true, camera: false };
    [linked, reviving, opened] = [null, false, Date.now()];
    open = port.open(placed, lookIn(language), (told) => {
      if (mine !== turn) return;
      if (told.type === 'devices') {
        devices.value = { microphone: told.microphone, camera: told.camera };
        if (!reviving || told.microphone) return;
        reviving = false;
        open?.turn({ microphone: true });
      } else {
        if (told.type === 'joined') clearTimeout(late);
        send({ type: told.type });
      }
    });
    sampler = setTimeout(() => void sample(mine), SOON);
  };

  /** A call that began out of sight is shown once it is heard: to draw it takes as long as all that the voice needs. */
  const reveal = (): void => {
    if (!isHidden) return;
    isHidden = false;
    if (slot.value === null || !showFrame(slot.value)) send({ type: 'fault' });
  };

  const end = (how: (running: OpenCall) => Promise<void>): void => {
    turn += 1;
    clearTimeout(late);
    clearTimeout(sampler);
    const [was, running] = [frame, open];
    [frame, open] = [null, null];
    levels.value = NOTHING;
    confess(WELL);
    asked = null;
    isAsked.value = false;
    cut.value = false;
    const goodbye = running === null ? Promise.resolve() : how(running);
    // With a goodbye the frame stays until it is said; one that still loads goes at once.
    if (was === null) slot.value?.replaceChildren();
    farewell = goodbye.finally(() => was !== null && removeFrame(was));
  };

  const confess = (plight: Plight): void => {
    const isWell = !plight.held && !plight.gone;
    // Whoever comes later is told as well.
    if (plight.held === confessed.held && plight.gone === confessed.gone && (isWell || others.value <= confessed.others)) return;
    confessed = { ...plight, others: others.value };
    port.confess(plight);
  };

  const follow = (isOpen: boolean, at: number): void => {
    if (isOpen) linked = at;
    const away = at - (linked ?? opened);
    cut.value = !isOpen && (linked !== null || away > SLOW);
    if (away > GIVEN_UP) send({ type: 'unlinked' });
  };

  const sample = async (mine: number): Promise<void> => {
    const now = frame === null ? null : await measure(frame, Date.now);
    if (mine !== turn) return;
    others.value = port.others();
    follow(frame !== null && isLinked(frame), Date.now());
    asked = frame !== null && isAsking(frame) ? (asked ?? Date.now()) : null;
    isAsked.value = asked !== null && Date.now() - asked > ANSWER_MS;
    if (mine !== turn) return;
    if (now !== null) {
      levels.value = before === null ? NOTHING : levelsBetween(before, now);
      before = now;
      const scene = { others: Math.max(others.value, levels.value.arriving), keys: open?.keys() ?? 0, microphone: devices.value.microphone, gone: now.gone, held: now.held };
      sound.value = listen(sound.value, levels.value, scene, now.at);
      measured.value = now.at;
      confess({ held: sound.value.incoming === 'held', gone: now.gone });
      theirs.value = port.plight();
      if (sound.value.incoming === 'heard') send({ type: 'heard' });
      else if (isKeyless(sound.value, now.at)) send({ type: 'keyless' });
    }
    if (mine !== turn) return;
    if (sound.value.incoming === 'heard' || Date.now() - opened > UNSEEN) reveal();
    sampler = setTimeout(() => void sample(mine), isHidden ? SOON : EVERY);
  };

  const begin = (): void => send({ type: 'begin', obstacle: obstacle(globalThis, port.offered()) });
  const unwatch = port.watch(() => {
    others.value = port.others();
    const { value } = call;
    if (value.is === 'trouble' && value.why === 'none' && port.offered()) begin();
  });
  /** Off and on: so Element Call asks the browser for it anew. */
  const revive = (): void => {
    if (sound.value.outgoing !== 'gone') return;
    reviving = true;
    open?.turn({ microphone: false });
  };
  const unwatchMicrophone = watchMicrophone(revive);
  onScopeDispose(() => {
    unwatch();
    unwatchMicrophone();
    send({ type: 'over' });
    coolFrame();
  });

  return { call, sound, levels, measured, devices, others, theirs, isAsked, cut, begin, hangUp: () => send({ type: 'hang_up' }), hear: () => frame !== null && releaseSound(frame), revive, turn: (wish) => open?.turn(wish) };
}
