/** Which knock a message in an office calls the staff to. Pure. */
import type { OfficeId } from '@portineria/config/ids';
import { waitingTickets } from './queue.ts';
import type { Situation } from './situation.ts';

/** A knock that waits: at which office, under which number. */
export interface WaitingKnock {
  readonly office: OfficeId;
  readonly number: number;
}

/**
 * The knock behind a message: its card, what called again, or what called another office's staff.
 * @returns null for any other message, and once nobody waits any more; `no_office` where the room is no office's
 */
export function knockBehind(situations: readonly Situation[], room: string, event: string): WaitingKnock | 'no_office' | null {
  if (!situations.some((s) => s.room === room)) return 'no_office';
  for (const s of situations) {
    const ticket = waitingTickets(s).find(({ card, calls, escalated = [] }) =>
      (s.room === room && (card === event || calls.some((call) => call === event))) || escalated.some((step) => step.event === event && (step.room ?? s.room) === room));
    if (ticket !== undefined) return { office: s.office, number: ticket.number };
  }
  return null;
}
