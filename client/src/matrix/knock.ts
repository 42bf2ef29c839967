/** The knock itself, at a door's room that is made anew now and then. */
import { MatrixError, type MatrixClient } from 'matrix-js-sdk';
import type { VisitorBody } from '@portineria/config/api';
import { isExpired } from './failures.ts';

/** How long the alias may take to lead to the new room, tried again after each of these, in milliseconds. */
const MOVES_MS = [0, 500, 1_500, 3_000];

/**
 * Knocks at the door. Where its room has just been made anew, the one that was named when the account was made is deleted or lets
 * nobody knock: then the alias leads to the new one.
 * @param persist repeats what fails for want of a connection
 * @returns the room in which the knock stands
 * @throws what the homeserver said last
 */
export async function knockAt(
  client: Pick<MatrixClient, 'knockRoom'>,
  { room_id, alias, via, reason }: VisitorBody['knock'],
  persist: <T>(work: () => Promise<T>) => Promise<T>,
  pause: (ms: number) => Promise<void>,
): Promise<string> {
  const knock = async (door: string): Promise<string> => (await persist(() => client.knockRoom(door, { viaServers: via, reason }))).room_id;
  let refusal: unknown;
  try {
    return await knock(room_id);
  } catch (error) {
    refusal = error;
  }
  for (const wait of MOVES_MS) {
    if (!isRefused(refusal)) throw refusal;
    if (wait > 0) await pause(wait);
    try {
      return await knock(alias);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

/** How long another homeserver may take to write down its own invitation, tried again after each of these, in milliseconds. */
const INVITED_MS = [300, 1_000, 3_000];

/** Joins on the invitation of another homeserver: it may be here before that one has written it down, and then it lets nobody in yet. @throws what was said last */
export async function joinInvited(join: () => Promise<unknown>, pause: (ms: number) => Promise<void>): Promise<void> {
  for (const wait of INVITED_MS) {
    try {
      await join();
      return;
    } catch (error) {
      if (!isRefused(error)) throw error;
      await pause(wait);
    }
  }
  await join();
}

/** Whether there is nobody to knock to at this place, as far as the account may know: another place may be the right one. */
function isRefused(error: unknown): boolean {
  return error instanceof MatrixError && !isExpired(error) && (error.httpStatus === 404 || error.httpStatus === 403);
}
