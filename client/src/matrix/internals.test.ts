/**
 * What packages have inside that we lean on, and that their next version may move: each sentence names what leans on it.
 * That Jitsi's SDK takes the class that its script left behind is held by tests/browser/jitsi.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ClientEvent, createClient, type MatrixClient } from 'matrix-js-sdk';
import { markRaw } from 'vue';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { quiet } from './quiet.ts';
import { spareCalls, spareEncryption, sparedOf, type Taker } from './sparing.ts';
import { deleteStores, storePrefix } from './stores.ts';

const [ME, ANNA, ROOM] = ['@ospite-1:comune.example', '@anna:comune.example', '!visit:comune.example'];

/** The first answer of a stream: a room that is encrypted. */
const FIRST = {
  next_batch: '1',
  device_one_time_keys_count: { signed_curve25519: 50 },
  rooms: {
    join: {
      [ROOM]: {
        state: { events: [
          { type: 'm.room.create', state_key: '', sender: ANNA, event_id: '$create', origin_server_ts: 1, content: { room_version: '11' } },
          { type: 'm.room.member', state_key: ME, sender: ME, event_id: '$me', origin_server_ts: 2, content: { membership: 'join' } },
          { type: 'm.room.encryption', state_key: '', sender: ANNA, event_id: '$encryption', origin_server_ts: 3, content: { algorithm: 'm.megolm.v1.aes-sha2' } },
        ] },
        timeline: { events: [], limited: false },
      },
    },
  },
};

/** What a homeserver answers, by the end of the path and by what was asked. */
const ANSWERS: readonly [RegExp, (asked: unknown) => object][] = [
  [/\/versions$/u, () => ({ versions: ['v1.11'], unstable_features: {} })],
  [/\/filter$/u, () => ({ filter_id: '1' })],
  [/\/pushrules\/$/u, () => ({ global: {} })],
  [/\/keys\/upload$/u, () => ({ one_time_key_counts: { signed_curve25519: 50 } })],
  // Everybody who was asked about is named, as otherwise they are asked about again, at once and for ever.
  [/\/keys\/query$/u, (asked) => ({ device_keys: Object.fromEntries(Object.keys((asked as { device_keys: object }).device_keys).map((user) => [user, {}])), failures: {} })],
];

const started: MatrixClient[] = [];
afterEach(() => {
  for (const client of started.splice(0)) client.stopClient();
  vi.unstubAllGlobals();
});

/** A client with its encryption, and a homeserver that writes down what it is asked. */
async function world(): Promise<{ client: MatrixClient; asked: [path: string, body: unknown][] }> {
  const asked: [path: string, body: unknown][] = [];
  let isFirst = true;
  const fetchFn: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) as unknown : null;
    asked.push([pathname, body]);
    if (pathname.endsWith('/sync')) {
      if (isFirst) {
        isFirst = false;
        return Response.json(FIRST);
      }
      return new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('It was broken off', 'AbortError')));
      });
    }
    const answer = ANSWERS.find(([path]) => path.test(pathname))?.[1];
    return answer === undefined ? Response.json({ errcode: 'M_NOT_FOUND', error: 'There is none' }, { status: 404 }) : Response.json(answer(body));
  };
  const client = createClient({ baseUrl: 'https://comune.example', userId: ME, deviceId: 'DEV', accessToken: 'token', logger: quiet(), fetchFn });
  started.push(client);
  await client.initRustCrypto({ useIndexedDB: false });
  return { client, asked };
}

describe('matrix-js-sdk', () => {
  test('its encryption has the machine and the names that matrix/sparing takes hold of: whose devices are expected is asked at the homeserver', async () => {
    const { client, asked } = await world();
    spareEncryption(client);
    await sparedOf(client).expect(ANNA);
    await vi.waitFor(() => expect(asked).toContainEqual(['/_matrix/client/v3/keys/query', expect.objectContaining({ device_keys: expect.objectContaining({ [ANNA]: [] }) })]));
  });

  test('a sync calls what matrix/sparing puts in the place of the encryption’s own', async () => {
    const { client } = await world();
    const crypto = client.getCrypto() as unknown as Taker;
    const [heard, told, completed] = [vi.spyOn(crypto, 'processSyncChanges'), vi.spyOn(crypto, 'onCryptoEvent'), vi.spyOn(crypto, 'onSyncCompleted')];
    await client.startClient();
    await vi.waitFor(() => expect(completed).toHaveBeenCalled());
    expect(heard).toHaveBeenCalledWith(expect.objectContaining({ toDeviceEvents: [], oneTimeKeysCounts: { signed_curve25519: 50 } }));
    expect(told.mock.calls.map(([room, event]) => [room.roomId, event.getId()])).toEqual([[ROOM, '$encryption']]);
  });

  test('it looks at calls only once matrixRTC is started, and matrix/sparing leaves that out', async () => {
    const { client } = await world();
    const start = vi.spyOn(client.matrixRTC, 'start');
    await client.startClient();
    await vi.waitFor(() => expect(start).toHaveBeenCalledOnce());
    const { client: spared } = await world();
    spareCalls(spared);
    await spared.startClient();
    await vi.waitFor(() => expect(spared.isInitialSyncComplete()).toBe(true));
    expect(spared.listenerCount(ClientEvent.Event)).toBeLessThan(client.listenerCount(ClientEvent.Event));
  });

  test('its databases of keys have the names that matrix/stores deletes', async () => {
    const deleted: string[] = [];
    vi.stubGlobal('indexedDB', {
      open: () => {
        const request = { onsuccess: (): void => undefined, result: { close: () => undefined } };
        queueMicrotask(() => request.onsuccess());
        return request;
      },
      databases: async () => [],
      deleteDatabase: (name: string) => {
        deleted.push(name);
        const request: { onsuccess?: (event: unknown) => void } = {};
        queueMicrotask(() => request.onsuccess?.({}));
        return request;
      },
    });
    const client = createClient({ baseUrl: 'https://comune.example', userId: ME, deviceId: 'DEV', logger: quiet() });
    await client.clearStores({ cryptoDatabasePrefix: storePrefix('DEV') });
    const itsOwn = deleted.splice(0);
    await deleteStores('DEV');
    expect(itsOwn.length).toBeGreaterThan(0);
    expect(deleted.filter((name) => name !== 'trial').toSorted()).toEqual(itsOwn.toSorted());
  });
});

