/** The link by which a third person comes into a visit. Nobody keeps it: it derives from the command that asked for it. */
import type { EventId } from '@portineria/config/ids';
import { createHmac } from 'node:crypto';

/** Where our page for them is. */
export const GUEST_PAGE = '/ospite';

/** The command that asked for a link, and which of its lines. */
interface Asked {
  readonly command: EventId;
  readonly line: number;
}

/**
 * What stands behind the `#`: 144 bits, always the same for one command, and not to be guessed without the secret.
 * @param secret of this reception, known to nobody else
 */
export function linkSecret({ command, line }: Asked, secret: string): string {
  return createHmac('sha256', secret).update(`portineria guest ${command} ${line}`).digest().subarray(0, 18).toString('base64url');
}

/** The link. Browsers send no server what stands behind the `#`, so that no log holds it. */
export function guestAddress(asked: Asked, secret: string, publicUrl: string): string {
  return new URL(`${GUEST_PAGE}#${linkSecret(asked, secret)}`, publicUrl).href;
}
