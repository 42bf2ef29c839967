/** Passing somebody on, carried out: asking the other office, giving it the visit's room, knocking there for the visitor. */
import type { Visitor } from '@portineria/config/book';
import { PREPARED, VISIT } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import type { Action, Done } from '../judgement/actions.ts';
import { officeName } from '../judgement/passing.ts';
import { timeOfDay } from '../judgement/outcome.ts';
import type { Premises } from '../judgement/situation.ts';
import type { Prepared } from '../judgement/visit.ts';
import { SfuError } from '../servers/sfu.ts';
import type { CardParts } from '../words/cards.ts';
import { say } from '../words/texts.ts';
import type { Hands } from './means.ts';
import { dedicate } from './ready.ts';
import { deskAddress, preparedContent, roomWords, visitJoinRules, visitLevels } from './visits.ts';

type Passed = Extract<Action, { kind: 'pass-on' | 'hand-over' | 'bring' | 'adopt' }>;

/** What a card says of the office that has passed somebody on. */
export function passedFrom(s: Premises, visitor: Visitor | null): NonNullable<CardParts['passed']> | null {
  const passed = visitor?.passed;
  return passed === undefined ? null : { office: officeName(s, passed.from), by: passed.by, time: timeOfDay(s, passed.since) };
}

/** @throws HomeserverError as `act` does */
export async function passVisitor({ homeserver, comune, office, sfu, elsewhere, passing }: Pick<Hands, 'homeserver' | 'comune' | 'office' | 'sfu' | 'elsewhere' | 'passing'>, s: Premises, action: Passed): Promise<Done> {
  switch (action.kind) {
    case 'pass-on':
      return { refused: await passing.take(action.pass.office, action.visitor, action.guests) };
    case 'bring': {
      const { door, visitor: { user_id: user, language } } = action;
      const isThere = await homeserver.accounts.knock(user, door, say(language, 'knock.reason'));
      return { knock: isThere ? await homeserver.membershipEvent(door, user) : null };
    }
    case 'adopt': {
      const { ticket, visitor, prepared } = action;
      const { room } = prepared;
      const { name, topic } = roomWords(s, ticket, visitor, text(office.name, comune.languages), deskAddress(homeserver.publicUrl, ticket.knock, homeserver.name));
      await homeserver.setState(room, 'm.room.name', '', { name });
      await homeserver.setState(room, 'm.room.topic', '', { topic });
      await dedicate(homeserver, s, prepared, ticket);
      return null;
    }
    case 'hand-over': {
      const { visit, office: other, guests, remove } = action;
      const { room, knock, visitor, ticket: number } = visit;
      const there = elsewhere(other);
      if (there === null) throw new Error(`The office ${other}, to which a visit is handed over, is not served`);
      // First nobody of this office can come back in; last the room says whose it is, and until then all of it is done again after a crash.
      await homeserver.setState(room, 'm.room.join_rules', '', visitJoinRules(there.room));
      for (const { user, language } of remove) await homeserver.kick(room, user, say(language, 'visit.farewell'));
      await homeserver.setState(room, 'm.room.power_levels', '', visitLevels(s.porter, []));
      // Where the calls' server does not answer nobody waits for it: whoever is in there and not in the room is put out once the visit is opened.
      await sfu?.end(room).catch((error: unknown) => { if (!(error instanceof SfuError)) throw error; });
      await homeserver.setState(room, PREPARED, '', preparedContent({ office: other, room: there.room }, { visitor, knock, number }, guests));
      await homeserver.setState(room, VISIT, '', {});
      passing.give(other, standing(visit, guests));
      return null;
    }
  }
}

/** The room as it stands ready at the other office. */
function standing({ room, knock, visitor, members }: Prepared, guests: ReadonlySet<UserId>): Prepared {
  return { room, knock, visitor, members: new Map([...members].filter(([user]) => user === visitor || guests.has(user))), ...(guests.size === 0 ? {} : { guests }) };
}
