/** A reception with a server for calls and staff of two offices, and what the tests of calls ask in it again and again. */
import { promisedNow } from '@portineria/config/pace';
import { expect } from 'vitest';
import type { CallServer } from './calls.ts';
import { giveSecret, preferringJitsi } from './jitsi.ts';
import { Failure, until, type Person } from './matrix.ts';
import { arrive, CONFIG, startReception, type Reception } from './reception.ts';
import { letIn, meet, type Visiting } from './scenes.ts';

export interface House {
  readonly reception: Reception;
  readonly anna: Person;
  readonly bruno: Person;
  /** Of the staff, but of another office. */
  readonly carla: Person;
  /** The registry's room. */
  readonly office: string;
  readonly sfu: CallServer;
}

/** The calls' server of a reception that was started with one. */
export function callServerOf({ callServer }: Pick<Reception, 'callServer'>): CallServer {
  if (callServer === null) throw new Error('There is no server for calls.');
  return callServer;
}

export async function startHouse(): Promise<House> {
  const reception = await startReception({ calls: true, config: preferringJitsi(CONFIG.replace('staff: ["@anna:localhost"]', 'staff: ["@anna:localhost", "@carla:localhost"]'), '@anna:localhost') });
  giveSecret(reception.configFile);
  const { anna, bruno, rooms } = reception;
  const carla = await reception.person('carla');
  await carla.join(rooms.sindaco);
  return { reception, anna, bruno, carla, office: rooms.anagrafe, sfu: callServerOf(reception) };
}

/** A visit whose visitor is let in and has not come in yet. */
export async function admitted(reception: Reception): Promise<Visiting> {
  return letIn(reception, await arrive(reception, 'anagrafe'));
}

/** A visit with the visitor and Anna inside. */
export async function visiting(reception: Reception): Promise<Visiting> {
  return meet(reception, await arrive(reception, 'anagrafe'));
}

/** What somebody is refused with. */
export async function refused(attempt: Promise<unknown>): Promise<{ status: number; errcode: string }> {
  const failure = await attempt.then(() => null, (error: unknown) => error);
  if (!(failure instanceof Failure)) throw new Error(`It was not refused: ${String(failure)}`);
  return { status: failure.status, errcode: failure.errcode };
}

export const FORBIDDEN = { status: 403, errcode: 'M_FORBIDDEN' };

/** Holds that something comes about within the time that is promised for it on a quiet machine, in milliseconds. */
export async function within(promise: number, what: string, look: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  await until(what, look);
  expect(performance.now() - began, what).toBeLessThan(await promisedNow(promise));
}

/** How often call tokens were asked for with this outcome. */
export async function counted({ metrics }: Reception, outcome: string): Promise<number> {
  const page = await (await fetch(metrics)).text();
  return Number(new RegExp(`^call_tokens_total\\{outcome="${outcome}"\\} (\\d+)$`, 'mu').exec(page)?.[1] ?? 0);
}
