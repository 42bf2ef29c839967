import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import type { VisitorBody } from '@portineria/config/api';
import type { TicketContent } from '@portineria/config/events';
import { EventId, OfficeId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import { step, type Event } from './machine.ts';
import { begin, isLive, type Kept, type State } from './state.ts';

const office = OfficeId.parse('sindaco');
const other = OfficeId.parse('anagrafe');
const doorRoom = RoomId.parse('!door:comune.example');
const room = RoomId.parse('!visit:comune.example');
const draft = { name: 'Maria', topic: 'Lampioni' };
const account: VisitorBody = {
  user_id: UserId.parse('@ospite-1:comune.example'),
  device_id: 'DEVICE',
  access_token: 'token',
  homeserver: 'https://comune.example',
  porter: UserId.parse('@porter:comune.example'),
  knock: { room_id: doorRoom, alias: RoomAlias.parse('#sindaco:comune.example'), via: [], reason: 'Bussa' },
};
const queue = { number: 12, place: 2, wait: 7 };
const live = { office, account, link: 'up' } as const;

const STATES: Record<State['at'], State> = {
  list: { at: 'list' },
  missing: { at: 'missing' },
  office: { at: 'office', office, draft: null },
  asking: { at: 'asking', office, draft },
  too_many: { at: 'too_many', office, draft, until: 60_000, message: null },
  refused: { at: 'refused', office, draft, why: 'unavailable', message: null },
  knocking: { at: 'knocking', ...live },
  waiting: { at: 'waiting', ...live, queue, kept: false },
  unanswered: { at: 'unanswered', ...live, queue, message: null },
  joining: { at: 'joining', ...live, message: null },
  visit: { at: 'visit', ...live, room, message: null },
  leaving: { at: 'leaving', ...live, end: 'left' },
  ended: { at: 'ended', office, end: 'ended' },
  declined: { at: 'declined', office, message: null },
  closed: { at: 'closed', office, message: null },
  gone: { at: 'gone', office },
  elsewhere: { at: 'elsewhere' },
};

function ticket(state: TicketContent['state'], of: OfficeId = office): Event {
  const place = state === 'waiting' || state === 'unanswered' ? 3 : 0;
  return {
    type: 'ticket',
    ticket: { office: of, knock: EventId.parse('$knock'), number: 12, place, wait: null, state, message: 'parole' },
  };
}

function kept(stage: Kept['stage'], place: Kept['queue'] = null): Kept {
  return { office, account, stage, queue: place };
}

const EVENTS: Event[] = [
  { type: 'submit', draft },
  { type: 'again' },
  { type: 'keep' },
  { type: 'leave' },
  { type: 'take_over' },
  { type: 'knocked' },
  ...(['waiting', 'unanswered', 'opened', 'declined', 'closed', 'gone'] as const).flatMap((state) => [ticket(state), ticket(state, other)]),
  { type: 'barred', message: null },
  { type: 'invited' },
  { type: 'joined', room },
  { type: 'visit_over' },
  { type: 'vanished' },
  { type: 'expired' },
  { type: 'lost' },
  { type: 'returned' },
  { type: 'account', account },
  { type: 'too_many', until: 60_000, message: null },
  { type: 'shut', message: 'chiuso' },
  { type: 'failed', why: 'unreachable', message: null },
  { type: 'resume', kept: kept('made') },
  { type: 'resume', kept: kept('knocked', queue) },
  { type: 'resume', kept: kept('admitted') },
  { type: 'elsewhere' },
  { type: 'free' },
  { type: 'left' },
];

const named = (event: Event): string => {
  if (event.type === 'ticket') return `ticket ${event.ticket.state}${event.ticket.office === office ? '' : ' of another office'}`;
  return event.type === 'resume' ? `resume ${event.kept.stage}` : event.type;
};

/** Where each event leads from each state; what is not named here changes nothing but the connection. */
const WAYS: Record<State['at'], Partial<Record<string, State['at']>>> = {
  list: {},
  missing: {},
  office: { submit: 'asking', again: 'office' },
  asking: { account: 'knocking', too_many: 'too_many', shut: 'closed', failed: 'refused' },
  too_many: { again: 'office' },
  refused: { again: 'office' },
  ended: { again: 'office' },
  declined: { again: 'office' },
  closed: { again: 'office' },
  gone: { again: 'office' },
  elsewhere: { free: 'list' },
  knocking: {},
  waiting: {},
  unanswered: { keep: 'waiting' },
  joining: {},
  visit: {},
  leaving: { left: 'ended', expired: 'ended' },
};
const QUEUED = {
  'ticket waiting': 'waiting',
  'ticket unanswered': 'unanswered',
  'ticket opened': 'joining',
  'ticket declined': 'declined',
  'ticket closed': 'closed',
  'ticket gone': 'gone',
  barred: 'refused',
  invited: 'joining',
  joined: 'visit',
  vanished: 'gone',
  expired: 'gone',
  leave: 'leaving',
  elsewhere: 'elsewhere',
} as const;
const ADMITTED = { 'ticket waiting': 'waiting', 'ticket unanswered': 'unanswered', joined: 'visit', visit_over: 'ended', vanished: 'ended', expired: 'ended', leave: 'leaving', elsewhere: 'elsewhere' } as const;
const RESUMED = { 'resume made': 'knocking', 'resume knocked': 'waiting', 'resume admitted': 'joining', elsewhere: 'elsewhere' } as const;

function expected(from: State, event: Event): State['at'] {
  const name = named(event);
  const shared: Partial<Record<string, State['at']>> =
    from.at === 'knocking' || from.at === 'waiting' || from.at === 'unanswered'
      ? QUEUED
      : from.at === 'joining' || from.at === 'visit'
        ? ADMITTED
        : from.at === 'leaving'
          ? {}
          : RESUMED;
  return WAYS[from.at][name] ?? shared[name] ?? from.at;
}

describe('the citizen’s way', () => {
  for (const from of Object.values(STATES)) {
    test.each(EVENTS.map((event) => [named(event), event] as const))(`from ${from.at}, %s leads where it should`, (_name, event) => {
      expect(step(from, event).state.at).toBe(expected(from, event));
    });
  }

  test('a path begins with the list, an office, or nothing', () => {
    expect(begin({ at: 'list' })).toEqual({ at: 'list' });
    expect(begin({ at: 'missing' })).toEqual({ at: 'missing' });
    expect(begin({ at: 'office', office })).toEqual({ at: 'office', office, draft: null });
  });

  test('what was written is still there after a refusal', () => {
    for (const event of [{ type: 'too_many', until: 1, message: null }, { type: 'failed', why: 'unreachable', message: null }] satisfies Event[]) {
      const refused = step(STATES.asking, event).state;
      expect(step(refused, { type: 'again' }).state).toEqual({ at: 'office', office, draft });
    }
  });

  test('an account is kept before it knocks, so that a reload in between knocks again', () => {
    expect(step(STATES.asking, { type: 'account', account }).commands).toEqual([
      { do: 'keep', kept: kept('made') },
      { do: 'start', account, stage: 'made' },
    ]);
    expect(step(STATES.list, { type: 'resume', kept: kept('made') }).commands).toEqual([{ do: 'start', account, stage: 'made' }]);
    expect(step(STATES.knocking, { type: 'knocked' }).commands).toEqual([{ do: 'keep', kept: kept('knocked') }]);
    expect(step(STATES.list, { type: 'resume', kept: kept('knocked') }).commands).toEqual([{ do: 'start', account, stage: 'knocked' }]);
  });

  test('after a reload the last known place is shown at once', () => {
    expect(step(STATES.list, { type: 'resume', kept: kept('knocked', queue) }).state).toMatchObject({ at: 'waiting', queue });
  });

  test('the bell rings once when the door opens, whichever word of it comes first', () => {
    const rings = (events: Event[]): number => {
      let state: State = STATES.waiting;
      return events.reduce((count, event) => {
        const next = step(state, event);
        state = next.state;
        return count + next.commands.filter((command) => command.do === 'ring').length;
      }, 0);
    };
    expect(rings([ticket('opened'), { type: 'invited' }, { type: 'joined', room }])).toBe(1);
    expect(rings([{ type: 'invited' }, ticket('opened'), { type: 'joined', room }])).toBe(1);
    expect(rings([{ type: 'joined', room }, ticket('opened')])).toBe(1);
  });

  test('who chose to wait on is not asked again by the next ticket', () => {
    const waiting = step(STATES.unanswered, { type: 'keep' }).state;
    expect(step(waiting, ticket('unanswered')).state).toMatchObject({ at: 'waiting', kept: true, queue: { place: 3 } });
  });

  test('the connection that was lost is known, and that it came back', () => {
    const lost = step(STATES.waiting, { type: 'lost' }).state;
    expect(lost).toMatchObject({ at: 'waiting', link: 'down', queue });
    expect(step(lost, { type: 'returned' }).state).toMatchObject({ at: 'waiting', link: 'up', queue });
  });

  test('where nobody comes who had opened, the visitor is told so, and then is back at the same place', () => {
    for (const from of [STATES.joining, STATES.visit]) {
      const told = step(from, ticket('opened')).state;
      expect(told).toEqual({ ...from, message: 'parole' });
      const { state, commands } = step(told, ticket('waiting'));
      expect(state).toEqual({ at: 'waiting', ...live, queue: { number: 12, place: 3, wait: null }, kept: false });
      expect(commands).toEqual([{ do: 'keep', kept: kept('knocked', { number: 12, place: 3, wait: null }) }]);
      expect(step(state, ticket('opened'))).toMatchObject({ state: { at: 'joining' }, commands: [{ do: 'ring' }, { do: 'keep' }] });
    }
  });

  test('nothing that the queue says ends a visit', () => {
    for (const event of [ticket('declined'), ticket('closed'), ticket('gone')] satisfies Event[]) {
      expect(step(STATES.visit, event)).toEqual({ state: STATES.visit, commands: [] });
      expect(step(STATES.joining, event)).toEqual({ state: STATES.joining, commands: [] });
    }
  });
});

const anyEvent = fc.constantFrom(...EVENTS);
const anyState = fc.constantFrom(...Object.values(STATES));

describe('whatever happens', () => {
  test('a way that stood is wiped when it ends, handed on, or still stands', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyEvent, { maxLength: 40 }), (from, events) => {
        let state = from;
        for (const event of events) {
          const next = step(state, event);
          if (isLive(state) && !isLive(next.state)) {
            expect(next.commands.map((command) => command.do)).toEqual([next.state.at === 'elsewhere' ? 'stop' : 'wipe']);
          } else {
            expect(next.commands.some((command) => command.do === 'wipe' || command.do === 'stop')).toBe(false);
          }
          state = next.state;
        }
      }),
    );
  });

  test('a lost connection never takes the place in the queue away', () => {
    const network = fc.constantFrom<Event>({ type: 'lost' }, { type: 'returned' });
    fc.assert(
      fc.property(fc.constantFrom(STATES.knocking, STATES.waiting, STATES.unanswered, STATES.joining, STATES.visit), fc.array(network), (from, events) => {
        const end = events.reduce((state, event) => step(state, event).state, from);
        expect({ ...end, link: 'up' }).toEqual(from);
      }),
    );
  });

  test('from every state that is not over the visitor can leave, and from every other go on', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyEvent, { maxLength: 40 }), (from, events) => {
        const state = events.reduce((now, event) => step(now, event).state, from);
        if (isLive(state)) {
          const leaving = step(state, { type: 'leave' }).state;
          expect(leaving.at).toBe('leaving');
          expect(step(leaving, { type: 'left' }).state.at).toBe('ended');
        } else if (state.at === 'elsewhere') {
          expect(step(state, { type: 'take_over' }).commands).toEqual([{ do: 'take_over' }]);
        } else if (state.at === 'asking') {
          expect(step(state, { type: 'failed', why: 'unreachable', message: null }).state.at).toBe('refused');
        } else if ('office' in state) {
          expect(step(state, { type: 'again' }).state.at).toBe('office');
        }
      }),
    );
  });
});
