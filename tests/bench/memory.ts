/** What the bot's memory is with a thousand offices, and what it would be without each of the settings that spare it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILT } from '@portineria/synapse/builds';
import { SPARING_ENVIRONMENT } from '@portineria/synapse/porter';
import { startReception, type HowStarted } from '../rig/reception.ts';
import { ms, quantile, type Row } from './figures.ts';
import { memoryOf, mostMemoryOf, processorOf } from './processes.ts';
import { thousandOffices, UNLIMITED } from './start.ts';

const ROUNDS = 3;
/** After it is ready: until everything that a start leaves behind could have been given back, in milliseconds. */
const SETTLED = 10_000;

interface Taken {
  readonly memory: number;
  readonly most: number;
  readonly started: number;
  readonly worked: number;
}

/** By turns, so that what changes on the machine meanwhile strikes all of them. */
export async function benchMemory(): Promise<Row[]> {
  const kinds = new Map<string, HowStarted>([
    ['as it is', {}],
    ...BUILT.flags.map((flag) => [`without ${flag}`, { flags: BUILT.flags.filter((one) => one !== flag) }] as const),
    ...Object.keys(SPARING_ENVIRONMENT).map((name) => [`without ${name}`, { without: [name] }] as const),
    ['without any of them', { flags: [], without: Object.keys(SPARING_ENVIRONMENT) }],
  ]);
  const reception = await startReception({ config: thousandOffices(), extra: UNLIMITED, direct: true });
  try {
    await reception.killBot();
    const taken = new Map<string, Taken[]>([...kinds.keys()].map((kind) => [kind, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [kind, how] of kinds) {
        const began = performance.now();
        await reception.startBot(how);
        const started = performance.now() - began;
        await sleep(SETTLED);
        const pid = reception.bot().pid ?? 0;
        taken.get(kind)?.push({ memory: memoryOf(pid), most: mostMemoryOf(pid), started, worked: processorOf(pid) });
        await reception.killBot();
      }
    }
    return [...taken].map(([kind, all]) => {
      const middle = (of: (one: Taken) => number): number => quantile(all.map(of), 0.5);
      return { what: kind, figure: `${middle(({ memory }) => memory).toFixed(0)} MB, at most ${middle(({ most }) => most).toFixed(0)} MB; ready after ${ms(middle(({ started }) => started))}, ${ms(middle(({ worked }) => worked))} of a processor` };
    });
  } finally {
    await reception.stop();
  }
}
