/**
 * One request to the homeserver, as often as that helps: all of ours are safe to repeat, and 429 is waited for as long as the server asks.
 * Packages that repeat a promise choose their pauses themselves; here the answer names it, and the last attempt gets what is left of the time.
 */
import { MatrixClient, MatrixError } from 'matrix-bot-sdk';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Responses } from './responses.ts';

/** Milliseconds that one request may take in all, attempts and waits together. */
const ALL_ATTEMPTS_TIMEOUT_MS = 30_000;
const ATTEMPT_TIMEOUT_MS = 20_000;

/** A request that failed for good. What the homeserver said is kept whole. */
export class HomeserverError extends Error {
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly errcode: string | undefined;

  constructor(request: string, status: number | undefined, errcode: string | undefined, said: string, cause: unknown) {
    super(`${request}: ${status === undefined ? 'no answer' : `${status} ${errcode ?? ''}`.trim()}: ${said}`, { cause });
    this.name = 'HomeserverError';
    this.status = status;
    this.errcode = errcode;
  }

  /**
   * The homeserver itself says that what was asked for is not there. Only its own word counts: a proxy whose way to the homeserver is
   * gone, or that lets nobody through, answers 404 and 403 as well.
   */
  get isMissing(): boolean {
    return this.errcode === 'M_NOT_FOUND';
  }

  /** The homeserver itself refuses an order, as it does while it carries out the same. */
  get isOrdered(): boolean {
    return this.status === 400 && this.errcode === 'M_UNKNOWN';
  }

  /** Whoever is invited takes no invitations, by their own setting or by their server's (MSC4155, MSC4380). */
  get isInviteBlocked(): boolean {
    return this.errcode?.endsWith('INVITE_BLOCKED') === true;
  }

  /** The homeserver itself says that it is not there, or that whoever asks has no part in it: to whom is in no room, all are the same. */
  get isMoot(): boolean {
    return this.isMissing || this.errcode === 'M_FORBIDDEN';
  }
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Its parts are percent-encoded here. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** Milliseconds for all attempts and the pauses between; the default is 30 s. The last attempt gets what is left of them. */
  readonly patience?: number;
  /** Milliseconds for one attempt. */
  readonly timeout?: number;
  /** False where it is asked once: whoever asks tries again by themselves. */
  readonly again?: boolean;
  /** It waits for another server: how it ends says nothing of ours. */
  readonly afar?: boolean;
}

function toFailure(name: string, error: unknown): HomeserverError {
  if (error instanceof MatrixError) return new HomeserverError(name, error.statusCode, error.errcode, error.error, error);
  if (typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number') {
    return new HomeserverError(name, error.statusCode, undefined, 'an answer that is not Matrix', error);
  }
  return new HomeserverError(name, undefined, undefined, error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error), error);
}

/** Milliseconds to wait before trying again; null when trying again cannot help. */
function waitBefore(failure: HomeserverError, attempt: number): number | null {
  if (failure.status === 429) {
    const asked = failure.cause instanceof MatrixError ? failure.cause.retryAfterMs : undefined;
    return asked ?? 1000;
  }
  if (failure.status === undefined || failure.status >= 500) return Math.min(200 * 2 ** attempt, 5000);
  return null;
}

/**
 * @param responses is told how each attempt ended, where that says something of the homeserver
 * @throws HomeserverError when it failed for good, or the answer is of another shape than `schema`
 */
export async function ask<T>(client: MatrixClient, schema: z.ZodType<T>, request: Request, responses?: Responses): Promise<T> {
  const { method, path, query, body, patience = ALL_ATTEMPTS_TIMEOUT_MS, timeout = ATTEMPT_TIMEOUT_MS, again = true, afar = false } = request;
  const endpoint = `/${path.map(encodeURIComponent).join('/')}`;
  const name = `${method} /${path.map((part) => (/^[!@#$]/u.test(part) ? part[0] : part)).join('/')}`;
  const end = performance.now() + patience;
  for (let attempt = 0; ; attempt++) {
    const ended = afar ? undefined : responses?.begin();
    try {
      const answer: unknown = await client.doRequest(method, endpoint, query ?? null, body ?? null, Math.max(1, Math.ceil(Math.min(timeout, end - performance.now()))));
      ended?.(null);
      const parsed = schema.safeParse(answer);
      if (parsed.success) return parsed.data;
      throw new HomeserverError(name, 200, undefined, `an answer of another shape: ${z.prettifyError(parsed.error)}`, parsed.error);
    } catch (error) {
      if (error instanceof HomeserverError) throw error;
      const failure = toFailure(name, error);
      ended?.(failure.status === undefined || failure.status >= 500 ? failure.message : null);
      const wait = waitBefore(failure, attempt);
      if (!again || wait === null || performance.now() + wait >= end) throw failure;
      await sleep(wait);
    }
  }
}

/** The client-server API. */
export const V3 = ['_matrix', 'client', 'v3'] as const;

/** What was to be taken away is not there: that is as well. @throws any other error */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof HomeserverError && error.isMissing)) throw error;
}

/** For a question whether something is there. */
export const isThere = (): true => true;

/** It is not there. @throws any other error */
export function isMissing(error: unknown): false {
  ignoreMissing(error);
  return false;
}

/** Neither that is there, nor the account that was asked for it. @throws any other error */
export function isUnknown(error: unknown): false {
  if (error instanceof HomeserverError && error.isMoot) return false;
  throw error;
}

/** A transaction id that is the same for the same cause, so that a repetition is no second event. */
export function txn(cause: string): string {
  return createHash('sha256').update(cause).digest('base64url').slice(0, 32);
}
