/** The porter's HTTP interface for what somebody says at the end: how easy it was. */
import type { FeedbackRequest } from '@portineria/config/api';

const TIMEOUT_MS = 20_000;

/** Sends it (`POST /api/feedback`); safe to repeat. Never throws. @returns whether it was taken */
export async function sendFeedback(request: FeedbackRequest, language: string): Promise<boolean> {
  try {
    const response = await fetch('/api/feedback', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.ok;
  } catch {
    return false;
  }
}
