/** Many people on their long polls at once, each as a browser does it: a request that waits for news, and the next as soon as it is answered. */
import { request, type ClientRequest } from 'node:http';

/** Somebody whose page is open. */
export interface Waiter {
  readonly token: string;
  /** Where the last sync ended. */
  since: string;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** One request on a connection of its own, from an address. */
export function askFrom(url: string, address: string, { method = 'GET', token, body, sent }: { method?: string; token?: string; body?: string; sent?: (request: ClientRequest) => void } = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method,
      agent: false,
      headers: {
        'x-forwarded-for': address,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => { text += part; });
      answer.on('error', reject);
      answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, text }); });
    });
    asked.on('error', reject);
    sent?.(asked);
    asked.end(body);
  });
}

/** Addresses of people: each stands for a house with some of them in it. */
export const addressOf = (index: number): string => `203.0.${Math.floor(index / 250) % 250}.${index % 250}`;

export interface Crowd {
  /** How many wait at this moment. */
  readonly waiting: () => number;
  /** What went wrong, in words. */
  readonly faults: readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * Sends people to wait, evenly over `spread` milliseconds.
 * @param url of the reception
 * @param timeout what each asks the homeserver to wait, in milliseconds
 */
export function gather(url: string, waiters: readonly Waiter[], { timeout = 30_000, spread = 30_000 }: { timeout?: number; spread?: number } = {}): Crowd {
  let stopped = false;
  const open = new Set<ClientRequest>();
  const faults: string[] = [];
  const wait = async (waiter: Waiter, index: number): Promise<void> => {
    await new Promise((begin) => { setTimeout(begin, (spread * index) / waiters.length); });
    while (!stopped) {
      let mine: ClientRequest | undefined;
      try {
        const { status, text } = await askFrom(`${url}/_matrix/client/v3/sync?timeout=${timeout}&since=${encodeURIComponent(waiter.since)}`, addressOf(index), {
          token: waiter.token,
          sent: (asked) => {
            mine = asked;
            open.add(asked);
          },
        });
        if (status !== 200) {
          faults.push(`${status}: ${text}`);
          return;
        }
        waiter.since = (JSON.parse(text) as { next_batch: string }).next_batch;
      } catch (error) {
        if (!stopped) faults.push(String(error));
        return;
      } finally {
        if (mine !== undefined) open.delete(mine);
      }
    }
  };
  const all = waiters.map(wait);
  return {
    waiting: () => open.size,
    faults,
    stop: async () => {
      stopped = true;
      for (const asked of open) asked.destroy();
      await Promise.all(all);
    },
  };
}
