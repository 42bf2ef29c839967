/** What a configuration means for each office: what decides there, and what is to stand in its room. Pure. */
import type { Comune, Office } from '@portineria/config/comune';
import type { EventId, UserId } from '@portineria/config/ids';
import { timetable } from '@portineria/config/timetable';
import type { CallKind, Transport } from '@portineria/config/events';
import { createHash } from 'node:crypto';
import type { Hands } from './act.ts';
import type { Homeserver } from './homeserver.ts';
import { callKind, officeState } from './offices.ts';
import type { Declared } from './read.ts';
import type { Settings } from './settings.ts';
import type { Sfu } from './sfu.ts';
import { put, without, type Situation } from './situation.ts';

/** What decides at an office: in force as soon as it is declared. */
export interface Plan {
  readonly declared: Declared;
  readonly hands: Hands;
}

/** What is to stand at the homeserver for an office. */
export interface Wanted {
  readonly state: ReadonlyMap<string, Record<string, unknown>>;
  readonly staff: readonly UserId[];
}

export interface PlanOptions {
  readonly settings: Settings;
  readonly homeserver: Homeserver;
  readonly sfu: Sfu | null;
  /** The name of a visit's conference. */
  readonly conference: (knock: EventId) => string;
}

function staffOf(office: Office, { demo_staff }: Settings): readonly UserId[] {
  return office.staff.length > 0 ? office.staff : (demo_staff[office.id] ?? []);
}

export function planOf(comune: Comune, office: Office, { settings, homeserver, sfu, conference }: PlanOptions): Plan {
  const call = callKind(office, settings);
  return {
    declared: {
      office: office.id,
      porter: homeserver.porter,
      visitorPrefix: `@${settings.visitors.prefix}`,
      zone: comune.zone,
      languages: comune.languages,
      call,
      transport: transportOf(call, sfu, comune),
      limits: comune.limits,
      timetable: timetable(comune, office),
      roster: new Set(staffOf(office, settings)),
    },
    hands: { homeserver, comune, office, sfu, conference },
  };
}

export function wantedOf(comune: Comune, office: Office, { settings, homeserver }: PlanOptions): Wanted {
  const staff = staffOf(office, settings);
  return { state: officeState(comune, { ...office, call: callKind(office, settings) }, staff, homeserver.porter, settings.public_url, homeserver.name), staff };
}

/** Two offices' rooms are to be the same when these are. Short, as it is kept for each office. */
export function printOf({ state, staff }: Wanted): string {
  return createHash('sha256').update(JSON.stringify([[...state], staff])).digest('base64url').slice(0, 22);
}

/** Where the calls of an office's visits run; null where they are in writing. */
function transportOf(call: CallKind, sfu: Sfu | null, { jitsi }: Comune): Transport | null {
  if (call === 'element-call' && sfu !== null) return { type: 'livekit', livekit_service_url: sfu.serviceUrl };
  return call === 'jitsi' && jitsi !== null ? { type: 'jitsi', domain: jitsi.domain } : null;
}

/**
 * A situation under another configuration. Whoever is inside and of the staff no longer is a guest from now on, who does not belong
 * there; and whoever has become one of the staff is no guest any more.
 */
export function under(s: Situation, declared: Declared, now: number): Situation {
  const { roster } = declared;
  const left = [...s.joined].filter((user) => !roster.has(user));
  const come = [...s.guests.values()].filter(({ user }) => roster.has(user));
  const guests = left.reduce((all, user) => put(all, user, { user, membership: 'join', at: now, by: s.porter, knock: null }), s.guests);
  return {
    ...s,
    ...declared,
    joined: new Set([...[...s.joined].filter((user) => roster.has(user)), ...come.filter(({ membership }) => membership === 'join').map(({ user }) => user)]),
    guests: come.reduce((all, { user }) => without(all, user), guests),
  };
}
