/**
 * The keys of a clerk's account: other programs read only what comes from devices that their owner has signed (MSC4153), and a recovery
 * key brings the keys to the clerk's next browser. What is half done is found so at the next start, and done again.
 */
import { ClientEvent, MatrixError, type MatrixClient } from 'matrix-js-sdk';
import { CryptoEvent, decodeRecoveryKey, deriveRecoveryKeyFromPassphrase, type CryptoApi, type CryptoCallbacks, type GeneratedSecretStorageKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { AuthDict, UIAuthCallback } from 'matrix-js-sdk/lib/interactive-auth.js';
import type { PassphraseInfo } from 'matrix-js-sdk/lib/secret-storage.js';
import * as z from 'zod/mini';
import { trustOf, type KeyFacts, type Trust } from './trust.ts';

/** The recovery key, for as long as something is being done with it. */
export interface RecoveryCache {
  callbacks: CryptoCallbacks;
  hold(id: string, key: Uint8Array<ArrayBuffer>): void;
  forget(): void;
}

/** What became of a recovery key, or of a password, that somebody has typed. */
export type KeyOutcome = 'done' | 'wrong' | 'failed';

export interface DeskKeys {
  /** Signs this device, where the account has no keys yet or this browser holds them. Never throws. @param password the one that was just typed, for homeservers that ask for it here */
  settle(password: string | null): Promise<void>;
  /** A new recovery key, to be shown. It counts once it is saved. @throws Error where the browser has no randomness */
  make(): Promise<string>;
  /** Locks the keys away with the recovery key that was shown: whoever reads it has it by then. */
  save(): Promise<KeyOutcome>;
  /** Opens the keys that were made elsewhere. @param words a recovery key, or the passphrase that it was made of */
  restore(words: string): Promise<KeyOutcome>;
  /** New keys in place of those that nothing opens any more. What was locked by them is lost. */
  renew(password: string): Promise<KeyOutcome>;
}

/** Changes come in groups: so long after the last one the keys are looked at, in milliseconds. */
const LOOK_DELAY_MS = 300;

/** What a homeserver asks of whoever replaces keys (client-server API, "User-Interactive Authentication"). */
const Challenge = z.object({ session: z.string().check(z.maxLength(1000)), flows: z.array(z.object({ stages: z.array(z.string()) })) });

export function recoveryCache(): RecoveryCache {
  let held: [string, Uint8Array<ArrayBuffer>] | null = null;
  return {
    callbacks: {
      getSecretStorageKey: async ({ keys }) => (held !== null && held[0] in keys ? held : null),
      cacheSecretStorageKey: (id, _about, key) => void (held = [id, key]),
    },
    hold: (id, key) => void (held = [id, key]),
    forget: () => void (held = null),
  };
}

/** The keys of a client whose encryption is loaded. @param changed is told how things stand, at every change */
export function openKeys(client: MatrixClient, cache: RecoveryCache, changed: (trust: Trust) => void): DeskKeys {
  const [me, device] = [client.getSafeUserId(), client.getDeviceId() ?? ''];
  const crypto = (): CryptoApi => {
    const keys = client.getCrypto();
    if (keys === undefined) throw new Error('Expected the encryption to be there');
    return keys;
  };
  let made: GeneratedSecretStorageKey | null = null;
  /** What is being done, one after the other. */
  let work: Promise<unknown> = Promise.resolve();

  /** @param afresh as the homeserver has it; else as this browser knows it, which asks nobody */
  const read = async (afresh = true): Promise<KeyFacts> => {
    const asked = afresh && (await crypto().userHasCrossSigningKeys(me, true));
    const { publicKeysOnDevice: known, privateKeysCachedLocally: here, privateKeysInSecretStorage: stored } = await crypto().getCrossSigningStatus();
    const signed = (await crypto().getDeviceVerificationStatus(me, device))?.signedByOwner === true;
    return { published: asked || known, signed, held: here.masterKey && here.selfSigningKey && here.userSigningKey, stored, complete: await crypto().isSecretStorageReady() };
  };
  const tell = async (afresh: boolean): Promise<void> => changed(trustOf(await read(afresh)));
  /** Does one thing after the other, and tells how things stand then. */
  const inTurn = (act: () => Promise<KeyOutcome>, afresh = true): Promise<KeyOutcome> => {
    const mine = work.then(act).catch((error: unknown) => {
      console.error('The keys could not be brought where they belong', error);
      return 'failed' as const;
    });
    work = mine.then(() => tell(afresh)).catch((error: unknown) => console.error('The keys could not be looked at', error));
    return mine;
  };

  let due: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    clearTimeout(due);
    due = setTimeout(() => void inTurn(async () => 'done', false), LOOK_DELAY_MS);
  };
  client.on(CryptoEvent.KeysChanged, later);
  client.on(CryptoEvent.DevicesUpdated, (users) => users.includes(me) && later());
  client.on(ClientEvent.AccountData, (event) => /^m\.(?:secret_storage|cross_signing|megolm_backup)\./u.test(event.getType()) && later());

  /** The first keys of an account: most homeservers take them as they are (MSC3967). */
  const publish = async (password: string | null): Promise<void> => {
    await crypto().bootstrapCrossSigning({
      setupNewCrossSigning: true,
      authUploadDeviceSigningKeys: async (upload) => {
        try {
          await upload(null);
        } catch (error) {
          // Another browser of theirs was sooner: those keys stay.
          if (await crypto().userHasCrossSigningKeys(me, true)) throw error;
          await upload(answerTo(error, me, password));
        }
      },
    });
  };

  /** That there is a copy of the keys of messages, and that this browser can read it. */
  const hasBackup = async (): Promise<boolean> => {
    await crypto().checkKeyBackupAndEnable();
    return (await crypto().getActiveSessionBackupVersion()) !== null && (await crypto().getSessionBackupPrivateKey()) !== null;
  };

  return {
    async settle(password) {
      await inTurn(async () => {
        const { published, signed, held } = await read();
        if (!published) await publish(password);
        else if (!signed && held) await crypto().crossSignDevice(device);
        // Keys of messages are fetched from there when they are wanted.
        await crypto().checkKeyBackupAndEnable();
        return 'done';
      });
    },
    async make() {
      made = await crypto().createRecoveryKeyFromPassphrase();
      return made.encodedPrivateKey ?? '';
    },
    save: () => inTurn(async () => {
      const key = made;
      if (key === null) throw new Error('Expected a recovery key that was shown');
      try {
        await crypto().bootstrapSecretStorage({ createSecretStorageKey: async () => key, setupNewSecretStorage: true, setupNewKeyBackup: !(await hasBackup()) });
      } finally {
        cache.forget();
      }
      made = null;
      return 'done';
    }),
    restore: (words) => inTurn(async () => {
      const [id, about] = (await client.secretStorage.getKey()) ?? [];
      if (id === undefined || about === undefined) throw new Error('Expected keys that were locked away');
      const key = await keyOf(words, about);
      if (key === null || !(await client.secretStorage.checkKey(key, about))) return 'wrong';
      cache.hold(id, key);
      try {
        await crypto().bootstrapCrossSigning({});
        if ((await crypto().getKeyBackupInfo()) === null) await crypto().resetKeyBackup();
        else await crypto().loadSessionBackupPrivateKeyFromSecretStorage();
        await crypto().checkKeyBackupAndEnable();
      } finally {
        cache.forget();
      }
      return 'done';
    }),
    renew: (password) => inTurn(async () => {
      try {
        await crypto().resetEncryption(byPassword(me, password));
      } catch (error) {
        if (error instanceof MatrixError && error.errcode === 'M_FORBIDDEN') return 'wrong';
        throw error;
      }
      return 'done';
    }),
  };
}

const byPassword = (user: string, password: string): UIAuthCallback<void> => async (upload) => {
  try {
    await upload(null);
  } catch (error) {
    await upload(answerTo(error, user, password));
  }
};

/** What answers a homeserver that asks who it is. @throws the error, where it is another one or asks for more than a password */
function answerTo(error: unknown, user: string, password: string | null): AuthDict {
  const challenge = Challenge.safeParse(error instanceof MatrixError && error.httpStatus === 401 ? error.data : null).data;
  if (password === null || challenge?.flows.some(({ stages }) => stages.every((stage) => stage === 'm.login.password')) !== true) throw error;
  return { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password, session: challenge.session };
}

/** The key that somebody has typed: as it was shown once, or as a passphrase where the account has one. Null for what can be neither. */
async function keyOf(words: string, { passphrase }: { passphrase?: PassphraseInfo }): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return decodeRecoveryKey(words);
  } catch {
    return passphrase === undefined ? null : deriveRecoveryKeyFromPassphrase(words, passphrase.salt, passphrase.iterations, passphrase.bits);
  }
}
