/** A homeserver as it is after its first minutes: a new one tidies its empty tables up, one a second, for more than a minute. */
export const SETTLED = { background_updates: { sleep_enabled: false } };
