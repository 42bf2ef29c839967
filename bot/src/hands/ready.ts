/** Rooms of visits before their door opens, and how it does. */
import type { Ticket } from '@portineria/config/book';
import { PREPARED, VISIT, type VisitContent } from '@portineria/config/events';
import type { Action, Done, Leaver } from '../judgement/actions.ts';
import type { Premises } from '../judgement/situation.ts';
import type { Prepared } from '../judgement/visit.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { HomeserverError } from '../servers/request.ts';
import { say } from '../words/texts.ts';
import { sinceReturn } from './callings.ts';
import type { NewRoom } from './making.ts';
import { makeVisitRoom, openPrepared, preparedContent, removeRoom, visitAlias, type VisitRoom } from './visits.ts';
import type { RoomState } from './widgets.ts';

/** Takes people out of a visit's room, with a word in the language of each. */
export async function showOut(homeserver: Homeserver, { room }: Pick<Prepared, 'room'>, leavers: readonly Leaver[]): Promise<void> {
  for (const { user, language, word } of leavers) await homeserver.kick(room, user, word ?? say(language, 'visit.farewell'));
}

/** @param wanted the room, where it is not made yet */
export async function prepareRoom(homeserver: Homeserver, { ticket, ready, place }: Extract<Action, { kind: 'prepare' }>, wanted: NewRoom): Promise<Done> {
  if (ready === null) return makeVisitRoom(homeserver, place === undefined ? wanted : { ...wanted, content: { ...wanted.content, topic: place } }, [ticket.visitor], place);
  try {
    if (place !== undefined) await sayPlace(homeserver, { room: ready, place });
    await homeserver.invite(ready, ticket.visitor, place);
    return { room: ready, invited: [ticket.visitor] };
  } catch (error) {
    // It is said when the door opens: until then they may have come to take invitations.
    if (!(error instanceof HomeserverError && error.isInviteBlocked)) throw error;
    return { blocked: true };
  }
}

/** A room that stands ready is for another knock from now on, of the same person. */
export async function dedicate(homeserver: Homeserver, s: Premises, { room, guests, returnedAt }: Prepared, ticket: Ticket): Promise<void> {
  const alias = visitAlias(ticket.knock, homeserver.name);
  if (!(await homeserver.putAlias(alias, room)) && (await homeserver.resolve(alias)) !== room) throw new Error(`The alias ${alias} leads to another room than the one that stands ready`);
  await homeserver.setState(room, PREPARED, '', preparedContent(s, ticket, guests));
  // It was the visit of the knock before.
  if (returnedAt !== undefined) await homeserver.setState(room, VISIT, '', {});
}

/** A state, so that it can be repeated, and is read again at a start. */
export async function sayPlace(homeserver: Homeserver, { room, place }: Pick<Extract<Action, { kind: 'say-place' }>, 'room' | 'place'>): Promise<null> {
  await homeserver.setState(room, 'm.room.topic', '', { topic: place });
  return null;
}

/** The room that stands ready becomes the visit; where it said a place, it says what the visit is about, and has what a visit's room has. */
export async function openReady(homeserver: Homeserver, { ticket, ready, call }: Pick<Extract<Action, { kind: 'open' }>, 'ticket' | 'call'> & { readonly ready: Prepared }, visit: VisitContent, topic: string, widget: readonly RoomState[]): Promise<VisitRoom> {
  const { room } = ready;
  if (ready.place !== undefined) for (const { type, state_key: key, content } of [{ type: 'm.room.topic', state_key: '', content: { topic } }, ...widget]) await homeserver.setState(room, type, key, content);
  if (call !== undefined) await homeserver.send(room, 'm.room.message', { msgtype: 'm.text', body: call, 'm.mentions': { user_ids: [ticket.visitor] } }, `opened ${ticket.knock}${sinceReturn(ticket)}`);
  return openPrepared(homeserver, room, visit);
}

export async function discardRoom(homeserver: Homeserver, { prepared, remove }: Extract<Action, { kind: 'discard' }>): Promise<null> {
  await showOut(homeserver, prepared, remove);
  await removeRoom(homeserver, prepared.room);
  return null;
}
