/** What the HTTP side answers when it cannot do what was asked: problem details, RFC 9457. */
import type { Problem } from '@portineria/config/api';
import { escapeHtml } from '@portineria/config/harmless';
import type { FastifyReply } from 'fastify';
import * as z from 'zod/v4/core';
import { say, type TextKey, type TextValues } from '../words/texts.ts';

type Code = Problem['code'];
interface Fault { path: string; message: string }

const STATUS: Record<Code, number> = {
  bad_request: 400,
  not_yours: 403,
  not_found: 404,
  method: 405,
  closed: 409,
  too_large: 413,
  used: 422,
  too_many: 429,
  full: 429,
  unavailable: 503,
};

export interface HttpRefusalDetails {
  /** Where the code's usual status does not fit. */
  status?: number;
  /** Seconds after which to try again. */
  retryAfter?: number;
  /** A sentence for the reader, in the reader's language, in place of the code's own. */
  sentence?: string;
  /** Another text in place of the code's own: `http.KEY.title` and `http.KEY.detail`. */
  text?: 'media_type' | 'visitors' | 'slow' | 'link_over' | 'link_used' | 'code_wrong' | 'code_over' | 'code_used';
  /** What the text has places for. */
  values?: TextValues;
  faults?: Fault[];
  /** The methods that the address allows. */
  allow?: string[];
  cause?: unknown;
}

/** A request that is refused, for a reason that its sender is told. */
export class HttpRefusal extends Error {
  readonly code: Code;
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly details: HttpRefusalDetails;

  constructor(code: Code, details: HttpRefusalDetails = {}) {
    super(code, { cause: details.cause });
    this.name = 'HttpRefusal';
    this.code = code;
    this.status = details.status ?? STATUS[code];
    this.retryAfter = details.retryAfter;
    this.details = details;
  }
}

/** How an error's `code` and `statusCode` read, as Fastify and its plugins set them. */
function statusOf(error: unknown): number {
  return typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
}

/** Any error as a refusal. What is not the sender's fault becomes 500 and tells nothing of its inside. */
export function refusalOf(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  const status = statusOf(error);
  // A file that must not be read is, to its reader, not there.
  if (status === 404 || status === 403) return new HttpRefusal('not_found', { cause: error });
  if (status === 413) return new HttpRefusal('too_large', { cause: error });
  if (status === 415) return new HttpRefusal('bad_request', { status, text: 'media_type', cause: error });
  if (status >= 400 && status < 500) return new HttpRefusal('bad_request', { status, cause: error });
  return new HttpRefusal('unavailable', { status: 500, cause: error });
}

/**
 * A refusal as the body that its reader gets.
 * @param phone where to telephone, for texts that say so; null for nowhere
 */
export function problemOf(refusal: HttpRefusal, language: string | readonly string[], phone: string | null = null): Problem {
  const { sentence, values, text, faults, allow } = refusal.details;
  const name = text ?? refusal.code;
  const title: TextKey = `http.${name}.title`;
  const detail: TextKey = `http.${name}.detail`;
  return {
    type: 'about:blank',
    title: say(language, title),
    status: refusal.status,
    detail: sentence ?? say(language, detail, { seconds: refusal.retryAfter ?? 60, allowed: allow?.join(', ') ?? '', phone: phone ?? 'none', ...values }).trim(),
    code: refusal.code,
    ...(faults === undefined ? {} : { faults }),
  };
}

/** The headers that belong to a refusal. */
export function problemHeaders(refusal: HttpRefusal): Record<string, string> {
  return {
    'cache-control': 'no-store',
    ...(refusal.retryAfter === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(refusal.retryAfter))) }),
    ...(refusal.details.allow === undefined ? {} : { allow: refusal.details.allow.join(', ') }),
    ...(refusal.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
}

/** Sends a problem, its status and headers being set. As bytes: the media type has no charset (RFC 9457, 6.1), which would be added to text. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.type('application/problem+json').send(Buffer.from(JSON.stringify(problem)));
}

/** What a schema found wrong. The names of unknown keys are the sender's own words and are not sent back. */
function faultsOf(error: z.$ZodError): Fault[] {
  return error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.code === 'unrecognized_keys' ? 'Holds a key that is not known here' : issue.message,
  }));
}

/** What a schema makes of something from outside. @throws HttpRefusal with every fault */
export function checked<T extends z.$ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw new HttpRefusal('bad_request', { faults: faultsOf(parsed.error) });
}

/** The same for somebody who looks at it in a browser, when the pages themselves cannot be shown. */
export function problemPage(problem: Problem, language: string): string {
  return `<!doctype html><html lang="${escapeHtml(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`
    + `<title>${escapeHtml(problem.title)}</title></head><body><main><h1>${escapeHtml(problem.title)}</h1><p>${escapeHtml(problem.detail ?? '')}</p>`
    + `<p><a href="/">${escapeHtml(say(language, 'http.page.home'))}</a></p></main></body></html>\n`;
}
