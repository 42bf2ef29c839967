import { expect, test } from 'vitest';
import { cases } from '../oracle/cases.ts';
import type { Reply } from '../oracle/engine.ts';
import { answersOf, oraclePython } from './oracle.fixture.ts';
import { paced } from './pace.ts';

const CASES = cases(300, 20261123);
const INSTANTS = CASES.flatMap(({ instants }) => instants).length;

/** What a program that takes the cases replies. */
async function replies(program: string, script: string, env?: Readonly<Record<string, string>>): Promise<Reply[][][]> {
  return (await answersOf(program, script, { cases: CASES }, env)) as Reply[][][];
}

let asked: Promise<Reply[][][]> | null = null;

/** What python-dateutil says, asked once. */
function expected(): Promise<Reply[][][]> {
  asked ??= replies(oraclePython(), 'oracle.py');
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
    const found = await replies(process.execPath, 'engine.ts', { TZ: zone });
    const differ = CASES.flatMap(({ file, instants }, i) =>
      instants.flatMap((at, k) => {
        const [ours, theirs] = [found[i]?.[0]?.[k], wanted[i]?.[0]?.[k]];
        return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ at: new Date(at).toISOString(), ours, theirs, file }];
      }),
    );
    expect(differ.slice(0, 3)).toEqual([]);
  },
);
