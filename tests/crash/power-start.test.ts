/** The power goes at every request of an office's first start, and nothing is left but what is whole. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { paced } from '@portineria/config/pace';
import { HEARTBEAT } from '@portineria/config/events';
import { allRooms, deleteRoom, officeRoom, resolveAlias, stands, stateIn } from '../rig/administrator.ts';
import { startsSoon } from '../rig/kills.ts';
import { until } from '../rig/matrix.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { porterOf } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let reception: Reception;
stage(async () => {
  reception = await startReception();
}, () => reception.stop());

/** How long the homeserver stands still: longer than most requests are waited for. */
const STANDSTILL_MS = 25_000;

/** How many requests are tried of those before the first room. */
const AT_FIRST = 4;

/** Declares another office, which the next start is the first of. */
function declare(id: string): void {
  const file = readFileSync(reception.configFile, 'utf8');
  writeFileSync(reception.configFile, file.replace('\nlimits:', `
  - id: ${id}
    name: { it: Ufficio ${id} }
    hours: { mon: ["09:00-10:00"] }
    staff: ["@anna:localhost"]
limits:`));
}

/** How many offices are declared. */
function declared(): number {
  return readFileSync(reception.configFile, 'utf8').split('\n  - id: ').length - 1;
}

/** The office has one room for its staff, and one door, at which one can knock. */
async function isEstablished(id: string): Promise<void> {
  await officeRoom(reception, id);
  await until(`the door of ${id}`, async () => {
    const door = await resolveAlias(reception, `#${id}:localhost`);
    const state = door === null ? [] : await stateIn(reception, door);
    const contentOf = (type: string): Record<string, unknown> | undefined => state.find((event) => event.type === type)?.content;
    return contentOf('m.room.join_rules')?.['join_rule'] === 'knock' && contentOf('m.room.canonical_alias')?.['alias'] === `#${id}:localhost`;
  }, 60_000);
}

test('when the power goes at any request of a first start, the next one ends well', { timeout: paced(400_000) }, async () => {
  for (let step = 1, tripped = true; tripped; step++) {
    tripped = false;
    // What a start does before it makes the first room grows with the offices: of that, its first requests.
    const [nth, from] = step <= AT_FIRST ? [step] : [step - AT_FIRST, /\/createRoom/u];
    await reception.killBot();
    const id = `ufficio-${step}`;
    declare(id);
    const gone = Promise.withResolvers<void>();
    reception.toll.trap(nth, [2, 15, 50, 'after' as const][step % 4] ?? 'before', () => {
      tripped = true;
      Promise.all([reception.killBot(), reception.homeserver.kill()]).then(() => gone.resolve(), gone.reject);
    }, from);
    const started = reception.startBot().then(() => true, () => false);
    await Promise.race([started, gone.promise]);
    reception.toll.spare();
    if (tripped) {
      await gone.promise;
      await started;
      await reception.homeserver.restart();
      await startsSoon(reception);
    }
    await isEstablished(id);
    if (!tripped) expect(step).toBeGreaterThan(AT_FIRST + 8);
  }
});

test('when the homeserver stands still at a request of a first start, that start ends well', { timeout: paced(400_000) }, async () => {
  for (const [index, request] of [/\/createRoom/u, /PUT .*\/directory\/room\//u, /PUT .*\/state\/m\.room\.canonical_alias/u].entries()) {
    await reception.killBot();
    const id = `fermo-${index}`;
    declare(id);
    const { pid } = reception.homeserver;
    const stood = Promise.withResolvers<void>();
    reception.toll.watch(request, 5, () => {
      process.kill(pid(), 'SIGSTOP');
      void sleep(STANDSTILL_MS).then(() => {
        process.kill(pid(), 'SIGCONT');
        stood.resolve();
      });
    });
    const started = reception.startBot();
    await stood.promise;
    await started;
    await isEstablished(id);
  }
});

/** How long after a start what was never finished is gone, in milliseconds: the homeserver's list may not tell of it at once. */
const REMOVAL_MS = 120_000;

test('a room that was never finished gives its alias back and is removed, and an alias of somebody else’s is told by name', { timeout: paced(300_000) }, async () => {
  const porter = porterOf(reception);
  const half = async (id: string): Promise<string> => (await porter.ask<{ room_id: string }>('POST', '/createRoom', { preset: 'private_chat', room_alias_name: id })).room_id;
  // One that the porter is in, and one that nobody is in any more.
  const rooms = [await half('rimasto-1'), await half('rimasto-2')];
  await porter.leave(rooms[1] ?? '');
  const own = (await reception.anna.ask<{ room_id: string }>('POST', '/createRoom', { preset: 'private_chat', room_alias_name: 'rimasto-3' })).room_id;
  await reception.killBot();
  for (const id of ['rimasto-1', 'rimasto-2', 'rimasto-3']) declare(id);
  void reception.startBot().catch(() => undefined);
  await isEstablished('rimasto-1');
  await isEstablished('rimasto-2');
  await until('it is removed', async () => !(await stands(reception, rooms[0] ?? '')), REMOVAL_MS);
  // Of a room that the homeserver itself is in no more, its state tells nothing: such a one is an administrator's to delete.
  await deleteRoom(reception, rooms[1] ?? '');
  const said = await until('the alias is named', async () => {
    const text = await fetch(`${reception.url}/health/ready`).then((answer) => answer.text(), () => '');
    return text.includes('rimasto-3') && text;
  }, 60_000);
  expect(said).toContain('Remove the alias');
  expect(await resolveAlias(reception, '#rimasto-3:localhost')).toBe(own);
  await reception.anna.ask('DELETE', `/directory/room/${encodeURIComponent('#rimasto-3:localhost')}`);
  await isEstablished('rimasto-3');
  await until('the reception is ready', () => fetch(`${reception.url}/health/ready`).then(({ ok }) => ok, () => false), 60_000);
});

test('the heartbeat’s room is made anew when it is gone, and nothing is left of what was never finished', { timeout: paced(400_000) }, async () => {
  const hearts = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const { room_id, creator } of await allRooms(reception)) if (isPorters(creator) && (await stateIn(reception, room_id)).some(({ type }) => type === HEARTBEAT)) found.push(room_id);
    return found;
  };
  const [before] = await hearts();
  await deleteRoom(reception, before ?? '');
  await until('another one', async () => (await hearts()).some((room) => room !== before), 180_000);
  // A staff's room and a door for each office, and the room of the heartbeat.
  await until('no other room is left', async () => (await allRooms(reception)).filter(({ creator }) => isPorters(creator)).length === 2 * declared() + 1, 240_000);
});

const isPorters = (creator: string): boolean => creator.startsWith('@portineria:');
