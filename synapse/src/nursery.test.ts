/** Homeservers of tests are forks of one process: what becomes of one is nothing to the others. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Child } from './child.ts';
import { startForked } from './nursery.ts';

let folder: string;
/** Settings that never come: whoever opens this file waits for somebody to write it. */
let pipe: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portineria-test-'));
  pipe = join(folder, 'homeserver.yaml');
  execFileSync('mkfifo', [pipe]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of a homeserver that ends by itself, since there are no such settings. */
const MISSING = '/nowhere.yaml';

/** What a homeserver is started with. */
const argumentsFor = (settings: string): string[] => ['embedded.py', '-c', settings];

function startOne(settings: string): Promise<Child> {
  return startForked('', argumentsFor(settings), join(folder, 'output.log'), { cwd: folder });
}

async function connect(): Promise<Socket> {
  const connection = createConnection(process.env['PORTINERIA_NURSERY'] ?? '');
  await once(connection, 'connect');
  return connection;
}

test('how each homeserver ended is told to whoever asked for it', async () => {
  const ends = await Promise.all([MISSING, pipe, MISSING, pipe].map(async (settings) => {
    const child = await startOne(settings);
    if (settings === pipe) await child.kill();
    return child.ended;
  }));
  expect(ends).toEqual([1, 'SIGKILL', 1, 'SIGKILL']);
});

test('whoever goes without having asked, or as what they asked for ends, takes nobody else’s along', async () => {
  (await connect()).destroy();
  (await connect()).end('nothing that can be read\n');
  for (let i = 0; i < 5; i++) {
    const connection = await connect();
    connection.write(`${JSON.stringify({ arguments: argumentsFor(pipe), folder, output: join(folder, 'output.log'), environment: process.env })}\n`);
    const [said] = (await once(connection, 'data')) as [Buffer];
    process.kill((JSON.parse(String(said)) as { pid: number }).pid, 'SIGKILL');
    connection.destroy();
  }
  expect(await (await startOne(MISSING)).ended).toBe(1);
});
