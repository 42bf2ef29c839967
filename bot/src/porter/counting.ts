/** What the porter did, counted for /metrics. No label holds anything personal. */
import type { Action } from '../judgement/actions.ts';
import { metrics } from '../ground/metrics.ts';
import type { Situation } from '../judgement/situation.ts';

export function count(action: Action, situation: Situation, now: number): void {
  switch (action.kind) {
    case 'announce':
      metrics.knocks_total.inc({ outcome: 'announced' });
      metrics.knock_to_card_seconds.observe(Math.max(0, now - action.ticket.since) / 1000);
      return;
    case 'refuse':
      metrics.knocks_total.inc({ outcome: action.why });
      return;
    case 'open':
      metrics.knocks_total.inc({ outcome: 'opened' });
      return;
    case 'call-elsewhere':
      metrics.escalations_total.inc({ way: 'office', outcome: 'done' });
      return;
    case 'call-people':
      metrics.escalations_total.inc({ way: 'people', outcome: 'done' });
      return;
    case 'end-visit':
      metrics.visits_total.inc({ outcome: action.outcome });
      return;
    case 'forget':
      // Neither answered nor opened: the visitor took the knock back.
      if (action.ticket.answer === undefined && !situation.visits.has(action.ticket.knock)) metrics.knocks_total.inc({ outcome: 'withdrawn' });
      return;
    default:
  }
}
