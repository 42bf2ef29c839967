/** The order to pass somebody on to another office. Pure: whether that one takes them, it says itself. */
import type { PassOrder, Ticket } from '@portineria/config/book';
import type { OfficeId } from '@portineria/config/ids';
import { passExample, type Command } from '../../words/commands.ts';
import { plain } from '../../words/cards.ts';
import { readPass } from '../../words/offices.ts';
import { say } from '../../words/texts.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { amend, type Situation } from '../situation.ts';
import type { Said } from './answers.ts';

/** How much of what staff wrote for an office is shown to them again, in code points; and how many offices are listed. */
const [SHOWN, LISTED] = [40, 12];

/** To where a command is to pass somebody on, and with which words; or what is said to whoever named no other office. */
export function whereTo(s: Situation, { words }: Command): { readonly to: OfficeId; readonly number: number | null; readonly note: string | null } | { readonly said: Said } {
  const [language = 'it'] = s.languages;
  const others = s.offices.filter(({ id }) => id !== s.office);
  const [other] = others;
  if (other === undefined) return { said: { text: say(language, 'command.pass_none') } };
  const { office, asked, near, number, note } = readPass(words ?? '', s.offices.map(({ id, name }) => ({ id, names: Object.values(name) })));
  if (office !== null && office !== s.office) return { to: office, number, note };
  const example = passExample(language, near !== null && near !== s.office ? near : other.id, number ?? undefined);
  if (office !== null) return { said: { text: say(language, 'command.pass_same', { example }) } };
  if (asked !== '' && near !== null) return { said: { text: say(language, 'command.pass_where', { asked: plain(asked, SHOWN), example }) } };
  const list = [...others.slice(0, LISTED).map(({ id }) => id), ...(others.length > LISTED ? [say(language, 'queue.more', { count: others.length - LISTED })] : [])].join(', ');
  return { said: { text: say(language, 'command.pass_list', { example, list }) } };
}

/** The order, on the ticket that it is about. The first one counts, and of one that could not be obeyed the next. */
export function orderPass(s: Situation, which: (ticket: Ticket) => boolean, to: OfficeId, note: string | null, { command, event }: { readonly command: Command; readonly event: RoomEvent }): Situation {
  const { event_id, sender: by, origin_server_ts: at } = event;
  const pass: PassOrder = { office: to, by, at, command: event_id, ...(command.thread === null ? {} : { thread: command.thread }), ...(note === null ? {} : { note }) };
  return amend(s, (ticket) => which(ticket) && mayPass(ticket, at), (ticket) => ({ ...ticket, pass }));
}

/** Whether an order of then can still be obeyed: none has been, and what was ordered before it came back to where it stands does not count. */
export function mayPass({ pass, stayed_at: stayed = 0, returned_at: returned = 0 }: Ticket, at: number): boolean {
  return pass === undefined && at > stayed && at > returned;
}

/** What may have been meant, where a command fits several. @param office where it is to go */
export function whichOne(language: string, office: OfficeId, number: number): string {
  return say(language, 'command.pass_which', { example: passExample(language, office, number) });
}
