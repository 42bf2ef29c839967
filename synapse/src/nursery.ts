/** Homeservers for tests that are forks of one which has loaded Synapse already (nursery.py): loading it is most of a start. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { childOf, lastLine, pause, start } from './child.ts';
import { synapse } from './install.ts';
import { SYNAPSE } from './paths.ts';
import { Trouble } from './trouble.ts';

/** Where a run's nursery listens, for the processes that run the tests. */
const SOCKET = 'PORTINERIA_NURSERY';

/**
 * Starts the nursery for all whom this process starts from now on, where there is none yet and Synapse is installed.
 * Only where what a process waits on can be made anew: on Linux.
 * @returns what ends it
 */
export async function openNursery(): Promise<() => Promise<void>> {
  if (process.platform !== 'linux' || process.env[SOCKET] !== undefined || !synapse.present()) return async () => undefined;
  const folder = mkdtempSync(join(tmpdir(), 'portineria-nursery-'));
  const socket = join(folder, 'socket');
  const output = join(folder, 'output.log');
  const nursery = await start(synapse.python, [join(SYNAPSE, 'nursery.py'), socket], output);
  const fate: { isOver?: boolean } = {};
  void nursery.ended.then(() => { fate.isOver = true; });
  while (!existsSync(socket)) {
    if (fate.isOver === true) throw new Trouble(`Synapse could not be loaded: ${lastLine(output)}`);
    await pause(50);
  }
  process.env[SOCKET] = socket;
  return async () => {
    await nursery.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

const Told = z.union([z.object({ pid: z.int() }), z.object({ how: z.union([z.int(), z.string()]) })]);

/** Starts a homeserver as `start` does: from the nursery, where there is one. */
export const startForked: typeof start = async (command, args, output, options) => {
  const socket = process.env[SOCKET];
  if (socket === undefined) return start(command, args, output, options);
  const connection = createConnection(socket);
  await once(connection, 'connect');
  const pid = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<number | string>();
  const lines = createInterface({ input: connection });
  lines.on('line', (line) => {
    const told = Told.parse(JSON.parse(line));
    if ('pid' in told) pid.resolve(told.pid);
    else ended.resolve(told.how);
  });
  connection.once('close', () => {
    pid.reject(new Error('The nursery has ended.'));
    ended.resolve('unknown');
  });
  connection.write(`${JSON.stringify({ arguments: args, folder: options?.cwd ?? process.cwd(), output, environment: options?.env ?? process.env })}\n`);
  const child = childOf(await pid.promise, ended.promise);
  connection.unref();
  return child;
};
