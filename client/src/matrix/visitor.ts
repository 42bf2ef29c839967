/** What the visitors' page and their session with the homeserver say to each other. session.ts stands behind it; the page knows only this. */
import type { VisitorBody } from '@portineria/config/api';
import type { CallPort, JitsiPort, Look } from '../call/port.ts';
import type { Talk } from '../chat/talk.ts';
import type { Told } from '../way/machine.ts';
import type { Stage } from '../way/state.ts';

/** What a session is opened with. */
export interface Opening {
  account: VisitorBody;
  /** How far the way had come, as after a reload: the knock may stand, or be answered. */
  stage: Stage;
  /** Where the reception is whose visit it will be: ours, or a neighbour's. */
  origin: string;
  /** What staff are called in place of their names, where the office has it so. */
  staffAs: () => string | null;
  tell: (told: Told) => void;
  show: (talk: Talk) => void;
  /** The encryption could not be loaded: only loading the page again helps, once the server answers. */
  broken: () => void;
}

/** A running session with the homeserver. */
export interface Session {
  /** Sends a message to the visit's room; a failure shows at the message. */
  say(words: string): void;
  /** What is being written, for the others to see; nothing where they are not to. */
  typed(words: string): void;
  /** Sends a failed message once more. */
  resend(id: string): void;
  /** Tries the homeserver now rather than at the next attempt: the page woke up or the network came back. */
  nudge(): void;
  /** The way to the visit's call; null until the visit's room is entered. */
  callPort(): CallPort | null;
  /** The way to the visit's conference, where it is spoken over Jitsi; null until the visit's room is entered. */
  jitsiPort(): JitsiPort | null;
  /** A call may come: it runs ahead in this frame, as far as it goes before the door opens. */
  ready(frame: HTMLIFrameElement, look: Look): void;
  /** Leaves the visit's room. The knock is taken back over HTTP, and errors are left to the porter, who is told there as well. */
  leave(): Promise<void>;
  /** Stops; what is stored stays. */
  stop(): Promise<void>;
}
