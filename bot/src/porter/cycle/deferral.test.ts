import { UserId } from '@portineria/config/ids';
import { describe, expect, test } from 'vitest';
import { Crowd } from './crowd.ts';
import { atRest, pass, useCycles, working } from './cycle.fixture.ts';
import type { RoomEvent } from '../../ground/matrix.ts';
import { ANNA, DOOR_ROOM, event, knock, NOON, ticket } from '../../judgement/situation.fixture.ts';

useCycles();

test('when a door opens, who enters comes first, and colleagues see it: what nobody waits for is done a moment later, all of it', async () => {
  // With an account of their own: a temporary one stays at the door.
  const rosa = UserId.parse('@rosa:comune.example');
  const one = ticket(1, rosa, 'k1', NOON, { card: event('card'), offered: true, answer: { kind: 'admit', by: ANNA, at: NOON } });
  const waiting = { ...atRest, knocks: new Map([[rosa, knock(rosa, 'k1', NOON)]]), book: { ...atRest.book, tickets: [one] } };
  const { porter, said } = working(waiting, new Crowd());
  porter.wake();
  await pass();
  expect(said).toEqual(['open', 'publish']);
  await pass(2_900);
  expect(said).toEqual(['open', 'publish']);
  await pass(200);
  expect(said).toEqual(expect.arrayContaining(['tell', 'close-card', 'write-book']));
});

describe('a crowd', () => {
  let knocks = 0;
  const knocking = (): RoomEvent => {
    const who = UserId.parse(`@folla-${++knocks}:comune.example`);
    return { event_id: event(`knock-${knocks}`), type: 'm.room.member', sender: who, state_key: who, content: { membership: 'knock' }, origin_server_ts: Date.now() };
  };
  const of = (said: readonly string[], kind: string): number => said.filter((one) => one === kind).length;

  test('is none while one knocks: the place is told at once', async () => {
    const { porter, said } = working(atRest, new Crowd());
    porter.hear(DOOR_ROOM, knocking());
    await pass();
    expect(said).toEqual(['number', 'announce', 'describe', 'tell', 'offer', 'write-book', 'publish']);
  });

  test('has all its cards first, then each is told the place, and all else is done, once for all', async () => {
    const crowd = new Crowd();
    const { porter, said } = working(atRest, crowd, 20);
    for (let one = 0; one < 8; one++) {
      porter.hear(DOOR_ROOM, knocking());
      await pass(100);
    }
    expect(of(said, 'announce')).toBe(8);
    const sooner = said.length;
    await pass(300);
    expect(said).toHaveLength(sooner);
    await pass(1_000);
    expect(said.slice(sooner)).toEqual(['tell', 'offer', 'offer', 'write-book', 'publish']);
    expect([...porter.situation.told.values()].map(({ content }) => content.place)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('at one office has the others wait with what is patient, as one homeserver serves them all', async () => {
    const crowd = new Crowd();
    const [here, there] = [working(atRest, crowd, 20), working(atRest, crowd, 20)];
    here.porter.hear(DOOR_ROOM, knocking());
    there.porter.hear(DOOR_ROOM, knocking());
    await pass(100);
    expect([here.said, there.said]).toEqual([['number', 'announce', 'describe'], ['number', 'announce', 'describe']]);
    await pass(1_000);
    expect([here.said.at(-1), there.said.at(-1)]).toEqual(['publish', 'publish']);
  });

  test('that does not end keeps nobody waiting for the place more than five seconds, and the rest not for ever', async () => {
    const { porter, said } = working(atRest, new Crowd(), 20);
    for (let one = 0; one < 210; one++) {
      porter.hear(DOOR_ROOM, knocking());
      await pass(300);
      const { told } = porter.situation;
      for (const { visitor, since } of porter.situation.book.tickets) if (Date.now() - since > 5_500) expect(told.has(visitor)).toBe(true);
    }
    expect(of(said, 'announce')).toBe(210);
    expect(of(said, 'tell')).toBeLessThanOrEqual(13);
    for (const kind of ['write-book', 'publish', 'offer']) expect(of(said, kind)).toBeGreaterThan(0);
  });
});
