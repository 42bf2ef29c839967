/** How a knock is taken from a door. */
import { serverOf, type EventId, type RoomId } from '@portineria/config/ids';
import { TICKET, type TicketContent } from '@portineria/config/events';
import type { Action } from '../judgement/actions.ts';
import type { Knock, Premises } from '../judgement/situation.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { HomeserverError } from '../servers/request.ts';
import { toStranger } from '../words/refusals.ts';
import { say } from '../words/texts.ts';
import type { Abroad } from './abroad.ts';

interface Turning {
  readonly homeserver: Homeserver;
  readonly abroad: Pick<Abroad, 'answers' | 'stalled'>;
}

/**
 * Takes a knock from the door. Its words go first: what takes its place tells what was there before.
 * @param reach whether somebody of another homeserver is to read why in their own client. Theirs hears of no kick by itself, as it is not in
 * the room; of an invitation and of its end it does. Where that one refuses invitations, or does not answer, the knock is gone here all the same.
 */
export async function turnAway({ homeserver, abroad }: Turning, { room, event, user }: Knock, why: string, reach: boolean): Promise<void> {
  await redactKnock(homeserver, room, event);
  const server = serverOf(user);
  if (reach && server !== homeserver.name && (await abroad.answers(server))) {
    await homeserver.invite(room, user).catch((error: unknown) => {
      if (!(error instanceof HomeserverError)) throw error;
      // Refused, it was answered.
      if (error.status === undefined || error.status >= 500) abroad.stalled(server);
    });
  }
  await homeserver.kick(room, user, why);
}

/** Takes a knock from the door that has become a visit, or cannot: whoever takes no invitations is told so where their page can show it. @param page the office's */
export async function clearKnock(turning: Turning, { office, languages }: Premises, { knock, why, reach }: Extract<Action, { kind: 'clear-knock' }>, page: string): Promise<null> {
  const message = toStranger(null, languages, (words) => say(words, `refuse.${why}`, { page }));
  if (why === 'blocked') {
    const content: TicketContent = { office, knock: knock.event, number: 0, place: 0, wait: null, state: 'declined', message };
    await turning.homeserver.sendToDevice(TICKET, new Map([[knock.user, content]]), `blocked ${knock.event}`);
  }
  await turnAway(turning, knock, message, reach === true);
  return null;
}

/** Redacts a knock at a door where it should be. Where it is of another, that has been deleted, or will be. */
export async function redactKnock(homeserver: Homeserver, door: RoomId, knock: EventId): Promise<void> {
  await homeserver.redact(door, knock).catch((error: unknown) => {
    // Where the porter is, it has all power: whatever is forbidden to it is in a room that is gone.
    if (!(error instanceof HomeserverError && (error.status === 400 || error.isMoot))) throw error;
  });
}
