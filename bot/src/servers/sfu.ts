/**
 * The one wrapper around the calls' server (SFU), LiveKit: tokens for it, and who is in which of its rooms.
 * It passes sound on and holds no keys. Names and identities are those of MSC4195, as lk-jwt-service makes them.
 */
import { RoomId, UserId } from '@portineria/config/ids';
import { AccessToken, RoomServiceClient, ServerError, TokenVerifier } from 'livekit-server-sdk';
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Settings } from '../ground/settings.ts';

/** The only call that a room has (MSC4143, "slot"). */
export const SLOT = 'm.call#ROOM';
/** Seconds that a token can be entered with. The server renews it for whoever is inside; the bot looks at each when it is shown. */
const TTL = 600;
/** Seconds that a request to the server may take. */
const TIMEOUT = 3;

/** Whose token it is and for which room: a participant cannot change these, and they survive the server's renewals. */
const Attributes = z.object({ 'it.portineria.user': UserId, 'it.portineria.room': RoomId });

export interface SfuGrant {
  readonly user: UserId;
  readonly room: RoomId;
}

function grantOf(attributes: unknown): SfuGrant | null {
  const parsed = Attributes.safeParse(attributes);
  return parsed.success ? { user: parsed.data['it.portineria.user'], room: parsed.data['it.portineria.room'] } : null;
}

function unpadded(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64').replace(/=+$/u, '');
}

/** The name of the LiveKit room for a Matrix room. */
export function sfuRoom(room: RoomId): string {
  return unpadded([room, SLOT]);
}

/**
 * What a participant is called there.
 * @param member the member id of the newer memberships; null for the older ones
 */
export function sfuIdentity(user: UserId, device: string, member: string | null): string {
  return member === null ? `${user}:${device}` : unpadded([user, device, member]);
}

/** The calls' server could not be asked, or would not. */
export class SfuError extends Error {
  override readonly name = 'SfuError';
}

export class Sfu {
  /** Where the bot reaches it. */
  readonly url: string;
  /** Where clients reach it, by way of the bot: `ws(s)://PUBLIC/livekit`. */
  readonly publicUrl: string;
  /** Where clients ask for tokens; this is what a visit's transport names. */
  readonly serviceUrl: string;
  readonly #key: string;
  readonly #secret: string;
  readonly #verifier: TokenVerifier;
  readonly #rooms: RoomServiceClient;
  #isWell = true;

  constructor({ url, key, secret }: NonNullable<Settings['livekit']>, publicUrl: string) {
    const service = new URL('/livekit', publicUrl);
    this.url = url.replace(/\/$/u, '');
    this.serviceUrl = service.href;
    this.publicUrl = service.href.replace(/^http/u, 'ws');
    this.#key = key;
    this.#secret = secret;
    this.#verifier = new TokenVerifier(key, secret);
    this.#rooms = new RoomServiceClient(this.url, key, secret, { requestTimeout: TIMEOUT, failover: false });
  }

  /** Whether it answered when it was last asked. */
  get isWell(): boolean {
    return this.#isWell;
  }

  /** Signs a token that lets somebody into the call of one room. */
  sign({ user, room }: SfuGrant, identity: string): Promise<string> {
    const token = new AccessToken(this.#key, this.#secret, {
      identity,
      ttl: TTL,
      attributes: { 'it.portineria.user': user, 'it.portineria.room': room },
    });
    token.addGrant({ room: sfuRoom(room), roomJoin: true, roomCreate: false, canPublish: true, canSubscribe: true, canPublishData: true, canUpdateOwnMetadata: false });
    return token.toJwt();
  }

  /** Who shows a token, and for which room; null when it is none of ours, has run out, or is not for entering a room. */
  async read(token: string): Promise<SfuGrant | null> {
    try {
      const { video, attributes } = await this.#verifier.verify(token);
      const pass = grantOf(attributes);
      const isEntry = video?.roomJoin === true && pass !== null && video.room === sfuRoom(pass.room);
      const isMore = video?.roomAdmin === true || video?.roomCreate === true || video?.roomList === true;
      return isEntry && !isMore ? pass : null;
    } catch {
      return null;
    }
  }

  /** Looks whether it answers. */
  async look(): Promise<boolean> {
    try {
      this.#isWell = (await fetch(this.url, { signal: AbortSignal.timeout(TIMEOUT * 1000) })).ok;
    } catch {
      this.#isWell = false;
    }
    return this.#isWell;
  }

  /** Who is in a room's call. @throws SfuError */
  async inside(room: RoomId): Promise<ReadonlySet<UserId>> {
    return new Set((await this.#participants(room)).flatMap(({ user }) => (user === null ? [] : [user])));
  }

  /** The names of all rooms there are. @throws SfuError */
  async names(): Promise<string[]> {
    return ((await this.#ask(() => this.#rooms.listRooms())) ?? []).map(({ name }) => name);
  }

  /** Who is in a room by its name, and for which Matrix room. Participants who have no token of ours are left out. @throws SfuError */
  async grantsIn(name: string): Promise<SfuGrant[]> {
    const found = (await this.#ask(() => this.#rooms.listParticipants(name))) ?? [];
    return found.flatMap(({ attributes }) => {
      const pass = grantOf(attributes);
      return pass !== null && sfuRoom(pass.room) === name ? [pass] : [];
    });
  }

  /** Ends a room's call for everybody. @throws SfuError */
  async end(room: RoomId): Promise<void> {
    await this.#ask(() => this.#rooms.deleteRoom(sfuRoom(room)));
  }

  /** Puts people out of a room's call, with all their devices. @throws SfuError */
  async putOut(room: RoomId, users: readonly UserId[]): Promise<void> {
    const theirs = (await this.#participants(room)).filter(({ user }) => user === null || users.includes(user));
    await Promise.all(theirs.map(({ identity }) => this.#ask(() => this.#rooms.removeParticipant(sfuRoom(room), identity))));
  }

  async #participants(room: RoomId): Promise<{ identity: string; user: UserId | null }[]> {
    const found = (await this.#ask(() => this.#rooms.listParticipants(sfuRoom(room)))) ?? [];
    return found.map(({ identity, attributes }) => ({ identity, user: grantOf(attributes)?.user ?? null }));
  }

  /** @returns undefined when what was asked for is not there, which is as good as done */
  async #ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await request();
      this.#isWell = true;
      return answer;
    } catch (error) {
      if (error instanceof ServerError && error.code === 'not_found') {
        this.#isWell = true;
        return undefined;
      }
      this.#isWell = false;
      throw new SfuError(`The calls' server does not do as it is asked: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}
