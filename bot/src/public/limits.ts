/** How often one address may ask. IPv6 counts by /64, which is what one connection gets. The numbers are the configuration's, as it stands now. */
import rateLimit from '@fastify/rate-limit';
import type { Traffic } from '@portineria/config/comune';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressKey } from '../traffic/addresses.ts';
import { keyOf } from './knockkey.ts';
import { HttpRefusal } from './problem.ts';

export type RequestKind = 'visitors' | 'codes' | 'api' | 'pages' | 'files' | 'calls' | 'pushes';

/** Counts a request, once for each kind. @throws HttpRefusal `too_many`, with the seconds to wait */
export type CheckLimit = (request: FastifyRequest, kind: RequestKind) => Promise<void>;

const MINUTE = 60_000;
/** How many knocks are remembered as counted; the oldest are forgotten first. */
const MOST_KNOCKS = 10_000;

/** Prepares the counters, which live in memory as long as the app does. */
export async function requestLimits(app: FastifyInstance, traffic: () => Traffic, now: () => number): Promise<CheckLimit> {
  await app.register(rateLimit, { global: false, ipv6Subnet: 64 });
  const counter = (max: (numbers: Traffic) => number, timeWindow: number) => app.createRateLimit({ max: () => max(traffic()), timeWindow });
  const visitors = [counter(({ visitorsPerMinute }) => visitorsPerMinute, MINUTE), counter(({ visitorsPerHour }) => visitorsPerHour, 60 * MINUTE)];
  const counters = {
    visitors,
    // Each try counts: a key makes no guess the same as the one before.
    codes: visitors,
    api: [counter(({ apiPerMinute }) => apiPerMinute, MINUTE)],
    pages: [counter(({ pagesPerMinute }) => pagesPerMinute, MINUTE)],
    files: [counter(({ filesPerMinute }) => filesPerMinute, MINUTE)],
    calls: [counter(({ callsPerMinute }) => callsPerMinute, MINUTE)],
    pushes: [counter(({ pushesPerMinute }) => pushesPerMinute, MINUTE)],
  };
  const counted = new WeakMap<FastifyRequest, RequestKind>();
  /** When a knock was counted for the first time, the oldest first. */
  const knocks = new Map<string, number>();

  const count = async (request: FastifyRequest, kind: RequestKind): Promise<void> => {
    // In this order: who is over the minute's limit does not use up the hour's.
    for (const one of counters[kind]) {
      const answer = await one(request);
      if (!answer.isAllowed && answer.isExceeded) {
        const retryAfter = Math.max(1, answer.ttlInSeconds);
        throw new HttpRefusal('too_many', { retryAfter, ...(counters[kind] === visitors ? { text: 'visitors', values: { minutes: Math.ceil(retryAfter / 60) } } : {}) });
      }
    }
  };
  return async (request, kind) => {
    if (counted.get(request) === kind) return;
    counted.set(request, kind);
    const key = kind === 'visitors' ? keyOf(request.headers) : null;
    if (key === null) return count(request, kind);
    // Asking again after no answer is the same knock, and no second visitor.
    const knock = `${addressKey(request.ip)} ${key}`;
    const at = knocks.get(knock);
    if (at !== undefined && now() - at < 60 * MINUTE) return count(request, 'api');
    await count(request, kind);
    knocks.delete(knock);
    knocks.set(knock, now());
    for (const [oldest] of knocks) {
      if (knocks.size <= MOST_KNOCKS) break;
      knocks.delete(oldest);
    }
  };
}
