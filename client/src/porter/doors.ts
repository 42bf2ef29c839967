/**
 * What moves on a page that stays open: doors and queues, taken out of a fresh body of `GET /api/comune`.
 * Checked by hand, since the schemas of the whole body weigh as much as the rest of the page's own code.
 */
import type { ComuneBody, DoorBody } from '@portineria/config/api';

type Loose = Record<string, unknown>;
const STATES: readonly string[] = ['open', 'paused', 'closed'] satisfies DoorBody['state'][];

/** The comune with its doors and queues as the body has them; null when the body is not one. Offices that it does not name stay as they were. */
export function freshen(comune: ComuneBody, body: unknown): ComuneBody | null {
  if (!isLoose(body) || !isInstant(body['now']) || !Array.isArray(body['offices'])) return null;
  const fresh = new Map<unknown, Loose>(body['offices'].filter(isLoose).map((office) => [office['id'], office]));
  const offices = comune.offices.map((office) => {
    const { door, waiting } = fresh.get(office.id) ?? {};
    return isDoor(door) && typeof waiting === 'number' ? { ...office, door, waiting } : office;
  });
  return { ...comune, now: body['now'], offices };
}

export function isDoor(value: unknown): value is DoorBody {
  if (!isLoose(value) || typeof value['state'] !== 'string' || !STATES.includes(value['state'])) return false;
  return (value['reason'] === undefined || isTexts(value['reason'])) && [value['until'], value['next']].every((instant) => instant === null || isInstant(instant));
}

/** Whether something has words alone in it: a text in its languages. */
export function isTexts(value: unknown): value is Record<string, string> {
  return isLoose(value) && Object.values(value).every((text) => typeof text === 'string');
}

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

export function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null;
}
