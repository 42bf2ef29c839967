/** Bodies on their way to the homeserver: small ones are read whole, large ones are passed on as they come, a bounded number at once. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Entered } from './gate.ts';
import { MatrixRefusal } from './errcode.ts';

/** Bytes. Matrix uploads; everything else is far smaller. */
export const UPLOAD_LIMIT = 50 * 1024 * 1024;
/** Bytes that are read before the homeserver is asked: an event is no larger (client-server specification, "Size limits"). */
const SMALL = 64 * 1024;

export const tooLarge = (): MatrixRefusal => new MatrixRefusal(413, 'M_TOO_LARGE', 'Upload request body is too large');

/** Whether a request says that it has a body (RFC 9112, 6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads a body: all of a small one; of a large one what shows that it is large, and then whatever follows.
 * @throws MatrixRefusal when there are too many at once, or it is too large; the request's own error when it breaks off
 */
export async function readBody(request: IncomingMessage, entered: Entered): Promise<Buffer | Readable> {
  const source: AsyncIterator<Buffer> = request[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let size = 0;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    parts.push(next.value);
    entered.keep(next.value.length);
    size += next.value.length;
    if (size > SMALL) {
      entered.upload();
      return Readable.from(following(parts, size, source), { objectMode: false });
    }
  }
  return Buffer.concat(parts);
}

async function* following(parts: Buffer[], size: number, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* parts.splice(0);
  let sum = size;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    sum += next.value.length;
    if (sum > UPLOAD_LIMIT) throw tooLarge();
    yield next.value;
  }
}
