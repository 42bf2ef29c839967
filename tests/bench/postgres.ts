/** From the knock to the card on PostgreSQL, as production has it, beside the same on SQLite, as `npm start` has it: in one run, one after the other. */
import { register } from '@portineria/synapse/register';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Person } from '../rig/matrix.ts';
import { OF_COMUNE, startProduction } from '../rig/production.ts';
import { startReception } from '../rig/reception.ts';
import { ms, quantile, times, type Row } from './figures.ts';
import { comparePairs, type Compared } from './knock.ts';
import { SETTLED } from './settled.ts';

const PAIRS = 30;
const Secrets = z.object({ registration_shared_secret: z.string() });

async function onSqlite(extra: Record<string, unknown>): Promise<Compared> {
  const reception = await startReception({ extra, direct: true });
  try {
    const { anna, rooms, doors, person } = reception;
    return await comparePairs({ count: PAIRS, anna, room: rooms.anagrafe, door: doors.anagrafe, person });
  } finally {
    await reception.stop();
  }
}

async function onPostgres(extra: Record<string, unknown>): Promise<Compared> {
  const production = await startProduction(OF_COMUNE, extra);
  try {
    const { homeserver: { url }, rooms, doors, place } = production;
    const { registration_shared_secret: shared } = Secrets.parse(JSON.parse(readFileSync(join(place.folder, 'secrets.json'), 'utf8')));
    const person = async (localpart: string): Promise<Person> => {
      const { user_id, access_token } = await register(url, shared, { localpart, password: 'una-parola-lunga', admin: false });
      return new Person(url, user_id, access_token);
    };
    // At the homeserver itself, as on SQLite: the proxy is not what is compared.
    const anna = new Person(url, production.anna.user, production.anna.token);
    await anna.sync();
    return await comparePairs({ count: PAIRS, anna, room: rooms.anagrafe, door: doors.anagrafe, person });
  } finally {
    await production.stop();
  }
}

export async function benchPostgres(): Promise<Row[]> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  const extra = { ...SETTLED, rc_message: fast, rc_joins_per_room: fast, rc_joins: { local: fast, remote: fast } };
  const [sqlite, postgres] = [await onSqlite(extra), await onPostgres(extra)];
  const row = (what: string, of: (compared: Compared) => readonly number[]): Row[] => [
    { what: `${what} on SQLite / on PostgreSQL, p95`, figure: `${ms(quantile(of(sqlite), 0.95))} / ${ms(quantile(of(postgres), 0.95))}` },
    { what: 'PostgreSQL against SQLite', figure: times(quantile(of(postgres), 0.95) / quantile(of(sqlite), 0.95)) },
  ];
  return [...row('bare knock + send + edit', ({ least }) => least.described), ...row('knock -> card rings', ({ ours }) => ours.rung), ...row('knock -> card says who', ({ ours }) => ours.described)];
}
