/** The neutral display name of a temporary account: it says nothing of its owner. Pure. */
import type { UserId } from '@portineria/config/ids';
import { createHash } from 'node:crypto';
import { say } from './texts.ts';

/**
 * "Ospite 123". The number derives from the user id, as the homeserver's module has it too, which lets no other name stand
 * (synapse/portineria_visitors.py).
 */
export function guestName(user: UserId, language: string): string {
  const number = 100 + (createHash('sha256').update(user).digest().readUInt32BE(0) % 900);
  return say(language, 'guest.name', { number });
}
