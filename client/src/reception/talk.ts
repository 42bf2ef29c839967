/** What a visit's chat shows. The session makes it anew at every change; components only read it. */

import type { Line, Look, MeetingLine } from '../call/line.ts';

/** One message, with untrusted words already made plain. */
export interface Message {
  id: string;
  from: 'visitor' | 'staff' | 'porter';
  name: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Its words; for `other`, the name of what was sent. */
  text: string;
  kind: 'text' | 'other' | 'unreadable';
  sent: 'sent' | 'sending' | 'failed';
  encrypted: boolean;
}

export interface Talk {
  /** Encryption is on, so that nothing can be sent in the clear. */
  ready: boolean;
  /** Who is there beside the visitor. */
  people: string[];
  messages: Message[];
}

export const SILENCE: Talk = { ready: false, people: [], messages: [] };

/** A running session with the homeserver. */
export interface Session {
  /** Sends a message to the visit's room; a failure shows at the message. */
  say(words: string): void;
  /** Sends a failed message once more. */
  resend(id: string): void;
  /** Tries the homeserver now rather than at the next attempt: the page woke up or the network came back. */
  nudge(): void;
  /** The way to the visit's call; null until the visit's room is entered. */
  line(): Line | null;
  /** The way to the visit's conference, where it is spoken over Jitsi; null until the visit's room is entered. */
  meeting(): MeetingLine | null;
  /** A call may come: it runs ahead in this frame, as far as it goes before the door opens. */
  ready(frame: HTMLIFrameElement, look: Look): void;
  /** Leaves the visit's room. The knock is taken back over HTTP, and errors are left to the porter, who is told there as well. */
  leave(): Promise<void>;
  /** Stops; what is stored stays. */
  stop(): Promise<void>;
}
