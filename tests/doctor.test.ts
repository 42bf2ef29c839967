/** `npm run doctor` on a real reception: all is well there, and what is made wrong is named. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paced } from '@portineria/config/pace';
import { examine } from '@portineria/synapse/doctor/examine';
import { freePorts } from '@portineria/synapse/ports';
import { afterEach, expect, test } from 'vitest';
import { startReception, type Reception } from './rig/reception.ts';
import { porterOf } from './rig/scenes.ts';
import { stage } from './rig/stage.ts';

let reception: Reception;
stage(async () => { reception = await startReception({ calls: true }); }, () => reception.stop());
afterEach(() => reception.callServer?.line.cut(false));

type Json = Record<string, unknown>;
const settingsFile = (): string => join(reception.homeserver.data, 'bot/bot.json');

/** Looks at the reception. @param change what of the bot's settings is otherwise @returns whether all is well, and what was said */
async function look(change: (settings: Json) => void = () => undefined, more: string[] = []): Promise<{ isWell: boolean; faults: string[]; said: string[] }> {
  const settings = JSON.parse(readFileSync(settingsFile(), 'utf8')) as Json;
  change(settings);
  const file = `${settingsFile()}.looked`;
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  const said: string[] = [];
  const args = ['--config', reception.configFile, '--data', reception.homeserver.data, '--settings', file, '--clock', reception.url, '--language', 'en', ...more];
  const isWell = await examine(args, '/', {}, (line) => said.push(line), () => Date.now());
  return { isWell, said, faults: said.filter((line) => line.startsWith('FAULT')) };
}
const of = (settings: Json, part: string): Json => settings[part] as Json;

test('a reception that is well is well in every point that can be looked at', { timeout: paced(60_000) }, async () => {
  const { isWell, said, faults } = await look();
  expect(faults).toEqual([]);
  expect(isWell).toBe(true);
  for (const words of ['is ready', 'cannot be reached from outside', 'The porter has its power in all of its rooms', 'tells clients where the homeserver is', 'tells where calls run', 'speaks with no other server', 'calls run at', 'The token service answers', 'and knows the key', 'tried with']) {
    expect(said.filter((line) => line.startsWith('ok ')).join('\n')).toContain(words);
  }
  expect(said.at(-1)).toMatch(/^In all: \d+ well, 0 at fault, \d+ that cannot be looked at from here\.$/u);
  // What is secret is not told.
  for (const secret of [reception.homeserver.adminToken, reception.homeserver.secrets.livekit, reception.homeserver.secrets.porter.as_token]) expect(said.join('\n')).not.toContain(secret);
});

test('each thing that is wrong is named with its cure, and nothing else', { timeout: paced(120_000) }, async () => {
  const { closed } = await freePorts('closed');
  const wrong: [string, (settings: Json) => void][] = [
    ['does not take the key portineria', (settings) => { of(settings, 'livekit')['secret'] = 'x'.repeat(32); }],
    ['does not take the bot\'s administrator token', (settings) => { settings['admin_token'] = 'nobody'; }],
    ['does not know the porter', (settings) => { of(settings, 'porter')['as_token'] = 'x'.repeat(32); }],
  ];
  for (const [words, change] of wrong) {
    const { isWell, faults, said } = await look(change);
    expect([isWell, faults]).toEqual([false, expect.arrayContaining([expect.stringContaining(words)])]);
    expect(said[said.findIndex((line) => line.includes(words)) + 1]).toMatch(/^ {4}-> /u);
  }
  reception.callServer?.line.cut(true);
  expect((await look()).faults).toEqual([expect.stringContaining('The calls\' server (SFU) does not answer')]);
  reception.callServer?.line.cut(false);
  const away = await look((settings) => { of(settings, 'homeserver')['url'] = `http://127.0.0.1:${closed}`; });
  expect(away.faults.join('\n')).toContain(`The homeserver does not answer at http://127.0.0.1:${closed}`);
  const elsewhere = await look(undefined, ['--url', `http://localhost:${closed}`]);
  expect(elsewhere.faults.join('\n')).toContain(`The reception does not answer at http://localhost:${closed}`);
});

test('a room in which the porter has lost its power is named', { timeout: paced(60_000) }, async () => {
  const porter = porterOf(reception);
  const { room_id } = await porter.ask<{ room_id: string }>('POST', '/createRoom', { room_version: '11', power_level_content_override: { users: { [porter.user]: 50 }, events: {}, state_default: 50 } });
  expect((await look()).faults).toEqual([expect.stringContaining(`In the room ${room_id} the porter has no power 100`)]);
  await porter.leave(room_id);
  expect((await look()).faults).toEqual([]);
});
