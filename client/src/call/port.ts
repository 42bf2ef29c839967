/** What a call needs of a session with the homeserver. matrix/call stands behind it; components know only this. */
import type { NoPass, Pass } from '@portineria/widget/pass';

/** What the token service says to somebody who would like to speak. */
export type TokenAnswer = 'granted' | 'refused' | 'unavailable' | 'unreachable';

/** What an open call tells. */
export type CallTold =
  /** Our own membership of the call was accepted: sound follows. */
  | { type: 'joined' }
  /** Left from inside, or closed. */
  | { type: 'hung_up' }
  /** It cannot go on. */
  | { type: 'fault' }
  /** Whether microphone and camera are on. */
  | { type: 'devices'; microphone: boolean; camera: boolean };

/** How the call looks. */
export interface Look {
  /** BCP 47. */
  language: string;
  dark: boolean;
  /** Without Element Call's own buttons: where they would always stand in its window, and there is no screen to show, they would only say ours again. */
  bare: boolean;
}

/** A call in a frame. */
export interface OpenCall {
  /** Devices of others whose keys came since this call was opened: without its keys, a voice stays silent. */
  keys(): number;
  /** Turns microphone or camera on or off; what came of it is told as `devices`. */
  turn(wish: { microphone?: boolean; camera?: boolean }): void;
  /** Leaves as its own button does, and resolves once that is done or takes too long. */
  leave(): Promise<void>;
  /** Leaves at once, also while the page is closing: others see it within a moment. */
  drop(): Promise<void>;
}

/** What others in a call cannot know of one side's sound by themselves. */
export interface Plight {
  /** The browser holds back what is to be heard, until somebody touches the page. */
  held: boolean;
  /** The microphone was taken away. */
  gone: boolean;
}

/** The way to the call of one visit. */
export interface CallPort {
  /** Whether the visit says where its call runs. */
  offered(): boolean;
  /** Calls back whenever `offered` may have changed; the answer stops that. */
  watch(changed: () => void): () => void;
  /** Whether others are in the call. */
  others(): number;
  /** Tells the others. Never throws. */
  confess(plight: Plight): void;
  /** What any of the others has told, as long as they are in the call. */
  plight(): Plight;
  /** Asks whether this person may speak here now. Never throws. */
  ask(): Promise<TokenAnswer>;
  /** Opens the call in a frame that stands in the document. */
  open(frame: HTMLIFrameElement, look: Look, tell: (told: CallTold) => void): OpenCall;
}

/** The way to the conference of a visit that is spoken over Jitsi. */
export interface JitsiPort {
  /** What the others see there; empty for nothing. */
  name(): string;
  /** Asks what lets in. Never throws. */
  ask(): Promise<Pass | NoPass>;
}
