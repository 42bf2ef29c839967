/** People of the tests, by plain HTTP as any Matrix client speaks it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { paced } from '@portineria/config/pace';
import { outlasting } from './outage.ts';

export interface Event {
  event_id: string;
  type: string;
  sender: string;
  state_key?: string;
  content: Record<string, unknown>;
  origin_server_ts: number;
  unsigned?: Record<string, unknown>;
}

interface Room {
  state?: { events: Event[] };
  timeline?: { events: Event[] };
  invite_state?: { events: Event[] };
}
interface SyncAnswer {
  next_batch: string;
  to_device?: { events: { type: string; sender: string; content: Record<string, unknown> }[] };
  rooms?: { join?: Record<string, Room>; invite?: Record<string, Room>; leave?: Record<string, Room> };
}

/** The pauses between two looks, in milliseconds: short at first, then a tenth of what was waited already. Looking is work too. */
const [SHORTEST, LONGEST, PART] = [40, 500, 10];

/** Fewer looks than these tell nothing, however long they took: the machine stood still. */
const FEWEST_LOOKS = 20;

/**
 * Waits until `look` finds something, or fails with `what` was awaited. It polls a condition; it never merely sleeps.
 * @param usual milliseconds that it may take on a quiet machine
 */
export async function until<T>(what: string, look: () => Promise<T | undefined | null | false> | T | undefined | null | false, usual = 20_000): Promise<T> {
  const patience = paced(usual);
  const began = performance.now();
  for (let looks = 1; ; looks++) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    const waited = performance.now() - began;
    if (waited > patience && looks >= FEWEST_LOOKS) throw new Error(`It did not come about within ${(waited / 1000).toFixed(1)} s, in ${looks} looks: ${what}`);
    await sleep(Math.min(LONGEST, Math.max(SHORTEST, waited / PART)));
  }
}

export class Failure extends Error {
  readonly status: number;
  readonly errcode: string;
  constructor(status: number, errcode: string, said: string) {
    super(`${status} ${errcode}: ${said}`);
    this.status = status;
    this.errcode = errcode;
  }
}

/** No gap between two syncs: the default of ten events for each room would leave some out. */
const EVERYTHING = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1000 } } }));

export class Person {
  readonly user: string;
  readonly token: string;
  readonly #url: string;
  #batch: string | undefined;
  readonly #isService: boolean;
  #txn = 0;
  #door = '';
  /** All that was synced so far. */
  readonly timeline: { room: string; event: Event }[] = [];
  readonly toDevice: { type: string; sender: string; content: Record<string, unknown> }[] = [];
  readonly invites = new Map<string, Event[]>();
  readonly left = new Map<string, Event[]>();

  /** @param isService the token is an application service's, which says by `user_id` for whom it speaks */
  constructor(url: string, user: string, token: string, isService = false) {
    this.#url = url;
    this.#isService = isService;
    this.user = user;
    this.token = token;
  }

  /** The room where they knocked last; empty when nowhere. */
  get door(): string {
    return this.#door;
  }

