/**
 * What citizens read in place of a clerk's name, where the office has it so. Who looks into the room with other tools still finds the
 * clerk's Matrix id.
 */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { guestsIn } from './visit.ts';

interface Shown {
  porter: string;
  name: () => string | null;
}

/** By the session that shows them so; none for the staff's own page. */
const shown = new WeakMap<MatrixClient, Shown>();

/** From now on all that a session shows of the staff is called so. @param name null where they are shown by their names */
export function showStaffAs(client: MatrixClient, porter: string, name: () => string | null): void {
  shown.set(client, { porter, name });
}

/** What stands for a member of the staff in a visit's room; null for everybody else, and where names are shown. @param user null for anybody of the staff */
export function staffNameIn(room: Room, user: string | null): string | null {
  const as = shown.get(room.client);
  if (as === undefined || user === room.myUserId || user === as.porter || (user !== null && guestsIn(room, as.porter).includes(user))) return null;
  return as.name();
}
