/** What becomes of a ticket. Pure. */
import type { Ticket } from '@portineria/config/book';

/** A ticket whose knock went back to its place: what was answered until then does not count any more, and whoever was told of it is told of the next. */
export function returned({ answer, escalated, offers: _gone, hails: _past, greeting: _said, soon: _promised, word: _written, alone: _called, ...ticket }: Ticket, at: number): Ticket {
  const isLater = answer !== undefined && answer.at > at;
  const open = escalated?.map(({ closed: _over, ...step }) => step);
  return { ...ticket, offered: false, returned_at: at, ...(isLater ? { answer } : {}), ...(open === undefined ? {} : { escalated: open }) };
}

/** A ticket for which a step of the escalation is done. Each is done once. */
export function escalated(ticket: Ticket, done: NonNullable<Ticket['escalated']>[number]): Ticket {
  const steps = ticket.escalated ?? [];
  return steps.some(({ step }) => step === done.step) ? ticket : { ...ticket, escalated: [...steps, done] };
}
