/** Where a page is, when it shows another comune's reception: that comune's own words, in this comune's languages. Types alone and small functions, since every page has them. */
import type { ComuneBody, NeighbourBody } from '@portineria/config/api';
import type { LocalText } from '@portineria/config/events';
import type { NeighbourId } from '@portineria/config/ids';

/** The neighbours that a page leads to: how many there are, and the names that it has. */
export interface Around {
  count: number;
  named: readonly { id: NeighbourId; name: LocalText }[];
  /** What somebody looks for among the names. */
  sought?: string;
}

/** The neighbour whose reception a page shows. */
export interface Place {
  id: NeighbourId;
  /** Where it is itself. */
  url: string;
  /** Seconds since it was heard; null for never. */
  age_s: number | null;
  reachable: boolean;
  /** The comune whose page this is. */
  home: LocalText;
}

/** A neighbour as the components show a comune. The page is still ours: its languages, its clock, and who answers for it. */
export function comuneAt(neighbour: NeighbourBody, own: ComuneBody): ComuneBody {
  const { name, zone, phone, privacy, colour, sample, offices } = neighbour;
  return { id: own.id, name, zone, languages: own.languages, phone, privacy, accessibility: own.accessibility, colour, sample, offices, now: own.now };
}

export function placeOf({ id, url, age_s, reachable }: NeighbourBody, own: ComuneBody): Place {
  return { id, url, age_s, reachable, home: own.name };
}

/** The place with its age as a fresh body has it; as it was when the body says nothing of it. */
export function freshenPlace(place: Place, body: unknown): Place {
  const { age_s, reachable } = (typeof body === 'object' ? body ?? {} : {}) as Record<string, unknown>;
  return typeof reachable === 'boolean' && (age_s === null || typeof age_s === 'number') ? { ...place, age_s, reachable } : place;
}
