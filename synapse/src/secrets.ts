/** What an instance keeps to itself: made once, kept in `DATA/secrets.json` (mode 0600). */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { writeJson } from './files.ts';
import { Trouble, words } from './trouble.ts';

const Tokens = z.strictObject({ as_token: z.string().min(32), hs_token: z.string().min(32) });

export const Secrets = z.strictObject({
  porter: Tokens,
  visitors: Tokens,
  /** Lets its holder register accounts, administrators among them. */
  registration_shared_secret: z.string().min(32),
  macaroon_secret_key: z.string().min(32),
  form_secret: z.string().min(32),
  /** The homeserver's signing key, as Synapse's file holds it: `ed25519 VERSION BASE64`. */
  signing_key: z.string().regex(/^ed25519 \w+ [A-Za-z0-9+/]{43}$/u),
  /** What the bot signs call tokens with, and speaks to the calls' server with. A folder from before the calls has none yet. */
  livekit: z.string().min(32).default(secret),
  /** The pair of keys that browsers' push services know the bot by (VAPID, RFC 8292). A folder from before Web Push has none yet. */
  push: z.strictObject({ public_key: z.string().length(87), private_key: z.string().length(43) }).default(pushKeys),
  /** The administrator's account, once it was made: its password is forgotten, only its token is kept. */
  admin: z.strictObject({ user_id: z.string(), token: z.string() }).nullable(),
  /** The demo staff's passwords, by local part. */
  staff: z.record(z.string(), z.string()),
});
export type Secrets = z.infer<typeof Secrets>;

/** 256 random bits that are safe in a URL, in YAML and on a command line. */
export function secret(): string {
  return randomBytes(32).toString('hex');
}

/** A pair of keys on P-256 in base64url: the public one as an uncompressed point. */
function pushKeys(): { public_key: string; private_key: string } {
  const { x = '', y = '', d = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { public_key: point.toString('base64url'), private_key: d };
}

/** New secrets. */
export function makeSecrets(): Secrets {
  return {
    porter: { as_token: secret(), hs_token: secret() },
    visitors: { as_token: secret(), hs_token: secret() },
    registration_shared_secret: secret(),
    macaroon_secret_key: secret(),
    form_secret: secret(),
    livekit: secret(),
    push: pushKeys(),
    signing_key: `ed25519 a_${randomBytes(3).toString('hex')} ${randomBytes(32).toString('base64').replaceAll('=', '')}`,
    admin: null,
    staff: {},
  };
}

function fileIn(data: string): string {
  return join(data, 'secrets.json');
}

export function saveSecrets(data: string, secrets: Secrets): void {
  writeJson(fileIn(data), secrets);
}

/**
 * The secrets of a data folder, made when there are none.
 * @throws Trouble when the file is there and cannot be used: new ones would lock everybody out, so that is not for us to decide
 */
export function secretsOf(data: string): Secrets {
  const file = fileIn(data);
  if (!existsSync(file)) {
    const made = makeSecrets();
    saveSecrets(data, made);
    return made;
  }
  try {
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const secrets = Secrets.parse(written);
    if (!isDeepStrictEqual(secrets, written)) saveSecrets(data, secrets);
    return secrets;
  } catch (error) {
    const why = error instanceof z.ZodError ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') : words(error);
    throw new Trouble(`${file} cannot be read (${why}): restore it from a backup, or start with another folder (--data).`);
  }
}
