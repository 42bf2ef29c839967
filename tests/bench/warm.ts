/** How long `npm start` takes when everything is installed and built: what an administrator waits for after a restart. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@portineria/synapse/ports';
import { ms, quantile, type Row } from './figures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNS = 3;

/** Starts the reception as people do, waits for its closing line, and stops it again. */
async function startOnce(data: string, port: number): Promise<number> {
  const start = performance.now();
  const child = spawn('npm', ['start', '--', '--data', data, '--port', String(port)], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let said = '';
  for await (const piece of child.stdout) {
    said += String(piece);
    if (said.includes('Portineria is open:')) break;
  }
  if (!said.includes('Portineria is open:')) throw new Error(`npm start ended without opening:\n${said}`);
  const taken = performance.now() - start;
  const gone = once(child, 'exit');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await gone;
  return taken;
}

export async function benchWarmStart(): Promise<Row[]> {
  const data = mkdtempSync(join(tmpdir(), 'portineria-bench-'));
  try {
    const { port } = await freePorts('port');
    const first = await startOnce(data, port);
    const warm: number[] = [];
    for (let run = 0; run < RUNS; run++) warm.push(await startOnce(data, port));
    const median = quantile(warm, 0.5);
    return [
      { what: 'npm start with a new data folder, installed and built', figure: ms(first) },
      { what: `npm start again, median of ${RUNS}`, figure: ms(median), goal: 'at most 5 s', holds: median <= 5000 },
    ];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
