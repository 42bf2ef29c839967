/** What a visit's chat shows. The session makes it anew at every change; components only read it. */

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

/** What somebody else is writing, before it is sent. */
export interface LiveTurn {
  id: string;
  name: string;
  text: string;
}

export interface Talk {
  /** Encryption is on, so that nothing can be sent in the clear. */
  ready: boolean;
  /** Who is there beside the visitor. */
  people: string[];
  messages: Message[];
  live: LiveTurn[];
}

export const SILENCE: Talk = { ready: false, people: [], messages: [], live: [] };
