import { describe, expect, test, vi } from 'vitest';
import { VisitorBody } from '@portineria/config/api';
import { NeighbourId, OfficeId, RoomId } from '@portineria/config/ids';
import { SILENCE, type Talk } from '../chat/talk.ts';
import type { Session } from '../matrix/visitor.ts';
import type { AccountAnswer } from '../porter/visitors.ts';
import type { Told } from '../way/machine.ts';
import type { Kept, Stage, State } from '../way/state.ts';
import { drive, type Driver, type Outside } from './drive.ts';

const office = OfficeId.parse('sindaco');
const room = RoomId.parse('!visit:comune.example');
const account = VisitorBody.parse({
  user_id: '@ospite-1:comune.example',
  device_id: 'DEVICE',
  access_token: 'token',
  homeserver: 'https://comune.example',
  porter: '@porter:comune.example',
  knock: { room_id: '!door:comune.example', alias: '#sindaco:comune.example', via: [], reason: 'Bussa' },
});
const kept: Kept = { office, account, stage: 'knocked', queue: { number: 3, place: 1, wait: 2 } };
const draft = { name: 'Maria', topic: '' };

interface World {
  driver: Driver;
  outside: Outside;
  state: () => State;
  session: Session;
  opened: { stage: Stage; tell: (told: Told) => void; broken: () => void }[];
  shelf: { kept: Kept | null };
  done: string[];
}

