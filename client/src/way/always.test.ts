/** What holds of the citizen's way whatever happens. */
import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { step, type Event } from './machine.ts';
import { EVENTS, STATES } from './machine.fixture.ts';
import { isLive } from './state.ts';

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

  test('a lost connection or a porter that is not heard never takes the place in the queue away', () => {
    const network = fc.constantFrom<Event>({ type: 'lost' }, { type: 'returned' }, { type: 'silent' });
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
          expect(step(leaving, { type: 'left' }).state.at).toBe(leaving.at === 'leaving' && ['unreached', 'barred'].includes(leaving.end) ? 'refused' : 'ended');
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
