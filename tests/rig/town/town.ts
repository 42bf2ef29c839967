/** A town on a real homeserver: three offices, ten who work in them, some in two, and thirty who come. */
import { promised } from '@portineria/config/pace';
import { UPLOAD } from '@portineria/synapse/homeserver';
import { visitorsModule } from '@portineria/synapse/visitors';
import { officeRoom } from '../administrator.ts';
import { Failure, type Person } from '../matrix.ts';
import { startReception, type Reception } from '../reception.ts';
import { Draws } from './draws.ts';
import { standingIn, type Standing } from './standing.ts';

/** Who works where. */
const STAFF = {
  anna: ['anagrafe', 'sindaco'], bruno: ['anagrafe'], carla: ['anagrafe'], dino: ['anagrafe', 'tributi'], elsa: ['tributi'],
  fabio: ['tributi'], gina: ['tributi', 'sindaco'], iole: ['sindaco'], lea: ['sindaco'], mino: ['tributi'],
} as const;
export type OfficeId = (typeof STAFF)[keyof typeof STAFF][number];
export const OFFICES: readonly OfficeId[] = ['anagrafe', 'sindaco', 'tributi'];

/** Short waits, so that whoever does not come is seen not to come, and doors that are made anew after a few. Its rooms are emptied at once. */
function config(): string {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ');
  const offices = OFFICES.map((id) => `  - { id: ${id}, name: { it: Ufficio ${id} }, description: { it: Prova }, hours: { ${days} }, staff: [${staffOf(id).map((name) => `"@${name}:localhost"`).join(', ')}] }`);
  return [
    'comune: { id: prova, name: { it: Comune di Prova }, zone: Europe/Rome, languages: [it, en] }',
    'offices:', ...offices,
    `limits: { retention: 0.01, door_visits: 5, unused: ${promised(9_000) / 60_000}, recall: [0.05, 0.1], host: ${promised(5_000) / 60_000}, join: ${promised(7_000) / 60_000} }`,
    '',
  ].join('\n');
}

function staffOf(office: OfficeId): string[] {
  return Object.entries<readonly OfficeId[]>(STAFF).flatMap(([name, offices]) => (offices.includes(office) ? [name] : []));
}

export interface Clerk {
  readonly person: Person;
  readonly offices: readonly OfficeId[];
  readonly draws: Draws;
}

export interface Town {
  readonly reception: Reception;
  /** The staff's rooms. */
  readonly rooms: Readonly<Record<OfficeId, string>>;
  readonly clerks: readonly Clerk[];
  /** Who is of an office's staff, as user ids. */
  readonly rosterOf: (office: string) => readonly string[];
  readonly now: () => Standing;
}

/** @param seed of what the staff do */
export async function startTown(seed: number): Promise<Town> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  const reception = await startReception({
    // With calls, a visit's room stands ready for the next in line.
    calls: true,
    config: config(),
    extra: {
      rc_message: fast, rc_joins: { local: fast, remote: fast }, rc_joins_per_room: fast, rc_invites: { per_room: fast, per_user: fast, per_issuer: fast },
      modules: [visitorsModule('localhost', UPLOAD), { module: 'censor.Censor', config: {} }, { module: 'clumsy.Clumsy', config: { prefix: 'ospite-' } }],
    },
  });
  const roomOf = async (office: OfficeId): Promise<[OfficeId, string]> => [office, await officeRoom(reception, office)];
  const rooms = Object.fromEntries(await Promise.all(OFFICES.map(roomOf))) as Record<OfficeId, string>;
  const clerks = await Promise.all(Object.entries<readonly OfficeId[]>(STAFF).map(async ([name, offices], index): Promise<Clerk> => {
    const person = name === 'anna' ? reception.anna : name === 'bruno' ? reception.bruno : await reception.person(name);
    for (const office of offices) await person.join(rooms[office]);
    await person.sync();
    return { person, offices, draws: new Draws(seed + index) };
  }));
  return {
    reception, rooms, clerks,
    rosterOf: (office) => clerks.flatMap(({ person, offices }) => (offices.some((one) => one === office) ? [person.user] : [])),
    now: () => standingIn(reception.homeserver.databasePath),
  };
}

/** Does what the homeserver may refuse, since others have come first. @returns null where it did */
export async function attempt<T>(what: () => Promise<T>): Promise<T | null> {
  try {
    return await what();
  } catch (error) {
    // While a room is being purged Synapse fails to tell of it.
    if (error instanceof Failure && error.status !== 401) return null;
    throw error;
  }
}

/** Does what nobody may do. @throws Error where the homeserver lets it happen */
export async function trespass(what: string, attempted: () => Promise<unknown>): Promise<void> {
  try {
    await attempted();
  } catch (error) {
    if (error instanceof Failure && error.status !== 401) return;
    throw error;
  }
  throw new Error(`It was not refused: ${what}`);
}
