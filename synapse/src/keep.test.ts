import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { paced } from '@portineria/config/pace';
import { alive, start } from './child.ts';
import type { Child } from './child.ts';
import { backOff, keep } from './keep.ts';
import { scratch } from './scratch.ts';

const output = (): string => join(scratch(), 'output');
const node = (script: string, file = output()): Promise<Child> => start(process.execPath, ['-e', script], file);

test('each wait is twice the last, up to a minute', () => {
  expect([1, 2, 3, 6, 7, 20].map(backOff)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
});

test('a child that ends by itself is started again, until it is stopped', async () => {
  const children: Child[] = [];
  const begin = async (): Promise<Child> => {
    const child = await node('setInterval(() => {}, 1000)');
    children.push(child);
    return child;
  };
  const told: (number | string)[] = [];
  const kept = keep(await begin(), begin, (how) => told.push(how));
  await children[0]?.kill();
  await vi.waitFor(() => expect(children).toHaveLength(2), { timeout: paced(5_000) });
  expect(told).toEqual(['SIGKILL']);
  await kept.stop();
  expect(children.map(({ mark }) => alive(mark))).toEqual([false, false]);
});

test('a child that does not listen to SIGTERM is ended all the same, with what it started', async () => {
  const file = output();
  const child = await node("process.on('SIGTERM', () => {}); const c = require('child_process').spawn('sleep', ['100']); console.log(c.pid); setInterval(() => {}, 1000)", file);
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/\d+\n/u), { timeout: paced(5_000) });
  await child.kill();
  const grandchild = Number(readFileSync(file, 'utf8'));
  await vi.waitFor(() => expect(() => process.kill(grandchild, 0)).toThrow(), { timeout: paced(5_000) });
});
