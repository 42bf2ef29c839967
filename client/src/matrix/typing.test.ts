import type { MatrixClient, Room } from 'matrix-js-sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { READS, TYPED } from '@portineria/config/events';
import { turnKey } from '../chat/typed.ts';
import { typeAlong, type Typing } from './typing.ts';

const [PORTER, ANNA, MARIA, GONE] = ['@portineria:comune.example', '@anna:comune.example', '@ospite-1:comune.example', '@gone:comune.example'];
const ROOM = '!visit:comune.example';

interface Sent { readonly type: string; readonly to: string[]; readonly content: Record<string, unknown> }
interface House {
  readonly typing: Typing;
  readonly sent: Sent[];
  /** Something comes for this page's device. */
  readonly hear: (type: string, content: object, more?: { sender?: string; device?: string; clear?: boolean }) => void;
  readonly texts: () => unknown[];
  fails: boolean;
}

/** Maria's page, in a visit with Anna, who has a page of ours (DESK) and a telephone with another client. */
function house(): House {
  const sent: Sent[] = [];
  let listener: (received: object) => void = () => undefined;
  let count = 0;
  const state = { fails: false };
  const crypto = {
    getUserDeviceInfo: async (users: string[]) => new Map(users.map((user) => [user, new Map([['DESK', {}], ['PHONE', {}]])])),
    encryptToDeviceMessages: async (type: string, devices: { userId: string; deviceId: string }[], content: object) => ({ eventType: 'm.room.encrypted', batch: devices.map((device) => ({ ...device, payload: { type, content } })) }),
  };
  const client = {
    getSafeUserId: () => MARIA,
    makeTxnId: () => `m${(count += 1)}`,
    getCrypto: () => crypto,
    on: (_event: string, take: typeof listener) => (listener = take),
    off: () => (listener = () => undefined),
    sendToDevice: async (outer: string, contents: Map<string, Map<string, { type: string; content: Record<string, unknown> }>>) => {
      expect(outer).toBe('m.room.encrypted');
      if (state.fails) throw new Error('away');
      const all = [...contents].flatMap(([user, of]) => [...of].map(([device, payload]) => ({ to: `${user} ${device}`, payload })));
      const [first] = all;
      if (first !== undefined) sent.push({ ...first.payload, to: all.map(({ to }) => to) });
    },
  } as unknown as MatrixClient;
  const inside = [PORTER, ANNA, MARIA].map((userId) => ({ userId, membership: 'join' }));
  const room = { roomId: ROOM, getMember: (user: string) => inside.find(({ userId }) => userId === user) ?? null, getMembersWithMembership: () => inside } as unknown as Room;
  return {
    typing: typeAlong(client, room, PORTER, () => undefined),
    sent,
    texts: () => sent.filter(({ type }) => type === TYPED).map(({ content }) => content['text']),
    hear(type, content, { sender = ANNA, device = 'DESK', clear = false } = {}) {
      listener({ message: { type, sender, content }, encryptionInfo: clear ? null : { sender, senderDevice: device === '' ? undefined : device } });
    },
    get fails() {
      return state.fails;
    },
    set fails(are) {
      state.fails = are;
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test('before anybody writes, each device of the others’ hears once that this page reads, and the porter nothing', async () => {
  const { sent, typing } = house();
  await pass(5_000);
  expect(sent).toEqual([{ type: READS, to: [`${ANNA} DESK`, `${ANNA} PHONE`], content: { room: ROOM } }]);
  typing.typed('B');
  await pass(60_000);
  expect(sent).toHaveLength(1);
});

test('whoever was told before they could hear asks themselves, and is answered at once; an answer is not answered', async () => {
  const { sent, hear } = house();
  await pass(2_500);
  hear(READS, { room: ROOM });
  await pass(1_000);
  expect(sent.slice(1)).toEqual([{ type: READS, to: [`${ANNA} DESK`], content: { room: ROOM, known: true } }]);
  hear(READS, { room: ROOM, known: true });
  await pass(5_000);
  expect(sent).toHaveLength(2);
});

test('what is written goes at once, then every 300 ms as it stands, to whoever says that they read', async () => {
  const { typing, hear, texts, sent } = house();
  hear(READS, { room: ROOM });
  await pass(0);
  for (const words of ['B', 'Bu', 'Buo', 'Buon', 'Buong']) {
    typing.typed(words);
    await pass(100);
  }
  await pass(1_000);
  expect(texts()).toEqual(['B', 'Buo', 'Buong']);
  const typed = sent.filter(({ type }) => type === TYPED);
  expect(typed.map(({ to, content }) => [to, content['seq']])).toEqual([1, 2, 3].map((seq) => [[`${ANNA} DESK`], seq]));
});

test('whoever comes to read while something is written sees it whole, and it is told again while it stands there', async () => {
  const { typing, hear, texts } = house();
  typing.typed('Buongiorno');
  await pass(1_000);
  expect(texts()).toEqual([]);
  hear(READS, { room: ROOM });
  await pass(10_400);
  expect(texts()).toEqual(['Buongiorno', 'Buongiorno']);
  // Who says nothing any more is told no more.
  await pass(300_000);
  expect(texts().length).toBeLessThan(7);
});

test('a turn that is sent is named by its message and ends after it; where nobody was told of it, or it is taken back, the message is like any other', async () => {
  const { typing, hear, texts, sent } = house();
  typing.typed('Prima');
  expect(typing.close()).toBeNull();
  hear(READS, { room: ROOM });
  typing.typed('Buongiorno');
  await pass(1_000);
  const turn = typing.close();
  expect(turn).toBe(sent.findLast(({ type }) => type === TYPED)?.content['turn']);
  await pass(1_000);
  expect(texts()).toEqual(['Buongiorno']);
  typing.closed();
  await pass(1_000);
  expect(texts()).toEqual(['Buongiorno', '']);
  expect(typing.close()).toBeNull();
  typing.typed('Non');
  await pass(1_000);
  typing.typed('');
  await pass(60_000);
  expect(texts()).toEqual(['Buongiorno', '', 'Non', '']);
  expect(typing.close()).toBeNull();
});

test('what was not delivered is told by the next, and not many times afterwards', async () => {
  const it = house();
  it.hear(READS, { room: ROOM });
  await pass(0);
  it.fails = true;
  for (const words of ['B', 'Bu', 'Buo']) {
    it.typing.typed(words);
    await pass(500);
  }
  it.fails = false;
  await pass(3_000);
  expect(it.texts()).toEqual(['Buo']);
});

test('what others write is taken of whoever is inside alone, encrypted, of a known device, of this room, and not of the porter', () => {
  const { typing, hear } = house();
  const typed = { room: ROOM, turn: 'a', seq: 1, text: 'Buongiorno' };
  hear(TYPED, typed, { clear: true });
  hear(TYPED, typed, { device: '' });
  hear(TYPED, typed, { sender: GONE });
  hear(TYPED, typed, { sender: PORTER });
  hear(TYPED, typed, { sender: MARIA });
  hear(TYPED, { ...typed, room: '!other:comune.example' });
  hear(TYPED, { ...typed, text: 'x'.repeat(5_000) });
  expect(typing.shown(new Set())).toEqual([]);
  hear(TYPED, typed);
  expect(typing.shown(new Set())).toEqual([[ANNA, 'Buongiorno']]);
  expect(typing.shown(new Set([turnKey(ANNA, 'a')]))).toEqual([]);
});

test('a page that goes takes back what it was writing, and hears no more', async () => {
  const { typing, hear, texts } = house();
  hear(READS, { room: ROOM });
  typing.typed('Buongiorno');
  await pass(1_000);
  typing.stop();
  await pass(60_000);
  expect(texts()).toEqual(['Buongiorno', '']);
  hear(TYPED, { room: ROOM, turn: 'a', seq: 1, text: 'x' });
  expect(typing.shown(new Set())).toEqual([]);
});
