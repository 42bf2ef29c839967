/** Whom the porter calls to a knock or a visit: the staff, other offices, and people outside Matrix. */
import type { Ticket } from '@portineria/config/book';
import { text } from '@portineria/config/text';
import { shortHash } from '../ground/hash.ts';
import type { Action, Done } from '../judgement/actions.ts';
import type { Premises } from '../judgement/situation.ts';
import type { Homeserver } from '../servers/homeserver.ts';
import { HomeserverError } from '../servers/request.ts';
import { callAgain, callColleagues, callElsewhere, callHost, callPeople, closedElsewhere, endsSoon } from '../words/cards.ts';
import { waitingMail } from '../words/mail.ts';
import type { Hands } from './means.ts';
import { deskPage, visitAlias, waysTo } from './visits.ts';

type Calling = Extract<Action, { kind: 'call-again' | 'call-host' | 'call-colleagues' | 'call-people' | 'call-elsewhere' | 'close-elsewhere' | 'send-word' | 'warn' }>;

/** @throws HomeserverError, OutsideError as `act` does */
export async function callOut({ homeserver, comune, office, elsewhere, outside }: Pick<Hands, 'homeserver' | 'comune' | 'office' | 'elsewhere' | 'outside'>, s: Premises, action: Calling, now: number, signal?: AbortSignal): Promise<Done> {
  const language = s.languages[0] ?? 'it';
  const officeName = text(office.name, comune.languages);
  switch (action.kind) {
    case 'call-host': {
      const { ticket, visit, round } = action;
      const content = callHost(language, action.card, ticket.number, waysTo(homeserver, ticket), round, visit.openedBy, action.staff);
      return post(homeserver, s, 'm.room.message', content, `host ${ticket.knock}${sinceReturn(ticket)} ${round}`);
    }
    case 'call-colleagues': {
      const { ticket, staff } = action;
      const content = callColleagues(language, action.card, ticket.number, waysTo(homeserver, ticket), staff);
      return post(homeserver, s, 'm.room.message', content, `alone ${ticket.knock} ${ticket.alone?.at ?? 0}`);
    }
    case 'warn': {
      const minutes = Math.max(1, Math.round((action.endsAt - now) / 60_000));
      return post(homeserver, s, 'm.room.message', endsSoon(language, action.card, action.ticket.number, minutes, action.visit.openedBy), `warn ${action.ticket.knock}`);
    }
    case 'call-again': {
      const { ticket, round, minutes, staff } = action;
      const content = callAgain(language, action.card, ticket, visitAlias(ticket.knock, homeserver.name), round, minutes, staff);
      return post(homeserver, s, 'm.room.message', content, `call ${ticket.knock} ${round}`);
    }
    case 'call-people': {
      const { ticket, step, people, minutes } = action;
      const content = callPeople(language, action.card, ticket, visitAlias(ticket.knock, homeserver.name), step, minutes, people);
      return post(homeserver, s, 'm.room.message', content, `people ${action.card} ${step}`);
    }
    case 'call-elsewhere': {
      const there = elsewhere(action.office);
      if (there === null) throw new Error(`The office ${action.office}, whose staff are to be called, is not served yet`);
      const content = callElsewhere(language, action.ticket.number, officeName, action.minutes, deskPage(homeserver.publicUrl), there.staff);
      return { event: await homeserver.send(there.room, 'm.room.message', content, `elsewhere ${action.card} ${action.step}`), place: there.room };
    }
    case 'close-elsewhere': {
      const { ticket, event, room, by } = action;
      const content = closedElsewhere(language, event, ticket.number, officeName, by);
      await homeserver.send(room, 'm.room.message', content, `over ${event}${sinceReturn(ticket)}`).catch((error: unknown) => {
        // Where the porter is, it may write: whatever is forbidden to it is in a room that is gone, and nobody waits for it there.
        if (!(error instanceof HomeserverError && error.isMoot)) throw error;
      });
      return null;
    }
    case 'send-word': {
      const { ticket, step, minutes } = action;
      // The card stays the same when the visitor knocks anew: so what goes out once more after a crash is the same message to whoever gets it.
      const id = shortHash([action.card, step.id]);
      const desk = deskPage(homeserver.publicUrl);
      if (step.way === 'webhook') await outside.post(step.url, id, { comune: comune.id, office: office.id, number: ticket.number, minutes, desk }, signal);
      else await outside.mail(comune.mail, { id, to: step.to, ...waitingMail(language, text(comune.name, comune.languages), officeName, ticket.number, minutes, desk) }, signal);
      return null;
    }
  }
}

/** What tells apart what is said of a knock that went back to its place. */
export function sinceReturn({ returned_at: at }: Ticket): string {
  return at === undefined ? '' : ` ${at}`;
}

/** Says something in the office. @param cause what it is said for: said again, it is the same event */
export async function post(homeserver: Homeserver, s: Pick<Premises, 'room'>, type: string, content: unknown, cause: string): Promise<Done> {
  return { event: await homeserver.send(s.room, type, content, cause) };
}
