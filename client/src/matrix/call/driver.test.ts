import type { MatrixClient, Room } from 'matrix-js-sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallDriver } from './driver.ts';
import { BEGAN, CALL_MEMBER } from './grants.ts';
import type { Purse } from './purse.ts';

const SEAT = { room: '!mask:comune.example', user: '@ospite:comune.example', device: 'DEV' };

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

/** A driver in a visit's room, whose homeserver takes events so. */
function inVisit(sendEvent: () => Promise<{ event_id: string }>): { driver: CallDriver; sent: ReturnType<typeof vi.fn> } {
  const sent = vi.fn(sendEvent);
  const driver = new CallDriver({ sendEvent: sent } as unknown as MatrixClient, SEAT, { state: [], transport: { type: 'livekit' } } as never, {} as Purse, { joined: vi.fn(), echo: vi.fn(), goodbye: vi.fn() });
  driver.enter({ roomId: '!visit:comune.example' } as Room);
  return { driver, sent };
}

test('that a call began is told in the visit’s room, once its sound has its keys', async () => {
  const { driver, sent } = inVisit(async () => ({ event_id: '$began' }));
  const told = driver.sendEvent(BEGAN, { notification_type: 'notification' });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(sent).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await told).toEqual({ roomId: SEAT.room, eventId: '$began' });
  expect(sent).toHaveBeenCalledExactlyOnceWith('!visit:comune.example', BEGAN, { notification_type: 'notification' });
});

test('where the visit is over before that, the frame hears of no failure; of any other it does', async () => {
  const { driver } = inVisit(() => Promise.reject(new Error('not in the room')));
  const told = driver.sendEvent(BEGAN, { notification_type: 'notification' });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await told).toEqual({ roomId: SEAT.room, eventId: '' });
  await expect(driver.sendEvent('m.reaction', {})).rejects.toThrow('not in the room');
});

test('a membership is like none before, so that the homeserver tells it and the others send their keys again; a goodbye says nothing', async () => {
  const sent = vi.fn(async () => ({ event_id: '$member' }));
  const [key, content] = [`_${SEAT.user}_${SEAT.device}_m.call`, { application: 'm.call', device_id: SEAT.device }];
  for (const said of [content, content, {}]) {
    const driver = new CallDriver({ sendStateEvent: sent } as unknown as MatrixClient, SEAT, { state: [], transport: { type: 'livekit' } } as never, {} as Purse, { joined: vi.fn(), echo: vi.fn(), goodbye: vi.fn() });
    driver.enter({ roomId: '!visit:comune.example' } as Room);
    await driver.sendEvent(CALL_MEMBER, said, key);
  }
  const [first, second, last] = sent.mock.calls.map((call: unknown[]) => call[2]);
  expect([first, last]).toEqual([{ ...content, 'it.portineria.entry': expect.any(String) }, {}]);
  expect(second).not.toEqual(first);
});
