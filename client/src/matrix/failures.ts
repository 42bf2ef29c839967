/** What a failed request to the homeserver means. */
import { MatrixError } from 'matrix-js-sdk';

/** Whether the account is no more: its token is dead. */
export function isExpired(error: unknown): boolean {
  return error instanceof MatrixError && (error.errcode === 'M_UNKNOWN_TOKEN' || error.errcode === 'M_USER_DEACTIVATED');
}

/** How long to wait before trying again, in milliseconds; null when it is of no use. */
export function waitFor(error: unknown, usual: number): number | null {
  if (!(error instanceof MatrixError)) return error instanceof Error && error.name === 'ConnectionError' || error instanceof TypeError ? usual : null;
  if (error.isRateLimitError()) return error.getRetryAfterMs() ?? usual;
  return (error.httpStatus ?? 0) >= 500 ? usual : null;
}
