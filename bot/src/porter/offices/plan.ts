/** What a configuration means for each office: what decides there, and what is to stand in its rooms. Pure. */
import type { Comune, Office } from '@portineria/config/comune';
import type { CallKind, Transport } from '@portineria/config/events';
import type { UserId } from '@portineria/config/ids';
import { timetable } from '@portineria/config/timetable';
import type { Hands } from '../../hands/means.ts';
import { shortHash } from '../../ground/hash.ts';
import { callKind, doorState, officeState, type WantedState } from '../../hands/offices.ts';
import type { Declared } from '../../hands/read.ts';
import { deskWidget } from '../../hands/widgets.ts';
import { admissionOf, type Admission } from '../../judgement/admission.ts';
import type { Settings } from '../../ground/settings.ts';
import type { Sfu } from '../../servers/sfu.ts';
import type { KnownOffice, Situation } from '../../judgement/situation.ts';

/** What decides at an office: in force as soon as it is declared. */
export interface Plan {
  readonly declared: Declared;
  readonly hands: Hands;
}

/** What is to stand at the homeserver for an office. */
export interface Wanted {
  /** In the office. */
  readonly state: WantedState;
  /** In its door's room. */
  readonly door: WantedState;
  readonly staff: readonly UserId[];
}

export interface PlanOptions extends Omit<Hands, 'comune' | 'office'> {
  readonly settings: Settings;
}

function staffOf(office: Office, { demo_staff }: Settings): readonly UserId[] {
  return office.staff.length > 0 ? office.staff : (demo_staff[office.id] ?? []);
}

/** The offices of each comune that is declared: one list for all of them. */
const known = new WeakMap<Comune, readonly KnownOffice[]>();

function knownOffices(comune: Comune, settings: Settings): readonly KnownOffice[] {
  const offices = known.get(comune) ?? comune.offices.map((office) => ({ id: office.id, name: office.name, call: callKind(office, settings) }));
  known.set(comune, offices);
  return offices;
}

/** Who may knock at each comune that is declared: one answer for all its offices. */
const admissions = new WeakMap<Comune, Admission>();

function admitted(comune: Comune): Admission {
  const admission = admissions.get(comune) ?? admissionOf(comune.federation, new Set(comune.neighbours.flatMap(({ server }) => server ?? [])));
  admissions.set(comune, admission);
  return admission;
}

export function planOf(comune: Comune, office: Office, { settings, homeserver, sfu, conference, guestAddress, elsewhere, passing, abroad, outside }: PlanOptions): Plan {
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
      admission: admitted(comune),
      timetable: timetable(comune, office),
      atClosing: office.atClosing,
      showPlace: office.showPlace,
      offices: knownOffices(comune, settings),
      escalation: office.escalation.map((step) => ({ ...step, id: shortHash(step) })),
      roster: new Set(staffOf(office, settings)),
    },
    hands: { homeserver, comune, office, sfu, conference, guestAddress, elsewhere, passing, abroad, outside },
  };
}

export function wantedOf(comune: Comune, office: Office, { settings, homeserver }: PlanOptions): Wanted {
  const staff = staffOf(office, settings);
  const served = { ...office, call: callKind(office, settings) };
  // Where the desk's page is served, the staff's clients show it.
  const desk = settings.widget === null ? [] : deskWidget(homeserver, comune.languages);
  const state = new Map([...officeState(comune, served, staff, homeserver), ...desk.map(({ type, content }): [string, Record<string, unknown>] => [type, content])]);
  return { state, door: doorState(comune, served, admitted(comune), homeserver), staff };
}

/** Two offices' rooms are to be the same when these are. Short, as it is kept for each office. */
export function printOf({ state, door, staff }: Wanted): string {
  return shortHash([[...state], [...door], staff]);
}

/** Where the calls of an office's visits run; null where they are in writing. */
function transportOf(call: CallKind, sfu: Sfu | null, { jitsi }: Comune): Transport | null {
  if (call === 'element-call' && sfu !== null) return { type: 'livekit', livekit_service_url: sfu.serviceUrl };
  return call === 'jitsi' && jitsi !== null ? { type: 'jitsi', domain: jitsi.domain } : null;
}

/** A situation under another configuration. Whoever is inside and of the staff no longer does not belong there from now on. */
export function under(s: Situation, declared: Declared): Situation {
  const { roster } = declared;
  const here = [...s.joined, ...s.strangers];
  return { ...s, ...declared, joined: new Set([...s.joined].filter((user) => roster.has(user))), strangers: new Set(here.filter((user) => !roster.has(user))) };
}
