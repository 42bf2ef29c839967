/** A knock or a visit goes on at another device: a code is asked for here and typed there. */
import { CodeBody, type CodeRequest, MovedBody, Problem, ResumedBody, type VisitorBody } from '@portineria/config/api';
import type { Event } from '../way/machine.ts';
import type { Kept } from '../way/state.ts';
import { drawKey } from './knocks.ts';

const TIMEOUT_MS = 20_000;

/** The same for each try with a code on this page: asked again after a lost answer it gives the same device. */
const key = drawKey();

/** Asks for a code (`POST /api/visitors/me/code`); null where none can be had now. Never throws. */
export async function askCode({ account, stage, neighbour, office, queue }: Kept): Promise<CodeBody | null> {
  // The knock is not made yet.
  if (stage === 'made') return null;
  const going: CodeRequest = { ...(neighbour === undefined ? {} : { neighbour }), office, stage, queue, knock: account.knock };
  try {
    const response = await fetch('/api/visitors/me/code', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${account.access_token}` },
      body: JSON.stringify(going),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return CodeBody.safeParse(await response.json()).data ?? null;
  } catch {
    return null;
  }
}

/** What a code stands for, handed to this device (`POST /api/visitors/resume`); or why not, in the porter's words where it said any. Never throws. */
export async function redeemCode(code: string, language: string): Promise<Extract<Event, { type: 'handed' | 'unfit' }>> {
  try {
    const response = await fetch('/api/visitors/resume', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language, 'idempotency-key': `"${key}"` },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    const kept = ResumedBody.safeParse(body).data;
    return kept === undefined ? { type: 'unfit', message: Problem.safeParse(body).data?.detail ?? null } : { type: 'handed', kept };
  } catch {
    return { type: 'unfit', message: null };
  }
}

/** Whether another device goes on in place of this one (`GET /api/visitors/me/device`). Never throws: where nobody says so, none does. */
export async function hasMoved({ access_token }: Pick<VisitorBody, 'access_token'>): Promise<boolean> {
  try {
    const response = await fetch('/api/visitors/me/device', { headers: { authorization: `Bearer ${access_token}` }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return MovedBody.safeParse(await response.json()).data?.moved === true;
  } catch {
    return false;
  }
}
