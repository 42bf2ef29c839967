/** A door set by hand that nobody can read: what was expected of it, and what came. Pure. */
import { DoorContent } from '@portineria/config/events';
import type { EventId, UserId } from '@portineria/config/ids';

/** A value of `it.portineria.door` that is not as it must be. Holds no more of it than is shown. */
export interface DoorFault {
  readonly field: keyof DoorContent;
  /** It is not there; it is a text that is too long; it is something else. */
  readonly came: 'missing' | 'long' | 'other';
  /** Of a text, its characters. */
  readonly length: number;
  /** What came, as far as it is short. */
  readonly shown: string;
}

/** A door that counts as none since it cannot be read. */
export interface UnreadDoor {
  readonly event: EventId;
  /** Who set it. */
  readonly by: UserId;
  readonly faults: readonly DoorFault[];
}

const FIELDS = ['state', 'until', 'by', 'reason', 'command', 'at'] as const satisfies readonly (keyof DoorContent)[];
/** Texts beyond this length are told by their length, in characters. */
const LONG = 100;

/** What is wrong with a door's content, a fault for each value; none where it can be read. */
export function doorFaults(content: Readonly<Record<string, unknown>>): DoorFault[] {
  const parsed = DoorContent.safeParse(content);
  const wrong = new Set<unknown>(parsed.success ? [] : parsed.error.issues.map(({ path }) => path[0]));
  return FIELDS.filter((field) => wrong.has(field)).map((field) => faultOf(field, content[field]));
}

function faultOf(field: DoorFault['field'], value: unknown): DoorFault {
  if (value === undefined) return { field, came: 'missing', length: 0, shown: '' };
  if (typeof value !== 'string') return { field, came: 'other', length: 0, shown: shownOf(value) };
  const { length } = value;
  return length > LONG ? { field, came: 'long', length, shown: '' } : { field, came: 'other', length, shown: `“${value}”` };
}

function shownOf(value: unknown): string {
  if (Array.isArray(value)) return '[…]';
  return typeof value === 'object' && value !== null ? '{…}' : String(value);
}
