import { describe, expect, test, vi } from 'vitest';
import type { VisitContent } from '@portineria/config/events';
import { hashOf } from './address.ts';
import { CALL_MEMBER, grant, type Seat } from './grants.ts';
import { purse } from './purse.ts';
import { answerOf } from './tokens.ts';
import { livekit } from './transport.ts';

const SEAT: Seat = { room: '!visit:comune.example', user: '@ospite:comune.example', device: 'DEV' };

describe('what is granted to the call', () => {
  test('is this room and no other, our own membership and nobody else’s', () => {
    const wished = [
      'org.matrix.msc2762.timeline:!visit:comune.example',
      'org.matrix.msc2762.timeline:!other:comune.example',
      'org.matrix.msc2762.timeline:*',
      `org.matrix.msc2762.send.state_event:${CALL_MEMBER}#_@ospite:comune.example_DEV_m.call`,
      `org.matrix.msc2762.send.state_event:${CALL_MEMBER}#_@anna:comune.example_DEV_m.call`,
      `org.matrix.msc2762.send.state_event:${CALL_MEMBER}`,
    ];
    expect([...grant(wished, SEAT)]).toEqual([wished[0], wished[3]]);
  });

  test('is neither reading nor writing messages, nor files, other people or other pages', () => {
    const wished = [
      'org.matrix.msc2762.send.event:m.room.message',
      'org.matrix.msc2762.receive.event:m.room.message',
      'org.matrix.msc2762.send.state_event:m.room.name',
      'org.matrix.msc2762.send.state_event:m.room.power_levels',
      'org.matrix.msc3819.send.to_device:m.room_key',
      'org.matrix.msc3819.send.to_device:m.call.invite',
      'org.matrix.msc4039.upload_file',
      'org.matrix.msc4039.download_file',
      'org.matrix.msc3973.user_directory_search',
      'org.matrix.msc2931.navigate',
      'town.robin.msc3846.turn_servers',
    ];
    expect([...grant(wished, SEAT)]).toEqual([]);
  });

  test('is what it cannot do without: its keys between devices, its goodbye, and the way to the SFU', () => {
    const needed = [
      'org.matrix.msc3819.send.to_device:io.element.call.encryption_keys',
      'org.matrix.msc3819.receive.to_device:io.element.call.encryption_keys',
      'org.matrix.msc4157.send.delayed_event',
      'org.matrix.msc4157.update_delayed_event',
      'org.matrix.msc4515.rtc_transports',
      `org.matrix.msc2762.receive.state_event:${CALL_MEMBER}`,
      'org.matrix.msc2762.receive.state_event:m.room.encryption',
    ];
    expect([...grant(needed, SEAT)]).toEqual(needed);
  });
});

describe('the address of the call', () => {
  test('tells the server nothing, and asks for voice first, straight in, in the page’s language', () => {
    const hash = hashOf({ widget: 'w', seat: SEAT, homeserver: 'http://localhost:8008', origin: 'http://localhost:8008', look: { language: 'it', dark: true, bare: true } });
    expect(hash.startsWith('#?')).toBe(true);
    expect(Object.fromEntries(new URLSearchParams(hash.slice(2)))).toMatchObject({
      roomId: SEAT.room, userId: SEAT.user, deviceId: 'DEV', intent: 'start_call_voice', skipLobby: 'true', lang: 'it', header: 'none', theme: 'dark', showControls: 'false',
    });
  });
});

describe('a transport', () => {
  test('is taken as it was written, when it is LiveKit’s and has an address', () => {
    expect(livekit({ type: 'livekit', livekit_service_url: 'https://comune.example/livekit/', more: 1 })).toEqual({ type: 'livekit', livekit_service_url: 'https://comune.example/livekit', more: 1 });
  });
  test.each<unknown>([null, { type: 'other', livekit_service_url: 'https://a.example' }, { type: 'livekit' }, { type: 'livekit', livekit_service_url: 'javascript:alert(1)' }, { type: 'livekit', livekit_service_url: 7 }])('%j is none', (written) => {
    expect(livekit(written as VisitContent['transport'])).toBe(null);
  });
});

describe('a purse', () => {
  const token = (name: string, expires_in = 3600) => ({ access_token: name, expires_in, matrix_server_name: 's', token_type: 'Bearer' });

  test('gives each token away once, those asked for ahead of time first, and asks when it is empty', async () => {
    let made = 0;
    const ask = vi.fn(async () => token(`t${(made += 1)}`));
    const tokens = purse(ask, () => 0);
    tokens.fill(2);
    tokens.fill(2);
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(2));
    const taken = [await tokens.take(), await tokens.take(), await tokens.take()].map(({ access_token }) => access_token);
    expect(taken).toEqual(['t1', 't2', 't3']);
  });

  test('gives away none that is about to end', async () => {
    let now = 0;
    let made = 0;
    const tokens = purse(async () => token(`t${(made += 1)}`, 300), () => now);
    tokens.fill(1);
    await vi.waitFor(() => expect(made).toBe(1));
    now = 200_000;
    expect((await tokens.take()).access_token).toBe('t2');
  });

  test('that could not be filled asks again when a token is wanted, and passes on why that fails', async () => {
    const ask = vi.fn(async () => { throw new Error('away'); });
    const tokens = purse(ask, () => 0);
    tokens.fill(1);
    await expect(tokens.take()).rejects.toThrow('away');
    expect(ask).toHaveBeenCalledTimes(2);
  });
});

test.each([[200, 'granted'], [401, 'refused'], [403, 'refused'], [404, 'unavailable'], [429, 'unavailable'], [500, 'unavailable']] as const)('the token service’s %i means %s', (status, answer) => {
  expect(answerOf(status)).toBe(answer);
});
