import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cases } from '../oracle/cases.ts';
import type { Reply } from '../oracle/engine.ts';
import { paced } from './pace.ts';

const CASES = cases(300, 20261123);
const INSTANTS = CASES.flatMap(({ instants }) => instants).length;
const path = (name: string): string => fileURLToPath(new URL(`../oracle/${name}`, import.meta.url));

/** Runs a program that takes the cases and gives replies. */
async function replies(program: string, script: string, env: Record<string, string>): Promise<Reply[][][]> {
  const child = spawn(program, [script], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify({ cases: CASES }));
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${program} ${script} ended with ${String(code)}: ${err}`);
  return JSON.parse(out) as Reply[][][];
}

let asked: Promise<Reply[][][]> | null = null;

/** What python-dateutil says, asked once. */
function expected(): Promise<Reply[][][]> {
  const python = process.env['PORTINERIA_PYTHON'];
  if (python === undefined || python === '') {
    throw new Error('PORTINERIA_PYTHON names a Python that has python-dateutil, to check the opening hours against; `npm test` sets it.');
  }
  asked ??= replies(python, path('oracle.py'), {});
  return asked;
}

test('the cases ask about more than 10,000 instants, and about open and closed ones alike', { timeout: paced(120_000) }, async () => {
  const open = (await expected()).flat(2).filter(([isOpen]) => isOpen).length;
  expect(INSTANTS).toBeGreaterThan(10_000);
  expect(open).toBeGreaterThan(INSTANTS / 10);
  expect(open).toBeLessThan(INSTANTS * 0.9);
});

test.for(['UTC', 'Europe/Rome', 'America/New_York', 'Pacific/Apia'])(
  'the opening hours agree with python-dateutil on a host in %s',
  { timeout: paced(120_000) },
  async (zone) => {
    const wanted = await expected();
    const found = await replies(process.execPath, path('engine.ts'), { TZ: zone });
    const differ = CASES.flatMap(({ file, instants }, i) =>
      instants.flatMap((at, k) => {
        const [ours, theirs] = [found[i]?.[0]?.[k], wanted[i]?.[0]?.[k]];
        return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ at: new Date(at).toISOString(), ours, theirs, file }];
      }),
    );
    expect(differ.slice(0, 3)).toEqual([]);
  },
);
