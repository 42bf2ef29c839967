/** How often one address may ask. IPv6 counts by /64, which is what one connection gets. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from './problem.ts';

/** Requests for each address. */
export interface RequestLimits {
  visitorsPerMinute: number;
  visitorsPerHour: number;
  /** The rest of /api. */
  apiPerMinute: number;
  /** Rendered pages and calendars. */
  pagesPerMinute: number;
  /** Built files: a first visit takes some fifteen. */
  filesPerMinute: number;
  /** Call tokens and entries to calls: a join takes some five, and a town hall has one address. */
  callsPerMinute: number;
}

export const REQUEST_LIMITS: RequestLimits = { visitorsPerMinute: 6, visitorsPerHour: 30, apiPerMinute: 120, pagesPerMinute: 120, filesPerMinute: 1200, callsPerMinute: 300 };

export type RequestKind = 'visitors' | 'api' | 'pages' | 'files' | 'calls';

/** Counts a request, once for each kind. @throws Refusal `too_many`, with the seconds to wait */
export type CheckLimit = (request: FastifyRequest, kind: RequestKind) => Promise<void>;

const MINUTE = 60_000;

/** Prepares the counters, which live in memory as long as the app does. */
export async function requestLimits(app: FastifyInstance, limits: RequestLimits): Promise<CheckLimit> {
  await app.register(rateLimit, { global: false, ipv6Subnet: 64 });
  const counter = (max: number, timeWindow: number) => app.createRateLimit({ max, timeWindow });
  const counters = {
    visitors: [counter(limits.visitorsPerMinute, MINUTE), counter(limits.visitorsPerHour, 60 * MINUTE)],
    api: [counter(limits.apiPerMinute, MINUTE)],
    pages: [counter(limits.pagesPerMinute, MINUTE)],
    files: [counter(limits.filesPerMinute, MINUTE)],
    calls: [counter(limits.callsPerMinute, MINUTE)],
  };
  const counted = new WeakMap<FastifyRequest, RequestKind>();
  return async (request, kind) => {
    if (counted.get(request) === kind) return;
    counted.set(request, kind);
    // In this order: who is over the minute's limit does not use up the hour's.
    for (const count of counters[kind]) {
      const answer = await count(request);
      if (!answer.isAllowed && answer.isExceeded) throw new Refusal('too_many', { retryAfter: Math.max(1, answer.ttlInSeconds) });
    }
  };
}
