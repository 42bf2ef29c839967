/** The calls: who tells where they run, who gives tokens, and whether sound can get there, as far as that shows without a browser. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import * as z from 'zod';
import { type Finding, fault, unseen, well } from './finding.ts';
import { ask, bearer, type House, reasonOf } from './house.ts';
import { certificate } from './names.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Milliseconds between questions over UDP, which may be lost, and how many there are. */
const STUN_TIMEOUT_MS = 1_000;
const STUN_TRIES = 3;
/** Seconds that our token for the SFU is good. */
const TOKEN_TTL_S = 60;

const Transports = z.object({ rtc_transports: z.array(z.looseObject({ livekit_service_url: z.string().optional() })) });

/** What the homeserver tells clients (MSC4143). */
export async function transports({ bot, url }: House): Promise<Finding> {
  const service = new URL('/livekit', url).href;
  try {
    // Whoever asks must be somebody: the administrator, where there is one.
    if (bot.admin_token === null) return unseen('transports.unknown', { why: 'no admin_token' });
    const { status, body } = await ask(new URL('/_matrix/client/unstable/org.matrix.msc4143/rtc/transports', bot.homeserver.url), bearer(bot.admin_token));
    // Whose token that is, is another question.
    if (status === 401) return unseen('transports.unknown', { why: `HTTP ${status}` });
    const told = Transports.safeParse(body);
    if (!told.success) return fault('transports.none', { service, why: `HTTP ${status}` });
    return told.data.rtc_transports.some(({ livekit_service_url: one }) => one === service) ? well('transports.right', { service }) : fault('transports.other', { service });
  } catch (error) {
    return fault('transports.none', { service, why: reasonOf(error) });
  }
}

const Refusal = z.object({ errcode: z.string() });

/** Whether the token service is there: it refuses who shows nothing, in Matrix' own words. */
export async function tokenService({ url }: House): Promise<Finding> {
  const service = new URL('/livekit/get_token', url).href;
  try {
    const { status, body } = await ask(service, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    return status === 400 && Refusal.safeParse(body).success ? well('tokens.right', { service }) : fault('tokens.none', { service, why: `HTTP ${status}` });
  } catch (error) {
    return fault('tokens.none', { service, why: reasonOf(error) });
  }
}

/** A token for LiveKit's own interface (JWT, RFC 7519, with HMAC SHA-256). */
function sfuToken(key: string, secret: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: key, nbf: seconds - TOKEN_TTL_S, exp: seconds + TOKEN_TTL_S, video: { roomList: true } })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Whether the SFU answers, and knows our key and secret. */
export async function sfu({ bot, now }: House): Promise<Finding> {
  if (bot.livekit === null) return unseen('sfu.written');
  const { url, key, secret } = bot.livekit;
  try {
    const { status } = await ask(new URL('/twirp/livekit.RoomService/ListRooms', url.replace(/^ws/u, 'http')), { method: 'POST', body: '{}', headers: { authorization: `Bearer ${sfuToken(key, secret, now())}`, 'content-type': 'application/json' } });
    if (status === 200) return well('sfu.right', { url });
    return status === 401 || status === 403 ? fault('sfu.secret', { url, key }) : fault('sfu.away', { url, why: `HTTP ${status}` });
  } catch (error) {
    return fault('sfu.away', { url, why: reasonOf(error) });
  }
}

/** Whether something takes connections at a port of TCP. */
export async function tcp(host: string, port: number): Promise<Finding> {
  const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
  socket.on('timeout', () => socket.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)));
  try {
    await once(socket, 'connect');
    return well('tcp.right', { host, port });
  } catch (error) {
    return fault('tcp.none', { host, port, why: reasonOf(error) });
  } finally {
    socket.destroy();
  }
}

/** A question that any STUN server answers (RFC 8489, Binding). */
const COOKIE = 0x2112A442;
function binding(transaction: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x0001, 0);
  head.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([head, transaction]);
}

/** Whether a STUN or TURN server answers over UDP. */
export async function stun(host: string, port: number): Promise<Finding> {
  const transaction = randomBytes(12);
  const socket = createSocket('udp4');
  try {
    for (let tries = 0; tries < STUN_TRIES; tries++) {
      const answered = new Promise<boolean>((resolve, reject) => {
        const late = setTimeout(() => resolve(false), STUN_TIMEOUT_MS);
        socket.removeAllListeners();
        socket.on('error', reject).on('message', (message) => {
          if (!message.subarray(8, 20).equals(transaction)) return;
          clearTimeout(late);
          resolve(true);
        });
      });
      socket.send(binding(transaction), port, host);
      if (await answered) return well('stun.right', { host, port });
    }
    return fault('stun.none', { host, port, why: 'no answer' });
  } catch (error) {
    return fault('stun.none', { host, port, why: reasonOf(error) });
  } finally {
    socket.close();
  }
}

/** The ways of sound that LiveKit's settings open. What answers nobody but a browser is said to be unseen. */
export async function media(house: House): Promise<Finding[]> {
  if (house.bot.livekit === null) return [];
  if (house.sfu === null) return [unseen('media.unknown')];
  const { rtc, turn } = house.sfu;
  const host = rtc.node_ip ?? house.url.hostname;
  const found: Finding[] = rtc.udp_port === undefined ? [] : [unseen('media.udp', { host, port: rtc.udp_port })];
  if ((rtc.tcp_port ?? 0) > 0) found.push(await tcp(host, rtc.tcp_port ?? 0));
  if (turn?.enabled === true) {
    const domain = turn.domain ?? house.url.hostname;
    if (turn.udp_port !== undefined) found.push(await stun(host, turn.udp_port));
    // People reach it at 443, by its name: the proxy passes it on.
    if (turn.tls_port !== undefined) found.push(await certificate(domain, 443, house.now()));
  }
  return found;
}
