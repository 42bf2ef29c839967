/** The porter's heartbeat at a real homeserver: however long it beats, nothing of it stays. */
import { createServer, type Server as Stream } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { HEARTBEAT } from '@portineria/config/events';
import { startHomeserver, type Homeserver as Server } from '@portineria/synapse/harness';
import { freePorts } from '@portineria/synapse/ports';
import { porterJson } from '@portineria/synapse/porter';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { Heartbeat } from '../bot/src/porter/heartbeat.ts';
import { Homeserver } from '../bot/src/servers/homeserver.ts';
import { readRooms } from '../bot/src/hands/facts.ts';
import { Settings } from '../bot/src/ground/settings.ts';
import { useFetch } from '../bot/src/servers/transport.ts';
import { until } from './rig/matrix.ts';
import { stage } from './rig/stage.ts';

let server: Server;
let homeserver: Homeserver;
let stream: Stream;
stage(async () => {
  const { events } = await freePorts('events');
  // Takes what the homeserver pushes.
  stream = createServer((question, answer) => {
    question.resume();
    answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(events, '127.0.0.1');
  server = await startHomeserver({ botPort: events });
  useFetch();
  const secrets = { ...server.secrets, admin: { user_id: '', token: server.adminToken } };
  homeserver = new Homeserver(Settings.parse(porterJson({ config: '', server: server.name, homeserverUrl: server.url, publicUrl: server.url, port: 0, eventsPort: events, staff: [], secrets, livekitUrl: null })));
  await homeserver.ensurePorter();
}, async () => {
  await server.stop();
  stream.close();
  stream.closeAllConnections();
});

/** What the homeserver itself forgets after some days: where a room was, and the orders to delete. */
const FORGOTTEN = ['stream_ordering_to_exterm', 'scheduled_tasks'];

/** All rows of the homeserver's database, and those of beats. */
function rows(): { all: number; beats: number } {
  const database = new DatabaseSync(server.databasePath, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => String(name)).filter((name) => !FORGOTTEN.includes(name));
    const count = (sql: string): number => Number(database.prepare(sql).get()?.['n']);
    return {
      all: tables.reduce((sum, table) => sum + count(`SELECT count(*) AS n FROM "${table}"`), 0),
      beats: count(`SELECT count(*) AS n FROM events WHERE type = '${HEARTBEAT}'`),
    };
  } finally {
    database.close();
  }
}

/** Beats so often that hours are over in seconds. */
function beating(): { heartbeat: Heartbeat; failures: unknown[]; beats: () => number } {
  const failures: unknown[] = [];
  let sent = 0;
  const counting = new Proxy(homeserver, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== 'function') return own;
      if (name === 'send') sent += 1;
      return own.bind(target) as unknown;
    },
  });
  const heartbeat = new Heartbeat({ homeserver: counting, registration: 'portineria', now: () => performance.now(), deaf: () => undefined, failed: (error) => failures.push(error), every: 5 });
  return { heartbeat, failures, beats: () => sent };
}

test('beats are deleted again and again, so that the database does not grow', { timeout: paced(240_000) }, async () => {
  const { heartbeat, failures, beats } = beating();
  await heartbeat.begin([]);
  const few = (): boolean => rows().beats < 30;
  await until('the first hours are over', () => beats() > 130, 120_000);
  await until('what was said is deleted', few, 60_000);
  const before = rows();
  const from = beats();
  await until('more hours are over', () => beats() > from + 250, 120_000);
  await until('what was said is deleted', few, 60_000);
  await heartbeat.stop();
  const after = rows();
  expect(failures).toEqual([]);
  // 250 beats that stay would be more than a thousand.
  expect(after.all - before.all).toBeLessThan(100);
});

test('a room of before, whose state the beats were, is replaced', { timeout: paced(120_000) }, async () => {
  const [now] = (await readRooms(homeserver, await homeserver.joinedRooms())).filter(({ state }) => state.some(({ type }) => type === HEARTBEAT));
  if (now === undefined) throw new Error('There is no room of the heartbeat.');
  await homeserver.setState(now.room, HEARTBEAT, '', { at: 1_795_518_000_000 });
  const [old] = await readRooms(homeserver, [now.room]);
  const { heartbeat, failures } = beating();
  await heartbeat.begin(old === undefined ? [] : [old]);
  await heartbeat.stop();
  expect(failures).toEqual([]);
  const next = await until('another room, and one alone', async () => {
    const rooms = (await readRooms(homeserver, await homeserver.joinedRooms())).filter(({ state }) => state.some(({ type }) => type === HEARTBEAT));
    return rooms.length === 1 && rooms[0]?.room !== now.room && rooms[0];
  });
  expect(next.state.find(({ type }) => type === HEARTBEAT)?.content).toEqual({ at: 0 });
});
