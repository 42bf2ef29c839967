/** Programs that tests compare ours with: those of `config/oracle`, asked in JSON. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** What a program of `config/oracle` answers. @throws Error with what it said where it fails */
export async function answersOf(program: string, script: string, question: unknown, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const path = fileURLToPath(new URL(`../oracle/${script}`, import.meta.url));
  const child = spawn(program, [path], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(question));
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${program} ${path} ended with ${String(code)}: ${err}`);
  return JSON.parse(out) as unknown;
}

/** The Python that has the packages of `synapse/test-requirements.txt`. */
export function oraclePython(): string {
  const python = process.env['PORTINERIA_PYTHON'];
  if (python === undefined || python === '') {
    throw new Error('PORTINERIA_PYTHON names a Python that has python-dateutil and vobject, to check opening hours and calendars against; `npm test` sets it.');
  }
  return python;
}
