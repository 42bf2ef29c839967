import { MatrixEvent, type Room } from 'matrix-js-sdk';
import type { SyncCryptoChanges } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { RustCrypto } from 'matrix-js-sdk/lib/rust-crypto/rust-crypto.js';
import { expect, test } from 'vitest';
import { spare } from './sparing.ts';

/** What is passed on of these answers. */
async function passedOn(answers: readonly Partial<SyncCryptoChanges>[], fails: (nth: number) => boolean = () => false): Promise<number[]> {
  const passed: number[] = [];
  let nth = -1;
  const taker = {
    processSyncChanges: async (_changes: SyncCryptoChanges) => {
      if (fails(nth)) throw new Error('the database is gone');
      passed.push(nth);
      return [];
    },
    onCryptoEvent: async () => undefined,
  };
  spare(taker);
  for (const answer of answers) {
    nth += 1;
    await taker.processSyncChanges({ toDeviceEvents: [], oneTimeKeysCounts: { signed_curve25519: 50 }, unusedFallbackKeys: ['signed_curve25519'], ...answer }).catch(() => undefined);
  }
  return passed;
}

const message = { type: 'm.room.encrypted', sender: '@anna:localhost', content: {} };

test('the first answer is passed on, and none after it that says the same', async () => {
  expect(await passedOn([{}, {}, { deviceLists: {} }, { deviceLists: { changed: [], left: [] } }])).toEqual([0]);
});

test('messages, devices, and another number of keys are passed on', async () => {
  expect(await passedOn([{}, { toDeviceEvents: [message] }, {}, { deviceLists: { changed: ['@anna:localhost'] } }, { deviceLists: { left: ['@anna:localhost'] } }])).toEqual([0, 1, 3, 4]);
  expect(await passedOn([{}, { oneTimeKeysCounts: { signed_curve25519: 49 } }, { oneTimeKeysCounts: { signed_curve25519: 49 } }, {}, { unusedFallbackKeys: [] }, { oneTimeKeysCounts: {} }])).toEqual([0, 1, 3, 4, 5]);
});

test('what could not be taken is passed on again', async () => {
  expect(await passedOn([{}, {}, {}], (nth) => nth < 1)).toEqual([1]);
});

test('an invitation’s word for encryption is not passed on, the room’s own is', async () => {
  const told: unknown[] = [];
  const taker = { processSyncChanges: async () => [], onCryptoEvent: async (_room: Room, event: MatrixEvent) => void told.push(event.getId()) };
  spare(taker);
  const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
  for (const event of [encryption, { ...encryption, event_id: '$its-own' }]) await taker.onCryptoEvent({} as Room, new MatrixEvent(event));
  expect(told).toEqual(['$its-own']);
});

test('the SDK passes its answers where they are looked at', () => {
  expect(RustCrypto.prototype.processSyncChanges).toBeTypeOf('function');
  expect(RustCrypto.prototype.onCryptoEvent).toBeTypeOf('function');
});
