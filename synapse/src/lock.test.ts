import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exclusively, startOf } from '../lock.mjs';
import { pause, start } from './child.ts';
import { scratch } from './scratch.ts';

const file = (): string => join(scratch(), 'lock');

test('two pieces of work under one lock never overlap', async () => {
  const lock = file();
  let inside = 0;
  let most = 0;
  await Promise.all([1, 2, 3].map(() => exclusively(lock, async () => {
    inside += 1;
    most = Math.max(most, inside);
    await pause(20);
    inside -= 1;
  })));
  expect(most).toBe(1);
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a process that was killed is taken over', async () => {
  const lock = file();
  const holder = await start(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], `${lock}.log`);
  writeFileSync(lock, `${holder.mark.pid}\n${holder.mark.start}\n`);
  const waited: number[] = [];
  const work = exclusively(lock, async () => 'done', (pid) => waited.push(pid));
  await pause(300);
  expect(waited).toEqual([holder.mark.pid]);
  await holder.kill();
  await expect(work).resolves.toBe('done');
});

test('a process id that was given to another process does not keep a lock', async () => {
  const lock = file();
  writeFileSync(lock, `${process.pid}\nanother time\n`);
  await expect(exclusively(lock, async () => 'done')).resolves.toBe('done');
});

test('a process has one start time for all its life, and none after it', async () => {
  const child = await start(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], file());
  expect(startOf(child.mark.pid)).toBe(child.mark.start);
  await child.kill();
  expect(startOf(child.mark.pid)).toBeNull();
});
