/** The porter's first word, heard before the encryption is there: the number in the queue does not wait for it. */
import { Method, type MatrixClient } from 'matrix-js-sdk';
import type { IToDeviceEvent } from 'matrix-js-sdk/lib/sync-accumulator.js';

/** How long an answer may be held back, in milliseconds. */
const POLL_MS = 10_000;

/** Messages to this device, and nothing else. */
const FILTER = JSON.stringify({ room: { rooms: [] }, presence: { types: [] }, account_data: { types: [] } });

interface Answer {
  next_batch: string;
  to_device?: { events?: IToDeviceEvent[] };
}

/**
 * Asks for messages to a new device until there are some. The homeserver forgets those only once something is asked for that came after
 * them (client-server API, "Server behaviour" of to-device messages), and that is never done here: the session's own stream is given them
 * once more.
 * @param signal ends it
 * @returns the first ones; none when it was ended
 * @throws what the homeserver refuses, or that it cannot be reached
 */
export async function firstWords({ http }: Pick<MatrixClient, 'http'>, signal: AbortSignal): Promise<readonly IToDeviceEvent[]> {
  for (let since: string | undefined; !signal.aborted;) {
    const query = { filter: FILTER, set_presence: 'offline', timeout: since === undefined ? 0 : POLL_MS, ...(since === undefined ? {} : { since }) };
    const { next_batch, to_device } = await http.authedRequest<Answer>(Method.Get, '/sync', query, undefined, { abortSignal: signal });
    const events = to_device?.events ?? [];
    if (events.length > 0) return events;
    since = next_batch;
  }
  return [];
}
