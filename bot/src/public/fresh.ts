/** Whether whoever asks has the answer already: tags, and what was had. */
import type { FastifyRequest } from 'fastify';
import { shortHash } from '../ground/hash.ts';

/** The weak ETag of a body: `now` moves all the time and says nothing new. */
export function etagOf(body: object): string {
  return `W/"${shortHash({ ...body, now: undefined })}"`;
}

/**
 * Whether the sender already has it (RFC 9110, 13.1.2). The package `fresh` would say no to every page: browsers send `Cache-Control: no-cache`
 * along with a tag that a script names, and it takes that for a wish to have all of it.
 */
export function fresh(request: FastifyRequest, etag: string): boolean {
  const had = request.headers['if-none-match'];
  return had?.split(',').some((tag) => [etag, etag.slice(2), '*'].includes(tag.trim())) === true;
}
