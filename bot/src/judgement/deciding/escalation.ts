/** Who else is told of a knock that nobody answers. Pure. */
import type { Ticket } from '@portineria/config/book';
import type { EventId } from '@portineria/config/ids';
import type { Action } from '../actions.ts';
import { minutesWaited, recallAt } from './cards.ts';
import { isOpenElsewhere, staffName } from '../outcome.ts';
import { stageOf } from '../queue.ts';
import { isColleague, type Situation, type Step } from '../situation.ts';

/** The steps that are due for those who wait. Whoever said "in a moment" has as long again, as with the calls. */
export function escalate(s: Situation, now: number): Action[] {
  if (s.escalation.length === 0) return [];
  return s.book.tickets.flatMap((ticket): Action[] => {
    const { card } = ticket;
    if (card === undefined || stageOf(s, ticket) !== 'waiting') return [];
    const done = new Set(ticket.escalated?.map(({ step }) => step));
    const due = s.escalation.filter((step) => !done.has(step.id) && now >= recallAt(s, ticket, step.after));
    return due.flatMap((step) => stepOf(s, ticket, card, step, now));
  });
}

function stepOf(s: Situation, ticket: Ticket, card: EventId, step: Step, now: number): Action[] {
  const minutes = minutesWaited(s, ticket, now);
  switch (step.way) {
    case 'office':
      return [{ kind: 'call-elsewhere', ticket, card, step: step.id, office: step.office, minutes }];
    case 'people': {
      // Nobody is called who cannot read it. Whoever comes in while the knock still waits is called then.
      const people = step.people.filter((user) => isColleague(s, user));
      return people.length === 0 ? [] : [{ kind: 'call-people', ticket, card, step: step.id, people, minutes }];
    }
    case 'mail':
    case 'webhook':
      return [{ kind: 'send-word', ticket, card, step, minutes }];
  }
}

/** Other offices that were told of a knock are told when it waits no more. */
export function closeElsewhere(s: Situation): Action[] {
  return s.book.tickets.flatMap((ticket): Action[] => {
    if (!isOpenElsewhere(ticket) || stageOf(s, ticket) === 'waiting') return [];
    const who = ticket.answer?.by ?? ticket.pass?.by;
    const by = who === undefined ? null : staffName(s, who);
    return (ticket.escalated ?? []).flatMap(({ event, room, closed }) => (event === undefined || room === undefined || closed === true ? [] : [{ kind: 'close-elsewhere', ticket, event, room, by }]));
  });
}

/** When steps are due, though nothing happens until then. */
export function nextEscalation(s: Situation): number[] {
  return s.book.tickets.flatMap((ticket) => s.escalation.map(({ after }) => recallAt(s, ticket, after)));
}