  async ask<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const whom = this.#isService ? `${path.includes('?') ? '&' : '?'}user_id=${encodeURIComponent(this.user)}` : '';
    for (;;) {
      const { response, answer } = await outlasting(async () => {
        const came = await fetch(`${this.#url}/_matrix/client/v3${path}${whom}`, {
          method,
          headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { response: came, answer: (await came.json()) as T & { errcode?: string; error?: string; retry_after_ms?: number } };
      });
      if (response.status === 429) {
        await sleep(answer.retry_after_ms ?? 100);
        continue;
      }
      if (!response.ok) throw new Failure(response.status, answer.errcode ?? '', answer.error ?? '');
      return answer;
    }
  }

  /** Knocks, by a room's id or alias. @param via where a room of another server is found @returns the room's id */
  async knock(room: string, reason?: string, via: readonly string[] = []): Promise<string> {
    const query = via.map((server) => `via=${encodeURIComponent(server)}`).join('&');
    const { room_id } = await this.ask<{ room_id: string }>('POST', `/knock/${encodeURIComponent(room)}${query === '' ? '' : `?${query}`}`, reason === undefined ? {} : { reason });
    this.#door = room_id;
    return room_id;
  }

  /** Takes the last knock back. */
  withdraw(): Promise<unknown> {
    return this.leave(this.door);
  }

  join(room: string): Promise<unknown> {
    return this.ask('POST', `/join/${encodeURIComponent(room)}`, {});
  }

  leave(room: string): Promise<unknown> {
    return this.ask('POST', `/rooms/${encodeURIComponent(room)}/leave`, {});
  }

  invite(room: string, user: string): Promise<unknown> {
    return this.ask('POST', `/rooms/${encodeURIComponent(room)}/invite`, { user_id: user });
  }

  kick(room: string, user: string, reason?: string): Promise<unknown> {
    return this.ask('POST', `/rooms/${encodeURIComponent(room)}/kick`, { user_id: user, ...(reason === undefined ? {} : { reason }) });
  }

  async send(room: string, type: string, content: unknown): Promise<string> {
    const { event_id } = await this.ask<{ event_id: string }>('PUT', `/rooms/${encodeURIComponent(room)}/send/${type}/t${Date.now()}${this.#txn++}`, content);
    return event_id;
  }

  say(room: string, body: string): Promise<string> {
    return this.send(room, 'm.room.message', { msgtype: 'm.text', body });
  }

  react(room: string, event: string, key: string): Promise<string> {
    return this.send(room, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: event, key } });
  }

  state<T = Record<string, unknown>>(room: string, type: string, key = ''): Promise<T> {
    return this.ask<T>('GET', `/rooms/${encodeURIComponent(room)}/state/${type}/${encodeURIComponent(key)}`);
  }

  members(room: string): Promise<{ chunk: Event[] }> {
    return this.ask('GET', `/rooms/${encodeURIComponent(room)}/members`);
  }

  /** Takes what is new; `timeout` in milliseconds lets the homeserver wait for it. */
  async sync(timeout = 0): Promise<void> {
    try {
      await this.#syncOnce(timeout);
    } catch (error) {
      // While a room is being purged Synapse fails to tell of it, in either of two ways. Clients ask again.
      if (!(error instanceof Failure && (error.status === 500 || error.status === 404))) throw error;
    }
  }

  async #syncOnce(timeout: number): Promise<void> {
    const since = this.#batch === undefined ? '' : `&since=${encodeURIComponent(this.#batch)}`;
    const answer = await this.ask<SyncAnswer>('GET', `/sync?filter=${EVERYTHING}&timeout=${this.#batch === undefined ? 0 : timeout}${since}`);
    this.#batch = answer.next_batch;
    this.toDevice.push(...(answer.to_device?.events ?? []));
    for (const [room, { state, timeline }] of Object.entries(answer.rooms?.join ?? {})) {
      this.invites.delete(room);
      for (const event of [...(state?.events ?? []), ...(timeline?.events ?? [])]) this.timeline.push({ room, event });
    }
    for (const [room, { invite_state }] of Object.entries(answer.rooms?.invite ?? {})) this.invites.set(room, invite_state?.events ?? []);
    for (const [room, { state, timeline }] of Object.entries(answer.rooms?.leave ?? {})) {
      this.invites.delete(room);
      this.left.set(room, [...(state?.events ?? []), ...(timeline?.events ?? [])]);
    }
  }

  /** Syncs until `look` finds something. @param usual milliseconds that it may take on a quiet machine */
  until<T>(what: string, look: () => T | undefined | null | false, usual?: number): Promise<T> {
    return until(
      `${this.user}: ${what}`,
      async () => {
        await this.sync(200);
        return look();
      },
      usual,
    );
  }
}
