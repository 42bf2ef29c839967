import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { backup, restore } from './commands.ts';

const NOW = Date.parse('2026-11-29T20:30:00.123Z');
const NAME = 'portineria-20261129T203000Z.tar.gz';

let folder: string;
let data: string;
let database: DatabaseSync;
let said: string[];
const at = (...path: string[]): string => join(folder, ...path);
const tell = (line: string): void => void said.push(line);
const make = (...args: string[]): Promise<void> => backup(['--data', data, ...args], folder, tell, NOW);
const putBack = (from: string, into = 'restored'): Promise<void> => restore(['--from', from, '--data', into], folder, tell);
const rows = (file: string, table: string): unknown[] => {
  const copy = new DatabaseSync(file, { readOnly: true });
  try {
    return copy.prepare(`SELECT value FROM ${table} ORDER BY value`).all().map(({ value }) => value);
  } finally {
    copy.close();
  }
};
/** Each file below a folder with its mode. */
const modes = (of: string): Record<string, string> => Object.fromEntries(readdirSync(of, { recursive: true, encoding: 'utf8' }).map((path) => [path, join(of, path)] as const)
  .filter(([, path]) => statSync(path).isFile()).map(([name, path]) => [name, (statSync(path).mode & 0o777).toString(8)]));

beforeEach(() => {
  process.umask(0o077);
  folder = scratch();
  data = at('data');
  said = [];
  for (const path of ['data/synapse/media/local_content/aa', 'data/synapse/media/remote_content', 'data/livekit', 'declared/secrets', 'kept']) mkdirSync(at(path), { recursive: true });
  const files = {
    'data/secrets.json': '{}', 'data/bot.log': 'said', 'data/run.json': '{}', 'data/synapse/signing.key': 'key', 'data/synapse/porter.yaml': 'id: porter',
    'data/synapse/synapse.log.1': 'said', 'data/synapse/media/local_content/aa/file': 'bytes', 'data/synapse/media/remote_content/theirs': 'theirs', 'data/livekit/livekit.yaml': 'keys: {}',
    'data/bot.json': JSON.stringify({ config: at('declared/comune.yaml') }),
    'declared/comune.yaml': 'comune: { arms_file: stemma.svg }\nmail: { password_file: secrets/mail }\nx: { secret_file: /etc/other }\n', 'declared/secrets/mail': 'password', 'declared/stemma.svg': '<svg/>',
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(at(path), content);
  chmodSync(at('declared/comune.yaml'), 0o644);
  database = new DatabaseSync(at('data/synapse/homeserver.db'));
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (value); CREATE TABLE e2e_one_time_keys_json (value); INSERT INTO t VALUES ('one'); INSERT INTO e2e_one_time_keys_json VALUES ('key')");
});

test('what a reception keeps comes back, of one moment, readable by its owner alone; keys that are given out once do not', async () => {
  // Somebody is in the middle of writing.
  database.exec("BEGIN; INSERT INTO t VALUES ('half')");
  await make('--to', 'kept');
  database.exec("COMMIT; INSERT INTO t VALUES ('later')");
  expect(modes(at('kept'))).toEqual({ [NAME]: '600' });
  await putBack(`kept/${NAME}`);
  const expected = ['backup.json', 'bot.json', 'config/comune.yaml', 'config/secrets/mail', 'config/stemma.svg', 'livekit/livekit.yaml', 'secrets.json', 'synapse/homeserver.db', 'synapse/media/local_content/aa/file', 'synapse/porter.yaml', 'synapse/signing.key'];
  expect(modes(at('restored'))).toEqual(Object.fromEntries(expected.map((name) => [name, '600'])));
  expect(rows(at('restored/synapse/homeserver.db'), 't')).toEqual(['one']);
  expect(rows(at('restored/synapse/homeserver.db'), 'e2e_one_time_keys_json')).toEqual([]);
  expect(rows(at('data/synapse/homeserver.db'), 'e2e_one_time_keys_json')).toEqual(['key']);
  expect(JSON.parse(readFileSync(at('restored/backup.json'), 'utf8'))).toEqual({ format: 1, made: '2026-11-29T20:30:00.123Z', store: 'sqlite', config: 'config/comune.yaml' });
  expect(said).toEqual([
    '/etc/other is not in the backup, since it does not lie beside the configuration: keep it yourself.',
    `Backup written: ${at('kept', NAME)}`, expect.stringContaining('Whoever has it can open everything'),
    `Restored: ${at('restored')}`, `Open it: npm start -- --config ${at('restored/config/comune.yaml')} --data ${at('restored')}`,
  ]);
  // And once more, from what was restored.
  await backup(['--data', 'restored', '--config', 'restored/config/comune.yaml', '--to', 'again.tar.gz'], folder, tell, NOW);
  await putBack('again.tar.gz', 'twice');
  expect(Object.keys(modes(at('twice')))).toEqual(Object.keys(modes(at('restored'))));
});

test('a place that is not empty is left as it is', async () => {
  await make('--to', 'kept');
  await expect(putBack(`kept/${NAME}`, 'data')).rejects.toThrow(`${data} is not empty: a backup is put back into an empty place only.`);
  expect(rows(at('data/synapse/homeserver.db'), 't')).toEqual(['one']);
  await expect(make('--to', 'kept')).rejects.toThrow(`${at('kept', NAME)} is there already`);
  mkdirSync(at('empty'));
  await putBack(`kept/${NAME}`, 'empty');
  expect(existsSync(at('empty/secrets.json'))).toBe(true);
});

test('a backup that is cut off, damaged or none at all is said to be so, and leaves nothing', async () => {
  await make('--to', 'kept');
  const file = at('kept', NAME);
  copyFileSync(file, at('cut.tar.gz'));
  truncateSync(at('cut.tar.gz'), statSync(file).size - 20);
  writeFileSync(at('none.tar.gz'), 'hello');
  for (const name of ['cut.tar.gz', 'none.tar.gz']) await expect(putBack(name)).rejects.toThrow(/could not be unpacked \(tar ended with \d+: /u);
  await expect(putBack('nowhere.tar.gz')).rejects.toThrow('There is no backup');
  expect(readdirSync(folder).toSorted()).toEqual(['cut.tar.gz', 'data', 'declared', 'kept', 'none.tar.gz']);
});

test('what a backup that was killed has left counts for nothing, and is cleared away by the next', async () => {
  mkdirSync(at('kept/.portineria-backup.draft/synapse'), { recursive: true });
  writeFileSync(at('kept/.portineria-backup.draft/synapse/homeserver.db'), 'half');
  writeFileSync(at('kept/.portineria-backup.draft.tar.gz'), 'half');
  mkdirSync(at('restored.draft'));
  writeFileSync(at('restored.draft/half'), 'half');
  await make('--to', 'kept');
  await putBack(`kept/${NAME}`);
  expect(readdirSync(at('kept'))).toEqual([NAME]);
  expect(existsSync(at('restored/half')) || existsSync(at('restored.draft'))).toBe(false);
});

test.each([
  [['--to'], 'Usage: npm run backup'],
  [[], 'Where to? Usage: npm run backup'],
  [['--to', 'not/there.tar.gz'], 'make it, or name another place with --to'],
  [['--to', 'kept', '--data', 'declared'], 'name the data folder with --data DIR'],
  [['--to', 'kept', '--config', 'other.yaml'], 'mend it, or name another with --config FILE'],
  [['--to', 'kept', '--data', 'declared', '--config', 'declared/comune.yaml'], 'There is no database'],
  [['--to', 'kept', '--database', 'mysql://x/y'], 'expected an address such as postgresql://'],
])('a backup with %j is refused with what to do', async (args, words) => {
  await expect(make(...args)).rejects.toThrow(words);
  expect(readdirSync(at('kept'))).toEqual([]);
});
