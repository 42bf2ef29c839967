/** How long the bot takes to start when a thousand offices stand unchanged, also where each has had ten thousand visitors, and how much memory it has then. */
import { leaveBehind } from './past.ts';
import { startReception } from '../rig/reception.ts';
import { ms, type Row } from './figures.ts';
import { memoryOf } from './processes.ts';

const OFFICES = 1000;
/** A door that has seen one more is made anew: of ten thousand visitors no more than these have left anything there. */
const LEFT_BEHIND = 9;

const FAST = { per_second: 10_000, burst_count: 10_000 };
/** A homeserver that lets as many rooms be made at once. */
export const UNLIMITED = { rc_message: FAST, rc_joins_per_room: FAST, rc_room_creation: FAST, rc_invites: { per_room: FAST, per_user: FAST, per_issuer: FAST } };

/** A comune of a thousand offices. */
export function thousandOffices(): string {
  const ids = ['anagrafe', 'sindaco', ...Array.from({ length: OFFICES - 2 }, (_, index) => `ufficio-${index}`)];
  const offices = ids.map((id) => `  - { id: ${id}, name: Ufficio ${id}, description: Prova, hours: { tue: ["09:00-12:00", "15:30-17:30"], thu: ["11:00-13:00"] }, staff: ["@anna:localhost", "@bruno:localhost"] }`);
  return ['comune: { id: prova, name: Prova, zone: Europe/Rome, languages: [it] }', 'holidays: { country: IT, patron: "06-24" }', 'offices:', ...offices, ''].join('\n');
}

export async function benchStart(): Promise<Row[]> {
  const reception = await startReception({ config: thousandOffices(), extra: UNLIMITED, direct: true });
  try {
    const startAgain = async (what: string): Promise<Row[]> => {
      const start = performance.now();
      await reception.startBot();
      const taken = performance.now() - start;
      const memory = memoryOf(reception.bot().pid ?? 0);
      return [
        { what, figure: ms(taken), goal: 'at most 10 s', holds: taken <= 10_000 },
        { what: 'memory of the bot then', figure: `${memory.toFixed(0)} MB`, goal: 'at most 150 MB', holds: memory <= 150 },
      ];
    };
    await reception.killBot();
    const rows = await startAgain(`start with ${OFFICES} offices unchanged`);
    await reception.killBot();
    await leaveBehind(reception, LEFT_BEHIND);
    // The homeserver was started anew for that: before the start above it remembered what it had made.
    await reception.startBot();
    await reception.killBot();
    return [...rows, ...(await startAgain('the same, each with 10,000 past visitors'))];
  } finally {
    await reception.stop();
  }
}
