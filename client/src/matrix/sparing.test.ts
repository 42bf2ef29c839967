import { MatrixEvent, type Room } from 'matrix-js-sdk';
import type { SyncCryptoChanges } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { expect, test, vi } from 'vitest';
import { spare } from './sparing.ts';

/** An encryption that writes down what it is passed, and whose devices it fetches. @param fails whether the nth answer cannot be taken */
function world(fails: () => boolean = () => false) {
  const passed: SyncCryptoChanges[] = [];
  const tracked: string[] = [];
  const taker = {
    processSyncChanges: async (changes: SyncCryptoChanges) => {
      if (fails()) throw new Error('the database is gone');
      passed.push(changes);
      return [];
    },
    onCryptoEvent: async (_room: Room, _event: MatrixEvent) => undefined as void,
    onSyncCompleted: vi.fn(),
    olmMachine: { trackedUsers: async () => new Set([BRUNO]), updateTrackedUsers: async (users: unknown[]) => void tracked.push(...users.map(String)) },
  };
  return { taker, spared: spare(taker), passed, tracked };
}

const usual = { toDeviceEvents: [], oneTimeKeysCounts: { signed_curve25519: 50 }, unusedFallbackKeys: ['signed_curve25519'] };

/** Which of these answers are passed on. */
async function passedOn(answers: readonly Partial<SyncCryptoChanges>[], fails: (nth: number) => boolean = () => false): Promise<number[]> {
  let nth = -1;
  const { taker, passed } = world(() => fails(nth));
  const numbers: number[] = [];
  for (const answer of answers) {
    nth += 1;
    const before = passed.length;
    await taker.processSyncChanges({ ...usual, ...answer }).catch(() => undefined);
    if (passed.length > before) numbers.push(nth);
  }
  return numbers;
}

const [ANNA, BRUNO] = ['@anna:localhost', '@bruno:localhost'];
const message = { type: 'm.room.encrypted', sender: '@anna:localhost', content: {} };

test('the first answer is passed on, and none after it that says the same', async () => {
  expect(await passedOn([{}, {}, { deviceLists: {} }, { deviceLists: { changed: [], left: [] } }])).toEqual([0]);
});

test('messages, devices, and too few keys are passed on', async () => {
  expect(await passedOn([{}, { toDeviceEvents: [message] }, {}, { deviceLists: { changed: ['@anna:localhost'] } }, { deviceLists: { left: ['@anna:localhost'] } }])).toEqual([0, 1, 3, 4]);
  expect(await passedOn([{}, { oneTimeKeysCounts: { signed_curve25519: 49 } }, { oneTimeKeysCounts: { signed_curve25519: 24 } }, {}, { unusedFallbackKeys: [] }, { oneTimeKeysCounts: {} }])).toEqual([0, 2, 3, 4, 5]);
});

test('what could not be taken is passed on again', async () => {
  expect(await passedOn([{}, {}, {}], (nth) => nth < 1)).toEqual([1]);
});

test('an invitation’s word for encryption is not passed on, the room’s own is', async () => {
  const told: unknown[] = [];
  const { taker: plain } = world();
  const taker = { ...plain, onCryptoEvent: async (_room: Room, event: MatrixEvent) => void told.push(event.getId()) };
  spare(taker);
  const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
  for (const event of [encryption, { ...encryption, event_id: '$its-own' }]) await taker.onCryptoEvent({} as Room, new MatrixEvent(event));
  expect(told).toEqual(['$its-own']);
});

test('while a door opens, devices that are there are not fetched again, those of others are; then all are', async () => {
  vi.useFakeTimers();
  const { taker, spared, passed } = world();
  spared.met(ANNA);
  await taker.processSyncChanges(usual);
  spared.hurry();
  await taker.processSyncChanges({ ...usual, deviceLists: { changed: [ANNA, '@new:localhost', BRUNO] } });
  expect(passed.at(-1)?.deviceLists?.changed).toEqual(['@new:localhost']);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(passed.at(-1)?.deviceLists?.changed).toEqual([ANNA, BRUNO]);
  expect(passed.at(-1)?.oneTimeKeysCounts).toEqual(usual.oneTimeKeysCounts);
  expect(taker.onSyncCompleted).toHaveBeenCalledOnce();
  await taker.processSyncChanges({ ...usual, deviceLists: { changed: [ANNA] } });
  expect(passed.at(-1)?.deviceLists?.changed).toEqual([ANNA]);
  vi.useRealTimers();
});

test('whose devices are only asked for counts as unknown until they are there', async () => {
  const { taker, spared, passed } = world();
  await spared.expect(ANNA);
  expect(passed.map(({ deviceLists }) => deviceLists?.changed)).toEqual([[ANNA]]);
  spared.hurry();
  await taker.processSyncChanges({ ...usual, deviceLists: { changed: [ANNA] } });
  expect(passed.at(-1)?.deviceLists?.changed).toEqual([ANNA]);
});
