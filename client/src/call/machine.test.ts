import { describe, expect, test } from 'vitest';
import fc from '@portineria/config/cases';
import { AT_REST, REJOINS, RETRIES, step, type Call, type CallEvent, type Trouble } from './machine.ts';

const TROUBLES: Trouble[] = ['browser', 'none', 'refused', 'unavailable', 'unreachable', 'fault', 'keyless'];
const EVENTS: CallEvent[] = [
  { type: 'begin', obstacle: null },
  ...TROUBLES.map((obstacle): CallEvent => ({ type: 'begin', obstacle })),
  ...(['granted', 'refused', 'unavailable', 'unreachable'] as const).map((answer): CallEvent => ({ type: 'answered', answer })),
  ...(['joined', 'late', 'fault', 'keyless', 'unlinked', 'heard', 'hung_up', 'hang_up', 'over'] as const).map((type): CallEvent => ({ type })),
];
const FLAGS = [true, false];
const STATES: Call[] = [
  ...FLAGS.map((left): Call => ({ is: 'idle', left })),
  ...[0, REJOINS].flatMap((rejoins) => FLAGS.flatMap((granted) => FLAGS.map((joined): Call => ({ is: 'opening', granted, joined, rejoins })))).filter((state) => !(state.is === 'opening' && state.granted && state.joined)),
  ...[0, 1, REJOINS].map((rejoins): Call => ({ is: 'on', rejoins })),
  ...TROUBLES.map((why): Call => ({ is: 'trouble', why })),
  { is: 'over' },
];
const open = (state: Call): boolean => state.is === 'opening' || state.is === 'on';
const OPENING: Call = { is: 'opening', granted: false, joined: false, rejoins: 0 };

describe('a call', () => {
  test('asks for the permission and loads at the same time', () => {
    expect(step(AT_REST, { type: 'begin', obstacle: null })).toEqual({ state: OPENING, commands: ['ask', 'open'] });
  });

  test('is on once it is both allowed and joined, in either order', () => {
    const granted = step(OPENING, { type: 'answered', answer: 'granted' }).state;
    const joined = step(OPENING, { type: 'joined' }).state;
    expect([granted.is, joined.is]).toEqual(['opening', 'opening']);
    expect(step(granted, { type: 'joined' })).toEqual({ state: { is: 'on', rejoins: 0 }, commands: [] });
    expect(step(joined, { type: 'answered', answer: 'granted' })).toEqual({ state: { is: 'on', rejoins: 0 }, commands: [] });
  });

  test.each(TROUBLES)('that cannot be had for %s is not even opened', (obstacle) => {
    expect(step(AT_REST, { type: 'begin', obstacle })).toEqual({ state: { is: 'trouble', why: obstacle }, commands: [] });
  });

  test.each(['refused', 'unavailable', 'unreachable'] as const)('that the token service calls %s is taken away, and can be tried again', (answer) => {
    const { state, commands } = step(OPENING, { type: 'answered', answer });
    expect([state, commands]).toEqual([{ is: 'trouble', why: answer }, ['drop']]);
    expect(step(state, { type: 'begin', obstacle: null }).state).toEqual(OPENING);
  });

  test('without keys is joined again, at most so many times, and from the start once somebody was heard', () => {
    let state: Call = { is: 'on', rejoins: 0 };
    for (let round = 1; round <= REJOINS; round += 1) {
      const next = step(state, { type: 'keyless' });
      expect(next).toEqual({ state: { ...OPENING, rejoins: round }, commands: ['drop', 'ask', 'open'] });
      state = step(step(next.state, { type: 'joined' }).state, { type: 'answered', answer: 'granted' }).state;
    }
    expect(step(state, { type: 'keyless' })).toEqual({ state: { is: 'trouble', why: 'keyless' }, commands: ['drop'] });
    expect(step(state, { type: 'heard' }).state).toEqual({ is: 'on', rejoins: 0 });
  });

  test.each(['late', 'fault'] as const)('that never came about (%s) is tried once more by itself; then it is a trouble, and can be tried again', (type) => {
    const next = step(OPENING, { type });
    expect(next).toEqual({ state: { ...OPENING, rejoins: RETRIES }, commands: ['drop', 'ask', 'open'] });
    expect(step(next.state, { type })).toEqual({ state: { is: 'trouble', why: 'fault' }, commands: ['drop'] });
    expect(step({ is: 'trouble', why: 'fault' }, { type: 'begin', obstacle: null }).state).toEqual(OPENING);
  });

  test('that breaks off is joined once more by itself, and again once somebody was heard', () => {
    const broken = step({ is: 'on', rejoins: 0 }, { type: 'fault' });
    expect(broken).toEqual({ state: { ...OPENING, rejoins: RETRIES }, commands: ['drop', 'ask', 'open'] });
    expect(step({ is: 'on', rejoins: RETRIES }, { type: 'fault' })).toEqual({ state: { is: 'trouble', why: 'fault' }, commands: ['drop'] });
    expect(step(step({ is: 'on', rejoins: RETRIES }, { type: 'heard' }).state, { type: 'fault' }).commands).toEqual(['drop', 'ask', 'open']);
  });

  test.each(['unavailable', 'unreachable'] as const)('that broke off is sought while its server is %s; where nobody may speak any more it is not', (answer) => {
    const { state } = step({ is: 'on', rejoins: 0 }, { type: 'fault' });
    expect(step(state, { type: 'answered', answer })).toEqual({ state: { is: 'trouble', why: answer }, commands: ['drop', 'seek'] });
    expect(step(state, { type: 'answered', answer: 'refused' }).commands).toEqual(['drop']);
  });

  test('whose server stays away is given up, sought, and can be tried again', () => {
    const { state, commands } = step({ is: 'on', rejoins: 1 }, { type: 'unlinked' });
    expect([state, commands]).toEqual([{ is: 'trouble', why: 'unavailable' }, ['drop', 'seek']]);
    expect(step(state, { type: 'begin', obstacle: null }).state).toEqual(OPENING);
  });

  test('that is left by our button says goodbye; by its own it has done so', () => {
    expect(step({ is: 'on', rejoins: 0 }, { type: 'hang_up' })).toEqual({ state: { is: 'idle', left: true }, commands: ['leave'] });
    expect(step({ is: 'on', rejoins: 0 }, { type: 'hung_up' })).toEqual({ state: { is: 'idle', left: true }, commands: ['drop'] });
  });
});

