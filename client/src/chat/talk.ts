/** What a visit's chat shows. The session makes it anew at every change; components only read it. */

/** A file that was sent. */
export interface SentFile {
  /** Safe to be shown and saved under; empty where the sender gave none. */
  name: string;
  /** Bytes, as the sender says; null where not said. */
  size: number | null;
  /** A picture of a kind that every browser shows, and that can hold nothing but a picture. */
  isImage: boolean;
  /** Its content. What was opened once stays open, also after the visit. @throws when it is not to be had, or is not what was sent */
  open(): Promise<Blob>;
}

/** One message, with untrusted words already made plain. */
export interface Message {
  id: string;
  from: 'visitor' | 'staff' | 'porter';
  name: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Its words; those that go with a file; for `other`, the name of what was sent. */
  text: string;
  kind: 'text' | 'file' | 'other' | 'unreadable';
  /** For `file` alone. */
  file?: SentFile;
  sent: 'sent' | 'sending' | 'failed';
  encrypted: boolean;
}

/** How files are sent. */
export interface Outbox {
  /** The most bytes of one; null where the homeserver does not say. */
  limit(): Promise<number | null>;
  /** Sends one; how it fares shows at its message. */
  send(file: File): void;
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
  /** Null where no files can be sent. */
  files: Outbox | null;
  live: LiveTurn[];
}

export const SILENCE: Talk = { ready: false, people: [], messages: [], files: null, live: [] };
