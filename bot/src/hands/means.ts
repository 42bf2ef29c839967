/** What the hands work with. */
import type { Comune, Office } from '@portineria/config/comune';
import type { Visitor } from '@portineria/config/book';
import type { EventId, OfficeId, RoomId, UserId } from '@portineria/config/ids';
import type { NotTaken } from '../judgement/actions.ts';
import type { GuestLink } from '../judgement/guests.ts';
import type { Prepared } from '../judgement/visit.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import type { Outside } from '../servers/outside.ts';
import type { Abroad } from './abroad.ts';
import type { Sfu } from '../servers/sfu.ts';

/** What acting needs beside the office's premises. */
export interface Hands {
  readonly homeserver: Homeserver;
  readonly comune: Comune;
  readonly office: Office;
  /** Null where visits are in writing. */
  readonly sfu: Sfu | null;
  /** The name of a visit's conference, where the office prefers Jitsi. */
  readonly conference: (knock: EventId) => string;
  /** The address by which a third person comes into a visit. Known to nobody but whoever is given it: it derives from the command. */
  readonly guestAddress: (link: GuestLink) => string;
  /** Another office's room, and whom a call there calls, as they are now; null while it is not served. */
  readonly elsewhere: (office: OfficeId) => Elsewhere | null;
  readonly passing: Passing;
  /** Other homeservers. */
  readonly abroad: Pick<Abroad, 'answers' | 'stalled'>;
  /** Mail and programs outside Matrix. */
  readonly outside: Outside;
}

/** How an office gives a visitor to another one, in that one's own order of work. */
export interface Passing {
  /**
   * Has another office take somebody. Safe to repeat.
   * @param visitor what it writes into its book; null where it is but asked whether it would
   * @param guests whom it writes down with them, and are in its care from then on
   * @returns why it does not; null where it has
   */
  readonly take: (office: OfficeId, visitor: Visitor | null, guests: readonly Visitor[]) => Promise<NotTaken | null>;
  /** A visit's room stands ready there from now on. */
  readonly give: (office: OfficeId, room: Prepared) => void;
}

export interface Elsewhere {
  readonly room: RoomId;
  readonly staff: readonly UserId[];
}
