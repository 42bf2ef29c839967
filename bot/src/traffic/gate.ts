/** Who may ask the homeserver how much at once: for each address, each person and all together. Every hold ends with its request. */
import type { Traffic } from '@portineria/config/comune';
import type { FastifyRequest } from 'fastify';
import { addressKey } from './addresses.ts';
import { ALL, hold, type Bound, type Release, Tally } from './holds.ts';
import { MatrixRefusal } from './errcode.ts';

/** Bytes of bodies in memory: of one address, and of all together. */
const BYTES_OF_ADDRESS = 8 * 1024 * 1024;
const BYTES_IN_ALL = 48 * 1024 * 1024;
/** Of all that the system lets us hold, polls take three quarters at most, so that others still get in. */
const PART_OF_POLLS = 0.75;
/** Seconds after which to try again: what is held by somebody else is given back in that time, or not soon. */
const RETRY_AFTER_S = 5;

/** Whether a request waits for news (client-server API, "Syncing"; MSC4186), and may be held back for as long as it says. */
export function isPoll(target: string): boolean {
  const [path = '', query = ''] = target.split('?', 2);
  return /\/(?:sync|events)\/?$/u.test(path) && Number(new URLSearchParams(query).get('timeout') ?? 0) > 0;
}

/** The access token of a request, by either way that there is (client-server API, "Using access tokens"); null for none. */
function tokenIn(request: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? new URLSearchParams((request.raw.url ?? '').split('?', 2)[1] ?? '').get('access_token');
}

/** One request that was let in. */
export interface Entered {
  /** Counts bytes of its body that are kept in memory. @throws MatrixRefusal */
  keep(bytes: number): void;
  /** Counts it as a file on its way. @throws MatrixRefusal */
  upload(): void;
  /** Gives back all that it holds. */
  release: Release;
}

export class Gate {
  readonly #traffic: () => Traffic;
  readonly #most: number;
  readonly #polls = new Tally();
  readonly #persons = new Tally();
  readonly #requests = new Tally();
  readonly #uploads = new Tally();
  /** Bytes by address, and of all. */
  readonly #bytes = new Map<string, number>();
  #bytesInAll = 0;

  /** @param most how many requests the system lets us pass on at once */
  constructor(traffic: () => Traffic, most: number) {
    this.#traffic = traffic;
    this.#most = most;
  }

  /** Lets a request in. @throws MatrixRefusal */
  enter(request: FastifyRequest): Entered {
    const address = addressKey(request.ip);
    const held: Release[] = [take(this.#bounds(request, address))];
    let bytes = 0;
    return {
      keep: (more) => {
        const ofAddress = (this.#bytes.get(address) ?? 0) + more;
        if (this.#bytesInAll + more > BYTES_IN_ALL) throw busy();
        if (ofAddress > BYTES_OF_ADDRESS) throw tooMany();
        this.#bytes.set(address, ofAddress);
        this.#bytesInAll += more;
        bytes += more;
      },
      upload: () => {
        const { uploads, uploadsInAll } = this.#traffic();
        held.push(take([{ tally: this.#uploads, key: address, most: uploads }, { tally: this.#uploads, key: ALL, most: uploadsInAll }]));
      },
      release: () => {
        for (const release of held.splice(0)) release();
        const left = (this.#bytes.get(address) ?? 0) - bytes;
        if (left > 0) this.#bytes.set(address, left);
        else this.#bytes.delete(address);
        this.#bytesInAll -= bytes;
        bytes = 0;
      },
    };
  }

  #bounds(request: FastifyRequest, address: string): Bound[] {
    const { polls, pollsPerPerson, pollsInAll, requests } = this.#traffic();
    if (!isPoll(request.raw.url ?? '')) return [{ tally: this.#requests, key: address, most: requests }];
    const token = tokenIn(request);
    return [
      { tally: this.#polls, key: address, most: polls },
      ...(token === null ? [] : [{ tally: this.#persons, key: token, most: pollsPerPerson }]),
      { tally: this.#polls, key: ALL, most: Math.min(pollsInAll, Math.floor(this.#most * PART_OF_POLLS)) },
    ];
  }
}

function take(bounds: readonly Bound[]): Release {
  const taken = hold(bounds);
  if (typeof taken === 'function') return taken;
  throw taken.key === ALL ? busy() : tooMany();
}

const tooMany = (): MatrixRefusal => new MatrixRefusal(429, 'M_LIMIT_EXCEEDED', 'Too many requests at once', RETRY_AFTER_S);
const busy = (): MatrixRefusal => new MatrixRefusal(503, 'M_LIMIT_EXCEEDED', 'Too many people at once', RETRY_AFTER_S);
