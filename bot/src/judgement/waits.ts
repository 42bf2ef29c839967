/** Waits that several decisions share, in milliseconds. */

export const MINUTE = 60_000;
/** How long an account or a room outlives its end, so that those concerned still hear of it. */
export const FAREWELL_MS = 60_000;
/** How long whoever opened has to come in before they are called again; after as long again the colleagues are. */
export const HOST_GRACE_MS = 60_000;
