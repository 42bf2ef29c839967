/**
 * Jitsi, for the offices that prefer it: where a visit's conference is, and the token that lets its members in.
 * Claims: lib-jitsi-meet, doc/tokens.md. Jitsi looks at a token when somebody enters and at no other time, so it lasts as long as the visit may.
 */
import type { Comune, Jitsi } from '@portineria/config/comune';
import type { EventId, UserId } from '@portineria/config/ids';
import { SignJWT } from 'jose';
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** RFC 4648, 6: letters and digits that no address bar changes. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** The domain of the Jitsi that some office prefers; null where none does. */
export function jitsiDomain({ offices, jitsi }: Comune): string | null {
  return offices.some(({ call }) => call === 'jitsi') ? (jitsi?.domain ?? null) : null;
}

/**
 * The name of a visit's conference. Nobody guesses it, and the same knock always gives the same one.
 * Where Jitsi asks for no token, knowing it is what lets in.
 * @param secret known to this bot alone
 */
export function conferenceOf(secret: string, knock: EventId): string {
  const bytes = createHmac('sha256', secret).update(`conference ${knock}`).digest();
  return `portineria-${[...bytes.subarray(0, 26)].map((byte) => LETTERS[byte % 32]).join('')}`;
}

export interface JitsiPass {
  readonly conference: string;
  readonly user: UserId;
  readonly isStaff: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly until: number;
}

/** Another for every visit: what Jitsi writes into its log leads to nobody. */
function pseudonym(conference: string, user: UserId): string {
  return createHash('sha256').update(`${conference} ${user}`).digest('base64url').slice(0, 16);
}

/** The token's claims. */
export function jitsiClaims({ domain, appId }: Jitsi, { conference, user, isStaff, now, until }: JitsiPass) {
  return {
    aud: 'jitsi',
    iss: appId ?? '',
    // The base domain: without a port.
    sub: domain.replace(/:\d+$/u, ''),
    room: conference,
    // Clocks differ a little.
    nbf: Math.floor(now / 1000) - 30,
    exp: Math.floor(until / 1000),
    // Strings alone: Prosody's plugin stumbles over anything else.
    context: { user: { id: pseudonym(conference, user), affiliation: isStaff ? 'owner' : 'member', moderator: String(isStaff) } },
  };
}

/**
 * Signs a token with the secret that the configuration's file names; null where Jitsi asks for none.
 * @param config the configuration file, which the secret's path is relative to
 * @throws Error when the secret cannot be read
 */
export async function signJitsi(jitsi: Jitsi, config: string, pass: JitsiPass): Promise<string | null> {
  if (jitsi.appId === null || jitsi.secretFile === null) return null;
  const secret = (await readFile(resolve(dirname(config), jitsi.secretFile), 'utf8')).trim();
  if (secret === '') throw new Error('The file with Jitsi’s secret is empty');
  return new SignJWT(jitsiClaims(jitsi, pass)).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(secret));
}
