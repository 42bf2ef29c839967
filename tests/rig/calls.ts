/** A real server for calls, and people who ask for a place in one by plain HTTP, as Element Call does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sfuRoom } from '@portineria/bot/servers/sfu';
import { RoomId } from '@portineria/config/ids';
import { install } from '@portineria/synapse/install';
import { answering, KEY, livekit, startLivekit } from '@portineria/synapse/livekit';
import { freePorts, freeUdpPort } from '@portineria/synapse/ports';
import { RoomServiceClient } from 'livekit-server-sdk';
import { endsWithUs } from './cutoff.ts';
import { Failure, type Person } from './matrix.ts';

export interface CallServer {
  readonly url: string;
  /** As its administrator. */
  readonly rooms: RoomServiceClient;
  /** The identities in the call of a Matrix room; null when there is no such call. */
  readonly inside: (room: string) => Promise<string[] | null>;
  /** The line by which the bot reaches it; people may reach it beside that line. */
  readonly line: Line;
  readonly pid: () => number;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
  /** Starts again on the same port. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A line that can be cut. */
interface Line {
  readonly url: string;
  readonly cut: (is: boolean) => void;
  readonly stop: () => Promise<void>;
}

/** A line to a port of loopback, on loopback. */
async function startLine(port: number): Promise<Line> {
  let isCut = false;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  const cut = (is: boolean): void => {
    isCut = is;
    if (is) for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      cut(true);
    }),
  };
}

/** Starts LiveKit on free ports of loopback; it is built when it is not there. */
export async function startCallServer(secret: string): Promise<CallServer> {
  await install([livekit()]);
  const folder = await mkdtemp(join(tmpdir(), 'portineria-test-'));
  const { port } = await freePorts('port');
  const settings = { folder, port, mediaPort: await freeUdpPort(), secret };
  let server = await startLivekit(settings);
  endsWithUs(() => void server.kill());
  await answering(server, settings);
  const url = `http://127.0.0.1:${port}`;
  const line = await startLine(port);
  const rooms = new RoomServiceClient(url, KEY, secret);
  return {
    url,
    rooms,
    inside: async (room) => {
      const name = sfuRoom(RoomId.parse(room));
      if ((await rooms.listRooms([name])).length === 0) return null;
      return (await rooms.listParticipants(name)).map(({ identity }) => identity);
    },
    line,
    pid: () => server.mark.pid,
    kill: () => server.kill(),
    restart: async () => {
      server = await startLivekit(settings);
      await answering(server, settings);
    },
    stop: async () => {
      await server.kill();
      await line.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An OpenID token of somebody. */
export function openidOf(person: Person): Promise<Record<string, unknown>> {
  return person.ask('POST', `/user/${encodeURIComponent(person.user)}/openid/request_token`, {});
}

export async function deviceOf(person: Person): Promise<string> {
  return (await person.ask<{ device_id: string }>('GET', '/account/whoami')).device_id;
}

export interface Place {
  readonly url: string;
  readonly jwt: string;
}

/** Asks for a token with a body as it is. @param address where the request says to come from */
export function askToken(origin: string, path: '/sfu/get' | '/get_token', body: unknown, address?: string): Promise<Response> {
  return fetch(`${origin}/livekit${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(address === undefined ? {} : { 'x-forwarded-for': address }) }, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

async function placeOf(response: Response): Promise<Place> {
  const answer = (await response.json()) as Place & { errcode?: string; error?: string };
  if (!response.ok) throw new Failure(response.status, answer.errcode ?? '', answer.error ?? '');
  return answer;
}

/** Asks for a token as Element Call does. @throws Failure */
export async function placeFor(person: Person, origin: string, room: string, different: Record<string, unknown> = {}): Promise<Place> {
  return placeOf(await askToken(origin, '/sfu/get', { room, openid_token: await openidOf(person), device_id: await deviceOf(person), ...different }));
}

/** The same as newer clients do. @throws Failure */
export async function newPlaceFor(person: Person, origin: string, room: string, member = 'member'): Promise<Place> {
  const body = { room_id: room, slot_id: 'm.call#ROOM', openid_token: await openidOf(person), member: { id: member, claimed_user_id: person.user, claimed_device_id: await deviceOf(person) } };
  return placeOf(await askToken(origin, '/get_token', body));
}

export interface Seat {
  /** Settles with the code when it is closed. */
  readonly closed: Promise<number>;
  readonly leave: () => void;
}

/** Enters a call by its signalling alone, without any sound. @throws Failure with the status when it is not let in, asked as livekit-client asks why */
export function enter({ url, jwt }: Place): Promise<Seat> {
  const query = `access_token=${jwt}&auto_subscribe=1&sdk=js&version=2.15.0&protocol=16`;
  const socket = new WebSocket(`${url}/rtc?${query}`);
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    const closed = new Promise<number>((done) => socket.addEventListener('close', ({ code }) => done(code), { once: true }));
    socket.addEventListener('message', () => resolve({ closed, leave: () => socket.close() }), { once: true });
    // After an error the reason follows.
    socket.addEventListener('close', ({ code, wasClean }) => { if (wasClean) reject(new Error(`closed with ${code}`)); }, { once: true });
    socket.addEventListener('error', () => {
      fetch(`${url.replace(/^ws/u, 'http')}/rtc/validate?${query}`).then(
        async (response) => reject(new Failure(response.status, '', await response.text())),
        reject,
      );
    }, { once: true });
  });
}
