/** Nobody waits for the homeserver without end. */

/** How long a page waits until its goodbye is written down, in milliseconds, before it is told to try again. */
export const GOODBYE_TIMEOUT_MS = 8_000;

/** The homeserver did not answer while somebody waited. */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/**
 * What takes too long goes on, but nobody waits for it: an account that nobody was given is erased in time.
 * @param timeout milliseconds
 * @throws LateError
 */
export async function inTime<T>(work: Promise<T>, timeout: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError('The homeserver does not answer in time')), timeout);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
