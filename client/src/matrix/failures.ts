/** What a failed request to the homeserver means. */
import { MatrixError } from 'matrix-js-sdk';

/** Whether the account is no more: its token is dead. */
export function isExpired(error: unknown): boolean {
  return error instanceof MatrixError && (error.errcode === 'M_UNKNOWN_TOKEN' || error.errcode === 'M_USER_DEACTIVATED');
}

/** Whether the homeserver could not do as it was asked, as when the server cannot be reached that it would have to ask. */
export function isFault(error: unknown): boolean {
  return error instanceof MatrixError && !error.isRateLimitError() && (error.httpStatus ?? 0) >= 500;
}

/** How long to wait before trying again, in milliseconds; null when it is of no use. */
export function waitFor(error: unknown, usual: number): number | null {
  if (!(error instanceof MatrixError)) return (error instanceof Error && error.name === 'ConnectionError') || error instanceof TypeError ? usual : null;
  if (error.isRateLimitError()) return error.getRetryAfterMs() ?? usual;
  return isFault(error) ? usual : null;
}
