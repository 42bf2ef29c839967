/** Cuts off whoever sends a request, or reads an answer, more slowly than any honest line does. Waiting for an answer is no sending. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes a second that anybody's line can do: GPRS, the slowest that phones fall back to, does twice as many. */
const LEAST_SPEED = 1024;
/** Milliseconds over which a sender must keep that speed: a phone may lose its signal for a while, and nobody trickles for longer than 30 s. */
const BODY_WINDOW_MS = 14_000;
/** Milliseconds over which a reader must. */
const ANSWER_WINDOW_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
/** After a longer gap between two looks we stood still ourselves: nobody is judged by it. */
const LONGEST_GAP_MS = 5_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Since when, in milliseconds, and how many bytes had gone then. */
  body: Mark;
  answer: Mark;
}
interface Mark {
  at: number;
  bytes: number;
}

/** Bytes that have left for the reader. What still waits for that has not. */
const sent = ({ socket }: IncomingMessage): number => socket.bytesWritten - socket.writableLength;

export class SpeedWatch {
  readonly #exchanges = new Set<Exchange>();
  readonly #timer: NodeJS.Timeout;
  #lookedAt = performance.now();
  readonly #cut: (request: IncomingMessage, response: ServerResponse) => void;

  /** @param cut ends an exchange whose request does not arrive; one whose answer is not read is simply broken off */
  constructor(cut: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#cut = cut;
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_EVERY_MS).unref();
  }

  /** Watches an exchange from its headers to its end. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const at = performance.now();
    const exchange: Exchange = { request, response, body: { at, bytes: request.socket.bytesRead }, answer: { at, bytes: sent(request) } };
    this.#exchanges.add(exchange);
    response.once('close', () => this.#exchanges.delete(exchange));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(now: number): void {
    const isBack = now - this.#lookedAt > LONGEST_GAP_MS;
    this.#lookedAt = now;
    for (const exchange of this.#exchanges) {
      if (isBack) {
        exchange.body = { at: now, bytes: exchange.request.socket.bytesRead };
        exchange.answer = { at: now, bytes: sent(exchange.request) };
        continue;
      }
      const { request, response, body, answer } = exchange;
      // A full buffer is no fault of the sender's: whoever is to read it does not.
      const isSending = !request.complete && request.readableLength < request.readableHighWaterMark;
      const isReading = response.writableLength > 0 || request.socket.writableLength > 0;
      if (isSlow(body, isSending, request.socket.bytesRead, BODY_WINDOW_MS, now)) {
        this.#exchanges.delete(exchange);
        this.#cut(request, response);
      } else if (isSlow(answer, isReading, sent(request), ANSWER_WINDOW_MS, now)) {
        this.#exchanges.delete(exchange);
        request.socket.destroy();
      }
    }
  }
}

/** Whether too little went while it was somebody's turn; else the mark moves on where its time is over. */
function isSlow(mark: Mark, isTheirTurn: boolean, bytes: number, window: number, now: number): boolean {
  if (isTheirTurn && now - mark.at < window) return false;
  if (isTheirTurn && bytes - mark.bytes < (LEAST_SPEED * window) / 1000) return true;
  mark.at = now;
  mark.bytes = bytes;
  return false;
}
