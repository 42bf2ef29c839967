/** What the desk asks its client for (MSC2762, MSC2931), and what it can still do without. Pure. */
import { DOOR, OFFICE, QUEUE } from '@portineria/config/events';
import type { DeskPowers } from '../desk/port.ts';

const receiveState = (type: string): string => `org.matrix.msc2762.receive.state_event:${type}`;
const receive = (type: string): string => `org.matrix.msc2762.receive.event:${type}`;
const send = (type: string): string => `org.matrix.msc2762.send.event:${type}`;

/** Each by what it is for. A room's own timeline is named, so that nothing is ever read from, or said in, another one that is looked at. */
const CAPABILITIES = {
  room: (room: string) => `org.matrix.msc2762.timeline:${room}`,
  queue: () => receiveState(`${QUEUE}#`),
  office: () => receiveState(`${OFFICE}#`),
  door: () => receiveState(`${DOOR}#`),
  members: () => receiveState('m.room.member'),
  cards: () => receive('m.room.message#m.text'),
  replies: () => receive('m.room.message#m.notice'),
  redactions: () => receive('m.room.redaction'),
  react: () => send('m.reaction'),
  say: () => send('m.room.message#m.text'),
  lead: () => 'org.matrix.msc2931.navigate',
} satisfies Record<string, (room: string) => string>;

/** Something that the client may let the desk do, or not. */
export type Grant = keyof typeof CAPABILITIES;
const GRANTS = Object.keys(CAPABILITIES) as Grant[];

/** What a client is asked for. */
export function capabilitiesFor(room: string): string[] {
  return GRANTS.map((grant) => CAPABILITIES[grant](room));
}

/** What of it was given. */
export function grantedOf(approved: readonly string[], room: string): ReadonlySet<Grant> {
  return new Set(GRANTS.filter((grant) => approved.includes(CAPABILITIES[grant](room))));
}

/** What may be said in the office's room: nothing where the client does not hold to that room. */
export function powersOf(granted: ReadonlySet<Grant>): DeskPowers {
  const here = granted.has('room');
  return { react: here && granted.has('react'), say: here && granted.has('say') };
}

/** What is lost, in the order in which it is told. */
export type Loss = Exclude<Grant, 'lead'> | 'answers';

/** What is to be said of what was refused. */
export function lossesOf(granted: ReadonlySet<Grant>): readonly Loss[] {
  // Without the room nothing of the rest is of use.
  if (!granted.has('room')) return ['room'];
  const missing = GRANTS.filter((grant): grant is Exclude<Grant, 'lead'> => grant !== 'lead' && !granted.has(grant));
  // Both together are more than each.
  return granted.has('react') || granted.has('say') ? missing : [...missing.filter((grant) => grant !== 'react' && grant !== 'say'), 'answers'];
}