describe('Vue', () => {
  test('what it leaves alone bears the mark that call/meeting sets', () => {
    expect(markRaw({})).toHaveProperty('__v_skip', true);
  });
});

/** Element Call as it is installed: all its scripts. Its document's shape is held by build/element-call.test.ts. */
const FOLDER = join(dirname(createRequire(import.meta.url).resolve('@element-hq/element-call-embedded/package.json')), 'dist/assets');
const SCRIPTS = readdirSync(FOLDER).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(FOLDER, name), 'utf8')).join('\n');

describe('Element Call', () => {
  test.each([
    ['asks for a token in the words that matrix/call/before answers', /await fetch\(\w+\+`\/sfu\/get`,\{method:`POST`/u],
    ['reads of a token what stands in the blank one of matrix/call/before, its video.room and its sub', /\.jwt\.split\(`\.`\),\w+=JSON\.parse\(\w+\.atob\(\w+\)\);return\{jwt:\w+\.jwt,url:\w+\.url,livekitAlias:\w+\.video\.room,livekitIdentity:\w+\.sub\}/u],
    ['asks for the homeserver’s versions at the address that matrix/call/before answers', /`\/_matrix\/client\/versions`,void 0,void 0,\{prefix:``/u],
    ['looks for transports where matrix/call/before says that there are none', /\/\.well-known\/matrix\/client`/u],
    ['asks whether its leaving can be left to others where matrix/call/before says that it cannot', /\/delegate_delayed_leave`/u],
    ['opens its line by the WebSocket that element-call/start.ts puts in place, and waits for what it tells', /new WebSocket\(\w+,\w+\.protocols\?\?\[\]\);\w+\.binaryType=`arraybuffer`/u],
    ['makes its connections by the RTCPeerConnection that element-call/start.ts keeps', /new RTCPeerConnection\(/u],
    ['asks for the microphone where matrix/call/before holds it back', /navigator\.mediaDevices\.getUserMedia\(/u],
    ['plays its sounds from sources that element-call/start.ts wakes its players for', /\.createBufferSource\(\)/u],
    ['plays voices from sources that element-call/start.ts wakes its players for', /\.createMediaStreamSource\(\w+\.srcObject\)/u],
    ['reads its settings from config.json', /`config\.json`/u],
  ])('%s', (_what, code) => {
    expect(SCRIPTS).toMatch(code);
  });

  test('plays nothing from sources that element-call/start.ts does not know: its players would sleep through it', () => {
    expect(SCRIPTS).not.toMatch(/\.create(?:MediaElementSource|ConstantSource)\(/u);
    // The silence that stands for a microphone goes into a track, and is not heard.
    expect(SCRIPTS.match(/\.createOscillator\(/gu)).toHaveLength(1);
  });

  test.each(['widgetId', 'parentUrl', 'roomId', 'userId', 'deviceId', 'baseUrl', 'intent', 'skipLobby', 'confineToRoom', 'header', 'controlledAudioDevices', 'background', 'lang', 'theme'])(
    'reads %s from the address that matrix/call/address makes',
    (name) => {
      expect(SCRIPTS).toMatch(new RegExp(`\\.get(?:Param|EnumParam|Flag)\\(\`${name}\``, 'u'));
    },
  );

  test.each(['sync_disconnect_grace_period_ms', 'wait_for_key_rotation_ms', 'matrix_rtc_session', 'delayed_leave:{delay_ms', 'restart_ms'])('knows the setting %s of build/element-call', (name) => {
    expect(SCRIPTS).toContain(name);
  });

  test.each([
    'io.element.join', 'set_always_on_screen', 'io.element.device_mute', 'io.element.close', 'im.vector.hangup', 'audio_enabled', 'video_enabled',
    'org.matrix.msc3401.call.member', 'io.element.call.encryption_keys', 'claimed_device_id', 'org.matrix.msc4075.rtc.notification', 'io.element.call.reaction', 'org.matrix.msc4310.rtc.decline',
  ])('says %s, as matrix/call/host and grants take it', (name) => {
    expect(SCRIPTS).toContain(name);
  });
});
