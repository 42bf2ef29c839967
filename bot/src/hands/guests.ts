/** Third persons who come into a visit by a link: the link is given, and the others are told who comes. */
import { GUEST, guestKey, type GuestContent } from '@portineria/config/events';
import type { Action, Done } from '../judgement/actions.ts';
import type { Premises } from '../judgement/situation.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { plain, remark } from '../words/cards.ts';
import { say } from '../words/texts.ts';
import { post } from './callings.ts';
import type { Hands } from './means.ts';

const NAME = 80;

/** Answers the command that asked for a link, where it was asked. */
export function giveLink({ homeserver, guestAddress }: Pick<Hands, 'homeserver' | 'guestAddress'>, s: Premises, { ticket, link, until }: Extract<Action, { kind: 'give-link' }>): Promise<Done> {
  const language = s.languages[0] ?? 'it';
  const text = say(language, 'link.given', { number: ticket.number, until, address: guestAddress(link) });
  return post(homeserver, s, 'm.room.message', remark(language, link.command, { text, thread: link.thread }), `link ${link.command} ${link.line}`);
}

/** Says in the visit's room by which name a third person comes, to whoever is there and to their pages; before they are listed, which says that it is done. */
export async function presentGuest(homeserver: Homeserver, { visit, user, guest }: Extract<Action, { kind: 'list-guest' }>): Promise<void> {
  if (guest === null) return;
  const name = plain(guest.name, NAME);
  const content: GuestContent = { name };
  await homeserver.setState(visit.room, GUEST, guestKey(user), content);
  const body = [...new Set(guest.languages.map((language) => say(language, 'visit.guest_comes', { name })))].join('\n');
  await homeserver.send(visit.room, 'm.room.message', { msgtype: 'm.notice', body, 'm.mentions': {} }, `guest ${user}`);
}
