/** What another office's staff answer, in their own room, to a call about a knock that nobody has answered: they open. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { EventId, OfficeId, RoomId } from '@portineria/config/ids';
import { readCommands, readTap, type Verb } from '../../words/commands.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { stageOf } from '../queue.ts';
import { remarked } from '../remark.ts';
import { amend, mayAnswer, type Situation } from '../situation.ts';
import { say } from '../../words/texts.ts';
import { answer, firstAnswer } from './answers.ts';
import { mayPass } from './passing.ts';

/** What is said of a knock, and under which message. */
interface AnswerElsewhere {
  readonly call: EventId;
  /** The ticket's number, where one is given. */
  readonly number: number | null;
  /** Whether it opens. All else is for the colleagues of the office where the knock is. */
  readonly isAdmitting: boolean;
  /** The thread in which it is said. */
  readonly thread: EventId | null;
}

/** What is said of a knock beside that its door is to be opened. */
const OTHERWISE: ReadonlySet<Verb | 'unknown'> = new Set(['soon', 'decline', 'write', 'pass']);

/** Reads an answer, by a reaction or by one command in reply; null where it is none. */
export function readElsewhere({ type, content }: Pick<RoomEvent, 'type' | 'content'>): AnswerElsewhere | null {
  if (type === 'm.reaction') {
    const tap = readTap(content);
    return tap === null ? null : { call: tap.card, number: null, isAdmitting: tap.kind === 'admit', thread: null };
  }
  const [said, ...more] = type === 'm.room.message' ? readCommands(content) : [];
  if (said === undefined || said.card === null || more.length > 0) return null;
  const { verb, card: call, number, thread } = said;
  return verb === 'admit' || OTHERWISE.has(verb) ? { call, number, isAdmitting: verb === 'admit', thread } : null;
}

/** Whether an answer in another office's room is to a call there to this knock. */
export function isAnsweredBy({ number: own, escalated = [] }: Ticket, room: RoomId, { call, number }: AnswerElsewhere): boolean {
  return (number === null || number === own) && escalated.some((step) => step.room === room && step.event === call);
}

/**
 * Whoever is of this office's staff as well opens here; all others take the knock over, which is passed on to their office and opened there.
 * @param there the other office, of whose staff the sender is, with the power to answer
 * @param replay it is read again after an absence: it counts, but nobody is spoken to
 */
export function hearElsewhere(s: Situation, there: { readonly office: OfficeId; readonly room: RoomId }, given: AnswerElsewhere, { event_id: command, sender: by, origin_server_ts: at, type }: RoomEvent, replay = false): Situation {
  const { call, isAdmitting, thread } = given;
  const isMeant = (ticket: Ticket): boolean => isAnsweredBy(ticket, there.room, given);
  const tell = (text: string): Situation => (replay ? s : remarked(s, { to: command, text, room: there.room, ...(type === 'm.reaction' ? { under: call, reader: by } : {}), ...(thread === null ? {} : { thread }) }));
  if (!isAdmitting) return tell(say(s.languages[0] ?? 'it', 'command.elsewhere'));
  const first = firstAnswer(s, isMeant, by, at);
  if (first !== null) return tell(first.text);
  if (mayAnswer(s, by)) return answer(s, isMeant, { kind: 'admit', by, at });
  const isOpen = (ticket: Ticket): boolean => isMeant(ticket) && stageOf(s, ticket) === 'waiting' && mayPass(ticket, at);
  return amend(s, isOpen, (ticket) => ({ ...ticket, pass: { office: there.office, by, at, command, room: there.room, ...(thread === null ? {} : { thread }) } }));
}
