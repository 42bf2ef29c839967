/** What the desk needs of whoever carries it: the facts of one office's room, and two ways to speak there. Both are what people do by hand in any client. */
import type { DoorBody } from '@portineria/config/api';

/** An event of the office's room, as the homeserver told it. Nothing of it is believed yet. */
export interface RoomEvent {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly content: unknown;
  /** What it takes away, where it is a redaction. */
  readonly redacts?: string | undefined;
}

/** State of the office's room. */
export interface RoomState {
  readonly sender: string;
  readonly content: unknown;
}

/** What whoever carries the desk lets it do: without signs answers go as commands. */
export interface DeskPowers {
  readonly react: boolean;
  readonly say: boolean;
}

/** All that a desk is made of. */
export interface OfficeFacts {
  readonly room: string;
  /** Who looks at the desk. */
  readonly me: string;
  /** Whose word alone counts. */
  readonly porter: string;
  readonly office: RoomState | null;
  readonly hand: RoomState | null;
  readonly queue: RoomState | null;
  /** What members are called, by user id. */
  readonly names: ReadonlyMap<string, string>;
  /** What was said, oldest first. */
  readonly timeline: readonly RoomEvent[];
  /** What whoever looks may do there. */
  readonly may: DeskPowers;
  /** The door as everybody sees it, timetable and hand together; null while that is not known. */
  readonly door: DoorBody | null;
}

export interface DeskPort {
  readonly room: string;
  read(): OfficeFacts;
  /** Tells of every change. @returns stops it */
  watch(changed: () => void): () => void;
  /** The porter's clock, in milliseconds since 1970. */
  now(): number;
  /** Puts a sign under a card. @returns the event. Throws where it was not taken. */
  react(card: string, key: string): Promise<string>;
  /** Says a command to the porter. @returns the event. Throws where it was not taken. */
  say(text: string): Promise<string>;
}
