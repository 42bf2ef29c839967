import { describe, expect, test } from 'vitest';
import type { TicketContent } from '@portineria/config/events';
import { step, type Event } from './machine.ts';
import { account, draft, EVENTS, kept, live, office, other, queue, room, STATES, ticket } from './machine.fixture.ts';
import { begin, type State } from './state.ts';

const named = (event: Event): string => {
  if (event.type === 'ticket') return `ticket ${event.ticket.state}${event.ticket.office === office ? '' : ' of another office'}`;
  return event.type === 'resume' ? `resume ${event.kept.stage}` : event.type;
};

/** Where each event leads from each state; what is not named here changes nothing but the connection. */
const WAYS: Record<State['at'], Partial<Record<string, State['at']>>> = {
  list: {},
  missing: {},
  neighbours: {},
  office: { submit: 'asking', again: 'office' },
  asking: { account: 'knocking', too_many: 'too_many', shut: 'closed', failed: 'refused' },
  too_many: { again: 'office' },
  refused: { again: 'office' },
  ended: { again: 'office' },
  declined: { again: 'office' },
  closed: { again: 'office' },
  gone: { again: 'office' },
  code: { handed: 'waiting' },
  moved: { again: 'office' },
  elsewhere: { free: 'list' },
  knocking: { unreached: 'leaving' },
  waiting: {},
  unanswered: { keep: 'waiting' },
  joining: { visit_over: 'gone', vanished: 'gone', expired: 'gone' },
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
  barred: 'leaving',
  invited: 'joining',
  joined: 'visit',
  vanished: 'gone',
  expired: 'gone',
  moved: 'moved',
  leave: 'leaving',
  elsewhere: 'elsewhere',
} as const;
const ADMITTED = { moved: 'moved', barred: 'leaving', 'ticket waiting': 'waiting', 'ticket unanswered': 'unanswered', joined: 'visit', visit_over: 'ended', vanished: 'ended', expired: 'ended', leave: 'leaving', elsewhere: 'elsewhere' } as const;
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

  test('what the office says to who waits is shown, in each state of waiting, and is not kept on the device', () => {
    const { state, commands } = step(STATES.waiting, ticket('waiting'));
    expect(state).toMatchObject({ at: 'waiting', message: 'parole' });
    expect(JSON.stringify(commands)).not.toContain('parole');
    const waiting = step(step(STATES.waiting, ticket('unanswered')).state, { type: 'keep' }).state;
    expect(waiting).toMatchObject({ at: 'waiting', kept: true, message: 'parole' });
  });

  test('the connection that was lost is known, and that it came back', () => {
    const lost = step(STATES.waiting, { type: 'lost' }).state;
    expect(lost).toMatchObject({ at: 'waiting', link: 'down', queue });
    expect(step(lost, { type: 'returned' }).state).toMatchObject({ at: 'waiting', link: 'up', queue });
  });

  test('whoever was received may say how easy it was, and whoever left the queue is not asked', () => {
    const mine = { office, account: { ...account, feedback: 'ticket' }, link: 'up' } as const;
    const visit = { ...STATES.visit, ...mine };
    expect(step(visit, { type: 'visit_over' }).state).toEqual({ at: 'ended', office, end: 'ended', feedback: 'ticket' });
    expect(step(step(visit, { type: 'leave' }).state, { type: 'left' }).state).toMatchObject({ end: 'left', feedback: 'ticket' });
    expect(step(step({ ...STATES.waiting, ...mine }, { type: 'leave' }).state, { type: 'left' }).state).toEqual({ at: 'ended', office, end: 'withdrawn' });
  });

  test('while the porter is not heard this is said, whatever the homeserver answers, until there is a word of it; in a visit there is none to wait for', () => {
    const silent = step(STATES.waiting, { type: 'silent' }).state;
    expect(silent).toMatchObject({ at: 'waiting', link: 'silent', queue });
    expect(step(silent, { type: 'returned' }).state).toBe(silent);
    expect(step(silent, ticket('waiting')).state).toMatchObject({ at: 'waiting', link: 'up' });
    expect(step(silent, { type: 'invited' }).state).toMatchObject({ at: 'joining', link: 'up' });
    expect(step(step(silent, { type: 'lost' }).state, { type: 'returned' }).state).toMatchObject({ link: 'up' });
    expect(step(STATES.visit, { type: 'silent' }).state).toBe(STATES.visit);
  });

  test('whose knock is over says whether the porter was silent for long before', () => {
    expect(step(step(STATES.waiting, { type: 'silent' }).state, { type: 'expired' }).state).toEqual({ at: 'gone', office, why: 'silent' });
    expect(step(STATES.waiting, { type: 'expired' }).state).toEqual({ at: 'gone', office, why: 'lost' });
  });

  test('a door that was opened while the page slept was missed, and can be knocked at again; a visit that one was in before a reload is over', () => {
    const missed = { state: { at: 'gone', office, why: 'missed' }, commands: [{ do: 'wipe' }] };
    for (const from of [STATES.waiting, STATES.joining, step(STATES.list, { type: 'resume', kept: kept('admitted') }).state]) expect(step(from, { type: 'vanished' })).toEqual(missed);
    expect(step(STATES.joining, { type: 'expired' })).toEqual(missed);
    const [keep] = step(STATES.joining, { type: 'joined', room }).commands;
    expect(keep).toEqual({ do: 'keep', kept: kept('inside') });
    expect(step(step(STATES.list, { type: 'resume', kept: kept('inside') }).state, { type: 'vanished' }).state).toEqual({ at: 'ended', office, end: 'ended' });
  });

  test('a knock that does not get there is given up together with its account, but for one of which the porter has spoken', () => {
    const { state, commands } = step(STATES.knocking, { type: 'unreached' });
    expect(commands).toEqual([{ do: 'leave', account }]);
    expect(step(state, { type: 'left' })).toEqual({ state: { at: 'refused', office, draft: null, why: 'away', message: null }, commands: [{ do: 'wipe' }] });
    expect(step(STATES.waiting, { type: 'unreached' }).state).toBe(STATES.waiting);
  });

  test('a page that cannot go on with a knock takes it back, however far it had come, and says then that it was not accepted', () => {
    for (const from of [STATES.knocking, STATES.waiting, STATES.joining, STATES.visit]) {
      const { state, commands } = step(from, { type: 'barred' });
      expect(commands).toEqual([{ do: 'leave', account }]);
      expect(step(state, { type: 'left' })).toEqual({ state: { at: 'refused', office, draft: null, why: 'failed', message: null }, commands: [{ do: 'wipe' }] });
    }
  });

  test('with another device a knock and a visit go on where they were, and it is that one that a reload finds', () => {
    expect(step(STATES.waiting, { type: 'keys_lost' })).toEqual({ state: STATES.waiting, commands: [{ do: 'renew', account }] });
    const renewed = { ...account, device_id: 'OTHER' };
    for (const [from, stage] of [[STATES.knocking, 'made'], [STATES.waiting, 'knocked'], [STATES.joining, 'admitted'], [STATES.visit, 'admitted']] as const) {
      const place = stage === 'knocked' ? queue : null;
      expect(step(from, { type: 'renewed', account: renewed })).toEqual({
        state: { ...from, account: renewed },
        commands: [{ do: 'keep', kept: { ...kept(stage, place), account: renewed } }, { do: 'start', account: renewed, stage }],
      });
    }
  });

  test('where nobody comes who had opened, the visitor is told so, and then is back at the same place', () => {
    for (const from of [STATES.joining, STATES.visit]) {
      const told = step(from, ticket('opened')).state;
      expect(told).toEqual({ ...from, message: 'parole' });
      const { state, commands } = step(told, ticket('waiting'));
      expect(state).toEqual({ at: 'waiting', ...live, queue: { number: 12, place: 3, wait: null }, kept: false, message: 'parole' });
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

describe('passed on to another office', () => {
  const moved = (state: TicketContent['state']): Event => {
    const event = ticket(state, other);
    return event.type === 'ticket' ? { ...event, ticket: { ...event.ticket, from: office } } : event;
  };
  const place = { number: 12, place: 3, wait: null };

  test('the page goes on there, in the queue as out of a visit, and a reload finds it there', () => {
    for (const from of [STATES.knocking, STATES.waiting, STATES.unanswered, STATES.joining, STATES.visit]) {
      expect(step(from, moved('waiting'))).toEqual({
        state: { at: 'waiting', ...live, office: other, queue: place, kept: false, message: 'parole' },
        commands: [{ do: 'keep', kept: { office: other, account, stage: 'knocked', queue: place } }],
      });
    }
  });

  test('what became of the knock there counts, also where that is the first word of it', () => {
    for (const from of [STATES.waiting, STATES.visit]) {
      expect(step(from, moved('closed'))).toEqual({ state: { at: 'closed', office: other, message: 'parole' }, commands: [{ do: 'wipe' }] });
      expect(step(from, moved('opened')).state).toMatchObject({ at: 'joining', office: other });
    }
  });

  test('the office before is not heard any more, and who has left stays away', () => {
    const there = step(STATES.waiting, moved('waiting')).state;
    expect(step(there, ticket('declined')).state).toEqual(there);
    expect(step(STATES.leaving, moved('waiting'))).toEqual({ state: STATES.leaving, commands: [] });
  });
});
