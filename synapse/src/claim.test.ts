import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alive, start } from './child.ts';
import { claim } from './claim.ts';
import { scratch } from './scratch.ts';

const folder = scratch;
const sleeper = (data: string): ReturnType<typeof start> => start(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], join(data, 'output'));
const gone = { pid: process.pid, start: 'another time' };

test('a folder is taken, its children are remembered, and it is given back', async () => {
  const data = folder();
  const held = await claim(data, () => undefined);
  held.remember('bot', { pid: 7, start: 'a' });
  held.remember('bot', { pid: 8, start: 'b' });
  expect(JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'))).toMatchObject({ launcher: { pid: process.pid }, children: [{ name: 'bot', pid: 8, start: 'b' }] });
  expect(statSync(join(data, 'run.json')).mode & 0o777).toBe(0o600);
  held.release();
  expect(existsSync(join(data, 'run.json'))).toBe(false);
});

test('only our own leftovers are ended, never a process that was given the same id', async () => {
  const data = folder();
  const [ours, others] = [await sleeper(data), await sleeper(data)];
  const children = [{ name: 'bot', ...ours.mark }, { name: 'homeserver', pid: others.mark.pid, start: 'another time' }];
  writeFileSync(join(data, 'run.json'), JSON.stringify({ launcher: gone, children }));
  const told: string[] = [];
  await claim(data, (line) => told.push(line));
  expect([ours, others].map(({ mark }) => alive(mark))).toEqual([false, true]);
  expect(told).toEqual([`Ending what a killed start left behind: bot (process ${ours.mark.pid})`]);
  await others.kill();
});

test('a file that a crash left damaged does not keep anybody out', async () => {
  const data = folder();
  writeFileSync(join(data, 'run.json'), '{"laun');
  await expect(claim(data, () => undefined)).resolves.toBeDefined();
});

test('a launcher that is just ending is waited for', async () => {
  const data = folder();
  const ending = await sleeper(data);
  writeFileSync(join(data, 'run.json'), JSON.stringify({ launcher: ending.mark, children: [] }));
  setTimeout(() => void ending.kill(), 500);
  await expect(claim(data, () => undefined)).resolves.toBeDefined();
});
