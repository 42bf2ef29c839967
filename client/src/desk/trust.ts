/** How far a clerk's device is trusted by the others, and whether their keys would outlive this browser. Pure. */

/** What is known of the account's keys (client-server API, "Cross-signing" and "Secrets"). */
export interface KeyFacts {
  /** The account has published keys to sign its devices with. */
  published: boolean;
  /** This device is signed with them. */
  signed: boolean;
  /** Their private halves are in this browser. */
  held: boolean;
  /** Their private halves are kept with the homeserver, locked by a recovery key. */
  stored: boolean;
  /** So is all that another device would need. */
  complete: boolean;
}

/**
 * - `settled`: nothing is left to do
 * - `unsaved`: others trust this device; without a recovery key the keys would go with this browser
 * - `locked`: the keys were made elsewhere, and the recovery key opens them here
 * - `lost`: the keys were made elsewhere, and nothing opens them here
 * - `unset`: the account has no keys yet, and the homeserver did not take any
 */
export type Trust = 'settled' | 'unsaved' | 'locked' | 'lost' | 'unset';

export function trustOf({ published, signed, held, stored, complete }: KeyFacts): Trust {
  if (!published) return 'unset';
  if (!signed) return stored ? 'locked' : 'lost';
  // Whoever was confirmed from another device without being handed the keys has nothing to lock away.
  return held && !complete ? 'unsaved' : 'settled';
}
