/** What is asked with the token of a temporary account: its end, another device for it, and a code by which its visit goes on elsewhere. */
import { type CodeBody, CodeRequest, type DeviceBody, type MovedBody, type ResumedBody, ResumeRequest, SigningRequest } from '@portineria/config/api';
import { serverOf, type UserId } from '@portineria/config/ids';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { Settings } from '../ground/settings.ts';
import { keyOf } from './knockkey.ts';
import { checked, HttpRefusal } from './problem.ts';

/** What the HTTP side needs for it of the reception. */
export interface AccountHolder {
  /** The visitor says goodbye: leaves and is erased. Safe to repeat. */
  goodbye(user: UserId): Promise<void>;
  /** Gives it another device, in place of one whose keys are lost. */
  renew(user: UserId): Promise<DeviceBody>;
  /** Has its device signed with other keys than the first one's. */
  signAnew(user: UserId, keys: SigningRequest): Promise<void>;
  /** Gives a code by which its knock or visit goes on at another device. @param token of the device that has it @throws HttpRefusal */
  giveCode(user: UserId, token: string, going: CodeRequest): CodeBody;
  /** The account behind a code with another device, in place of the one that had it. With a key, asking again gives the same. @throws HttpRefusal */
  resume(request: ResumeRequest, key: string | null): Promise<ResumedBody>;
  /** Whether another device goes on in place of the one that had this token. */
  hasLeft(token: string): boolean;
  /** Whose access token this is, asked at the homeserver; null when it is nobody's. */
  whose(token: string): Promise<UserId | null>;
}

const Bearer = z.string().max(1000).regex(/^Bearer +[\w.~+/=-]+$/iu);

/** The token of whoever asks; null where there is none. */
function tokenOf(request: FastifyRequest): string | null {
  return Bearer.safeParse(request.headers.authorization).data?.replace(/^Bearer +/iu, '') ?? null;
}

/** Asks the reception something only the homeserver knows: when that fails, it is worth trying again. @throws HttpRefusal */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw cause instanceof HttpRefusal ? cause : new HttpRefusal('unavailable', { retryAfter: 10, cause });
  }
}

/** Puts the routes on the app. */
export function serveOwnAccount(app: FastifyInstance, reception: AccountHolder, settings: Pick<Settings, 'visitors' | 'homeserver'>): void {
  /** Whose account asks. Only one that was made for a visit is erased, or given another device: a citizen's own, or the staff's, never. @throws HttpRefusal */
  const ownAccount = async (request: FastifyRequest): Promise<UserId> => {
    const token = tokenOf(request);
    const user = token === null ? null : await answered(reception.whose(token));
    if (user?.startsWith(`@${settings.visitors.prefix}`) === true && serverOf(user) === settings.homeserver.name) return user;
    throw new HttpRefusal('not_yours', user === null ? { status: 401 } : {});
  };
  app.delete('/api/visitors/me', async (request, reply) => {
    await answered(reception.goodbye(await ownAccount(request)));
    return reply.code(204).header('cache-control', 'no-store').send();
  });
  app.post('/api/visitors/me/device', async (request, reply) => reply.code(201).header('cache-control', 'no-store').send(await answered(reception.renew(await ownAccount(request)))));

  // Asked with a token that is good no more, where that is why.
  app.get('/api/visitors/me/device', async (request, reply) => {
    const moved = reception.hasLeft(tokenOf(request) ?? '');
    if (!moved) await ownAccount(request);
    return reply.header('cache-control', 'no-store').send({ moved } satisfies MovedBody);
  });
  app.post('/api/visitors/me/signing', async (request, reply) => {
    const user = await ownAccount(request);
    await answered(reception.signAnew(user, checked(SigningRequest, request.body)));
    return reply.code(204).header('cache-control', 'no-store').send();
  });
  app.post('/api/visitors/me/code', async (request, reply) => {
    const user = await ownAccount(request);
    return reply.code(201).header('cache-control', 'no-store').send(reception.giveCode(user, tokenOf(request) ?? '', checked(CodeRequest, request.body)));
  });
  app.post('/api/visitors/resume', async (request, reply) => {
    const resumed = await answered(reception.resume(checked(ResumeRequest, request.body), keyOf(request.headers)));
    return reply.code(201).header('cache-control', 'no-store').send(resumed);
  });
}
