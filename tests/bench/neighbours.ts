/**
 * A knock at a neighbour's office, over federation, beside the least that it could take between the same two homeservers; and what the
 * second comune takes on one machine.
 */
import { CONFIG } from '../rig/reception.ts';
import { startNeighbours } from '../rig/neighbours.ts';
import { ms, type Row } from './figures.ts';
import { comparePairs, rowsOf } from './knock.ts';
import { memoryOf } from './processes.ts';
import { SETTLED } from './settled.ts';

const PAIRS = 30;

/** Of one server as many may wait as knock here. */
const FEDERATION = 'federation: { waiting: 100, visitors_per_hour: 1000 }';

/** @returns rows for knocks from the neighbour's, and for what the neighbour itself takes */
export async function benchNeighbours(): Promise<{ knocks: Row[]; second: Row[] }> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  const extra = { ...SETTLED, rc_message: fast, rc_joins_per_room: fast, rc_joins: { local: fast, remote: fast }, rc_federation: { window_size: 1000, sleep_limit: 100_000, sleep_delay: 1, reject_limit: 100_000, concurrent: 10 } };
  let [begun, first] = [performance.now(), 0];
  const both = await startNeighbours({ config: `${CONFIG}\n${FEDERATION}\n`, extra, direct: true }, { extra, direct: true }, () => {
    first = performance.now() - begun;
    begun = performance.now();
  });
  const second = performance.now() - begun;
  try {
    const { host, home } = both;
    const memory = [home.homeserver.pid(), home.bot().pid ?? 0].map(memoryOf);
    const knocks = await comparePairs({ count: PAIRS, anna: host.anna, room: host.rooms.anagrafe, door: host.doors.anagrafe, person: home.person, via: [host.homeserver.name] });
    return {
      knocks: rowsOf(knocks),
      second: [
        { what: 'start of one comune / of the second beside it', figure: `${ms(first)} / ${ms(second)}` },
        { what: 'memory of the second: homeserver / bot', figure: memory.map((one) => `${one.toFixed(0)} MB`).join(' / ') },
      ],
    };
  } finally {
    await both.stop();
  }
}
