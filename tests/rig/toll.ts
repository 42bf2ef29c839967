/**
 * A gate on the way between the porter and the homeserver, on loopback: it counts what goes through and can close at any request,
 * before the homeserver has seen it or after it has carried it out. So a crash can be had at every step.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Before the homeserver has seen a request, after it has carried it out, or so many milliseconds after it was passed on: while it is at it. */
export type Moment = 'before' | 'after' | number;

export interface Toll {
  readonly url: string;
  /** Requests that change something, so far. */
  readonly count: () => number;
  /** At the n-th changing request from now on, or from the first that `from` describes, `then` is called instead of an answer, with the request's method and path. */
  readonly trap: (n: number, when: Moment, then: (request: string) => void, from?: RegExp) => void;
  /** The same at the next request that `which` describes. */
  readonly trapAt: (which: RegExp, when: Moment, then: (request: string) => void) => void;
  /** So many milliseconds after the next request that `which` describes was passed on, `then` is called; the request goes its way. */
  readonly watch: (which: RegExp, inside: number, then: (request: string) => void) => void;
  /** Requests that `which` describes are refused until it is null again: the homeserver does not see them. Its own 403 unless another answer is given. */
  readonly refuse: (which: RegExp | null, answer?: readonly [status: number, body: string]) => void;
  /** Requests that `which` describes are held up, before the homeserver sees them or once it has carried them out, until what is returned is called. */
  readonly stall: (which: RegExp, when: 'before' | 'after') => () => void;
  /** From now on requests that `which` describes are written down in what is returned, those that change nothing as well. */
  readonly note: (which: RegExp) => readonly string[];
  /** No request is waited for any more. */
  readonly spare: () => void;
  /** Answers are cut off until opened again. */
  readonly shut: (shut: boolean) => void;
  readonly stop: () => Promise<void>;
}

interface Trap {
  readonly at: number | RegExp | { readonly nth: number; readonly from: RegExp };
  readonly when: Moment;
  readonly cuts: boolean;
  readonly then: (request: string) => void;
  /** A request has met it, and nobody waits for it any more. */
  isSpared?: boolean;
}

const FORBIDDEN = [403, JSON.stringify({ errcode: 'M_FORBIDDEN', error: 'Refused by a test' })] as const;

export async function startToll(target: string): Promise<Toll> {
  let count = 0;
  let isShut = false;
  let refused: RegExp | null = null;
  let refusal: readonly [status: number, body: string] = FORBIDDEN;
  let trap: Trap | null = null;
  /** The last that a request has met. */
  let met: Trap | null = null;
  let pending: NodeJS.Timeout | undefined;
  let stalled: { which: RegExp; when: 'before' | 'after'; over: Promise<void> } | null = null;
  const notes: { which: RegExp; requests: string[] }[] = [];
  const to = new URL(target);
  /** Runs at once, or when the requests that this one is among are held up no more. */
  const unlessStalled = (request: string, when: 'before' | 'after', then: () => void): void => {
    if (stalled?.when === when && stalled.which.test(request)) void stalled.over.then(then);
    else then();
  };
  const pass = (asked: IncomingMessage, answer: ServerResponse): void => {
    if (isShut) {
      asked.socket.destroy();
      return;
    }
    const request = `${asked.method} ${decodeURIComponent(asked.url ?? '')}`;
    if (refused?.test(request) === true) {
      asked.resume();
      answer.writeHead(refusal[0], { 'content-type': 'application/json' }).end(refusal[1]);
      return;
    }
    for (const { which, requests } of notes) if (which.test(request)) requests.push(request);
    const changing = asked.method !== 'GET';
    if (changing) count++;
    if (changing && trap !== null && typeof trap.at === 'object' && 'from' in trap.at && trap.at.from.test(request)) trap = { ...trap, at: count - 1 + trap.at.nth };
    const sprung = changing && trap !== null && (trap.at === count || (trap.at instanceof RegExp && trap.at.test(request))) ? trap : null;
    if (sprung !== null) [trap, met] = [null, sprung];
    if (sprung?.when === 'before') {
      sprung.then(request);
      asked.socket.destroy();
      return;
    }
    const onward = httpRequest({ host: to.hostname, port: to.port, method: asked.method, path: asked.url, headers: asked.headers }, (came) => {
      if (sprung?.when === 'after') {
        const gathered: Buffer[] = [];
        came.on('data', (chunk: Buffer) => gathered.push(chunk));
        came.on('end', () => {
          // The scene may have come to its end while the homeserver was at it.
          if (sprung.isSpared === true) {
            answer.writeHead(came.statusCode ?? 502, came.headers).end(Buffer.concat(gathered));
            return;
          }
          sprung.then(request);
          asked.socket.destroy();
        });
        return;
      }
      unlessStalled(request, 'after', () => {
        answer.writeHead(came.statusCode ?? 502, came.headers);
        came.pipe(answer);
      });
      // What is broken off behind the gate is broken off in front of it.
      came.on('close', () => {
        if (!came.complete) answer.destroy();
      });
    });
    onward.on('error', () => asked.socket.destroy());
    if (typeof sprung?.when === 'number') {
      pending = setTimeout(() => {
        sprung.then(request);
        if (sprung.cuts) asked.socket.destroy();
      }, sprung.when);
    }
    unlessStalled(request, 'before', () => asked.pipe(onward));
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    count: () => count,
    trap: (n, when, then, from) => {
      trap = { at: from === undefined ? count + n : { nth: n, from }, when, cuts: true, then };
    },
    trapAt: (which, when, then) => {
      trap = { at: which, when, cuts: true, then };
    },
    watch: (which, inside, then) => {
      trap = { at: which, when: inside, cuts: false, then };
    },
    refuse: (which, given = FORBIDDEN) => {
      refused = which;
      refusal = given;
    },
    stall: (which, when) => {
      let release = (): void => undefined;
      const mine = { which, when, over: new Promise<void>((resolve) => { release = resolve; }) };
      stalled = mine;
      return () => {
        if (stalled === mine) stalled = null;
        release();
      };
    },
    note: (which) => {
      const requests: string[] = [];
      notes.push({ which, requests });
      return requests;
    },
    spare: () => {
      trap = null;
      if (met !== null) met.isSpared = true;
      clearTimeout(pending);
    },
    shut: (shut) => {
      isShut = shut;
      if (shut) server.closeAllConnections();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