function world(over: Partial<Outside> = {}, stored: Kept | null = null): World {
  const done: string[] = [];
  const shelf: World['shelf'] = { kept: stored };
  const opened: World['opened'] = [];
  let state: State = { at: 'office', office, draft: null };
  const session: Session = {
    say: () => undefined,
    typed: () => undefined,
    resend: () => undefined,
    nudge: () => undefined,
    callPort: () => null,
    jitsiPort: () => null,
    ready: () => undefined,
    leave: async () => void done.push('session.leave'),
    stop: async () => void done.push('session.stop'),
  };
  const outside: Outside = {
    language: 'it',
    ask: async (): Promise<AccountAnswer> => ({ type: 'account', account }),
    erase: async () => {
      done.push('erase');
      return true;
    },
    renew: async () => ({ ...account, device_id: 'OTHER' }),
    redeem: async () => ({ type: 'handed', kept }),
    hasMoved: async () => false,
    logOut: ({ device_id }) => void done.push(`logout ${device_id}`),
    open: async (opening) => {
      opened.push(opening);
      return session;
    },
    hold: { take: async () => true, seize: async () => void done.push('seize'), release: () => void done.push('release') },
    isHere: () => true,
    keep: (now) => (shelf.kept = now),
    recall: () => shelf.kept,
    forget: () => (shelf.kept = null),
    wipe: async () => void done.push('wipe'),
    ring: () => void done.push('ring'),
    reload: () => true,
    goTo: ({ neighbour }) => neighbour !== undefined,
    afresh: () => void done.push('afresh'),
    show: (now) => (state = now),
    talk: () => undefined,
    pause: async () => undefined,
    ...over,
  };
  return { driver: drive(state, outside), outside, state: () => state, session, opened, shelf, done };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const last = (w: World): World['opened'][number] => {
  const opening = w.opened.at(-1);
  if (opening === undefined) throw new Error('Expected an opened session');
  return opening;
};

describe('the driver', () => {
  test('asks, keeps, opens the session, and wipes everything at the end', async () => {
    const w = world();
    w.driver.send({ type: 'submit', draft });
    expect(w.state().at).toBe('asking');
    await settled();
    expect(w.state().at).toBe('knocking');
    expect(last(w).stage).toBe('made');
    last(w).tell({ type: 'knocked' });
    expect(w.shelf.kept).toMatchObject({ stage: 'knocked' });
    last(w).tell({ type: 'joined', room });
    last(w).tell({ type: 'visit_over' });
    await settled();
    expect(w.state()).toMatchObject({ at: 'ended', end: 'ended' });
    expect(w.shelf.kept).toBeNull();
    expect(w.done).toEqual(['ring', 'session.stop', 'wipe', 'release']);
  });

  test('a way that goes on at a neighbour’s is left to that one’s page, and this page holds nothing of it', async () => {
    const taken: string[] = [];
    const w = world({ hold: { take: async () => { taken.push('hold'); return true; }, seize: async () => undefined, release: () => undefined } }, { ...kept, neighbour: NeighbourId.parse('altrove') });
    await w.driver.resume();
    await settled();
    expect([w.opened, taken, w.state().at]).toEqual([[], [], 'office']);
    expect(w.shelf.kept).toMatchObject({ neighbour: 'altrove' });
  });

  test('what was said stays with the end of a visit, and goes with it; of a knock that was taken back nothing stays', async () => {
    const talks: Talk[] = [];
    const w = world({ talk: (now) => talks.push(now) }, { ...kept, stage: 'inside' });
    await w.driver.resume();
    await settled();
    w.driver.send({ type: 'joined', room });
    w.driver.send({ type: 'visit_over' });
    await settled();
    expect([w.state().at, talks]).toEqual(['ended', []]);
    w.driver.send({ type: 'again' });
    expect(talks).toEqual([SILENCE]);
    const other = world({ talk: (now) => talks.push(now) }, kept);
    await other.driver.resume();
    await settled();
    other.driver.send({ type: 'vanished' });
    await settled();
    expect([other.state().at, talks]).toEqual(['gone', [SILENCE, SILENCE]]);
  });

  test('another tab than the one that knocked goes on with a visit only when it is told to', async () => {
    const taken: string[] = [];
    const w = world({ isHere: () => false, hold: { take: async () => { taken.push('hold'); return true; }, seize: async () => undefined, release: () => undefined } }, kept);
    await w.driver.resume();
    expect([w.opened, taken, w.state()]).toEqual([[], [], { at: 'elsewhere' }]);
    w.driver.send({ type: 'take_over' });
    await settled();
    expect(w.state()).toMatchObject({ at: 'waiting', queue: kept.queue });
  });

  test('a device whose keys are lost is left for another one, with the session stopped and its remains deleted before', async () => {
    let answers = 0;
    const w = world({ renew: async () => (answers++ === 0 ? null : { ...account, device_id: 'OTHER' }) }, kept);
    await w.driver.resume();
    await settled();
    last(w).tell({ type: 'keys_lost' });
    await settled();
    expect(w.done).toEqual(['session.stop', 'wipe', 'logout DEVICE']);
    expect([w.opened.length, last(w).stage, w.shelf.kept]).toEqual([2, 'knocked', { ...kept, account: { ...account, device_id: 'OTHER' } }]);
    expect(w.state()).toMatchObject({ at: 'waiting', account: { device_id: 'OTHER' } });
  });

  test('a code’s knock goes on here, kept for a reload; one that does not do lets go of the tab’s hold', async () => {
    const w = world({ redeem: async (code) => (code === 'good' ? { type: 'handed', kept } : { type: 'unfit', message: 'Non risulta' }) });
    Object.assign(w, { driver: drive({ at: 'code' }, w.outside) });
    w.driver.send({ type: 'code', code: 'bad' });
    expect(w.state()).toEqual({ at: 'code', busy: true });
    await settled();
    expect([w.state(), w.done]).toEqual([{ at: 'code', fault: 'Non risulta' }, ['release']]);
    w.driver.send({ type: 'code', code: 'good' });
    await settled();
    expect([w.state(), w.shelf.kept, last(w).stage]).toMatchObject([{ at: 'waiting', queue: kept.queue }, kept, 'knocked']);
  });

  test('a code’s knock at a neighbour’s office is kept for that one’s page', async () => {
    const abroad = { ...kept, neighbour: NeighbourId.parse('altrove') };
    const w = world({ redeem: async () => ({ type: 'handed', kept: abroad }) });
    Object.assign(w, { driver: drive({ at: 'code' }, w.outside) });
    w.driver.send({ type: 'code', code: 'good' });
    await settled();
    expect([w.opened, w.shelf.kept, w.state().at]).toEqual([[], abroad, 'code']);
  });

  test('a device that was logged out says whether it was left for another one, and nothing of the visit stays there', async () => {
    for (const moved of [true, false]) {
      const w = world({ hasMoved: async () => moved }, kept);
      await w.driver.resume();
      await settled();
      last(w).tell({ type: 'expired' });
      await settled();
      expect([w.state().at, w.shelf.kept, w.done]).toEqual([moved ? 'moved' : 'gone', null, ['session.stop', 'wipe', 'release']]);
    }
  });

  test('a page that cannot load what it needs has the knock taken back before it says so', async () => {
    const w = world({ open: async () => Promise.reject(new Error('not loaded')), reload: () => false });
    w.driver.send({ type: 'submit', draft });
    await settled();
    expect(w.done).toEqual(['erase', 'wipe', 'release']);
    expect(w.state()).toMatchObject({ at: 'refused', why: 'failed' });
  });

  test('leaving tells the homeserver and the porter, and only then is it over', async () => {
    const w = world({}, kept);
    await w.driver.resume();
    await settled();
    w.driver.send({ type: 'leave' });
    expect(w.state().at).toBe('leaving');
    await settled();
    expect(w.state()).toMatchObject({ at: 'ended', end: 'withdrawn' });
    expect(w.done).toEqual(['session.leave', 'erase', 'session.stop', 'wipe', 'release']);
  });

  test('a porter that cannot be reached is asked again, some times, and the visitor is not held for ever', async () => {
    const erase = vi.fn(async () => false);
    const w = world({ erase }, kept);
    await w.driver.resume();
    w.driver.send({ type: 'leave' });
    await vi.waitFor(() => expect(w.state().at).toBe('ended'));
    expect(erase).toHaveBeenCalledTimes(4);
  });

  test('a reload goes on with what was kept, and shows the last place at once', async () => {
    const w = world({}, kept);
    await w.driver.resume();
    expect(w.state()).toMatchObject({ at: 'waiting', queue: { place: 1 } });
    await settled();
    expect(last(w).stage).toBe('knocked');
  });

  test('a second tab says so, and takes over when it is told to', async () => {
    const w = world({ hold: { take: async () => false, seize: async () => undefined, release: () => undefined } }, kept);
    await w.driver.resume();
    expect(w.state().at).toBe('elsewhere');
    expect(w.opened).toEqual([]);
    w.driver.send({ type: 'take_over' });
    await settled();
    expect(w.state().at).toBe('waiting');
  });

  test('a form that is sent while another tab has a visit asks for no second account', async () => {
    const ask = vi.fn();
    const w = world({ ask, hold: { take: async () => false, seize: async () => undefined, release: () => undefined } });
    w.driver.send({ type: 'submit', draft });
    await settled();
    expect(w.state().at).toBe('elsewhere');
    expect(ask).not.toHaveBeenCalled();
  });

  test('the tab that lost the visit stops its session and leaves what is stored alone', async () => {
    const w = world({}, kept);
    await w.driver.resume();
    await settled();
    w.driver.send({ type: 'elsewhere' });
    expect(w.done).toEqual(['session.stop']);
    expect(w.shelf.kept).toEqual(kept);
  });

  test('a late word of a session that was stopped is not heard', async () => {
    const w = world({}, kept);
    await w.driver.resume();
    await settled();
    const old = last(w);
    w.driver.send({ type: 'elsewhere' });
    old.tell({ type: 'expired' });
    expect(w.state().at).toBe('elsewhere');
    expect(w.shelf.kept).toEqual(kept);
  });

  test('a session that cannot be loaded keeps the place, says that the connection is away, and loads the page again', async () => {
    const reload = vi.fn(() => true);
    const w = world({ reload, open: async () => Promise.reject(new TypeError('Failed to fetch')) }, kept);
    await w.driver.resume();
    await settled();
    expect(w.state()).toMatchObject({ at: 'waiting', link: 'down' });
    expect(reload).toHaveBeenCalledTimes(1);
    expect(w.shelf.kept).toEqual(kept);
  });

  test('when loading again does not help either, the visitor is told', async () => {
    const w = world({ reload: () => false, open: async () => Promise.reject(new TypeError('Failed to fetch')) }, kept);
    await w.driver.resume();
    await settled();
    expect(w.state().at).toBe('refused');
  });

  test('a refused account lets go of the tab’s hold', async () => {
    const w = world({ ask: async () => ({ type: 'failed', why: 'unavailable', message: null }) });
    w.driver.send({ type: 'submit', draft });
    await settled();
    expect(w.state()).toMatchObject({ at: 'refused', draft });
    expect(w.done).toEqual(['release']);
  });
});