describe('in every state and for every event', () => {
  const CASES = STATES.flatMap((state) => EVENTS.map((event) => ({ state, event, name: `${JSON.stringify(state)} ${JSON.stringify(event)}` })));

  test.each(CASES)('$name: what is open is closed exactly when the call is no longer open or opens anew', ({ state, event }) => {
    const { state: next, commands } = step(state, event);
    const closes = commands.includes('drop') || commands.includes('leave');
    const opens = commands.includes('open');
    expect(closes).toBe(open(state) && (!open(next) || opens));
    expect(opens).toBe(open(next) && (!open(state) || closes));
    // Nothing is opened without asking, nothing asked for without opening, and closing comes first.
    expect(commands.includes('ask')).toBe(opens);
    if (closes && opens) expect(commands[0]).toBe('drop');
    expect(new Set(commands).size).toBe(commands.length);
    // No state is reached that does not exist: allowed and joined is on.
    expect(next).not.toMatchObject({ is: 'opening', granted: true, joined: true });
  });

  test.each(CASES)('$name: over is over', ({ state, event }) => {
    if (state.is === 'over' || event.type === 'over') expect(step(state, event).state).toEqual({ is: 'over' });
  });

  test('whatever happens, in whatever order, frames are opened and closed in turn, and rejoins are bounded', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
        let state = AT_REST;
        let frames = 0;
        for (const event of events) {
          const next = step(state, event);
          for (const command of next.commands) frames += command === 'open' ? 1 : command === 'ask' || command === 'seek' ? 0 : -1;
          state = next.state;
          expect(frames).toBe(open(state) ? 1 : 0);
          if ('rejoins' in state) expect(state.rejoins).toBeLessThanOrEqual(REJOINS);
        }
      }),
    );
  });
});
