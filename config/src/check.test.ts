import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { check } from './check.ts';

const FILE = 'comune: { id: c, name: C, zone: Europe/Rome }\nholidays: {}\noffices:\n  - { id: sindaco, name: Il Sindaco, hours: { tue: ["11:00-13:00"], thu: ["11:00-13:00"] } }\n  - { id: notte, name: Notte, hours: { sat: ["22:00-02:00"] } }\n  - { id: sociali, name: Sociali, appointment: true }\n';
const NOW = Date.parse('2026-12-06T23:30:00Z');
const run = (...args: string[]) => check(args, (file) => {
  if (file === 'good.yaml') return FILE;
  if (file === 'bad.yaml') return 'comune: { id: c, name: C, zone: X }\noffices: [{ id: o, name: O, hours: { mon: ["9-12"] } }]';
  if (file === 'folder') throw Object.assign(new Error('illegal operation on a directory'), { code: 'EISDIR' });
  throw new Error('no such file');
}, NOW);

describe('a good file', () => {
  test('gives the next seven days of every office, from the day it is in the comune', () => {
    const { out, err, code } = run('good.yaml');
    expect([err, code]).toEqual(['', 0]);
    expect(out).toBe(`Il Sindaco (sindaco)
  mon 2026-12-07  closed
  tue 2026-12-08  closed  (Immacolata Concezione)
  wed 2026-12-09  closed
  thu 2026-12-10  11:00-13:00
  fri 2026-12-11  closed
  sat 2026-12-12  closed
  sun 2026-12-13  closed

Notte (notte)
  mon 2026-12-07  closed
  tue 2026-12-08  closed  (Immacolata Concezione)
  wed 2026-12-09  closed
  thu 2026-12-10  closed
  fri 2026-12-11  closed
  sat 2026-12-12  22:00-24:00
  sun 2026-12-13  00:00-02:00

Sociali (sociali, by appointment only)
  mon 2026-12-07  closed
  tue 2026-12-08  closed  (Immacolata Concezione)
  wed 2026-12-09  closed
  thu 2026-12-10  closed
  fri 2026-12-11  closed
  sat 2026-12-12  closed
  sun 2026-12-13  closed
`);
  });

  test('gives instants with --json, over a change of the clock, cut at the midnights asked for', () => {
    expect(JSON.parse(run('good.yaml', '--json', '--from', '2026-10-22', '--days', '3').out)).toEqual({
      sindaco: [['2026-10-22T11:00:00+02:00', '2026-10-22T13:00:00+02:00']],
      notte: [['2026-10-24T22:00:00+02:00', '2026-10-25T00:00:00+02:00']],
      sociali: [],
    });
    expect(JSON.parse(run('good.yaml', '--json', '--from', '2026-10-24', '--days', '2').out)).toMatchObject({ notte: [['2026-10-24T22:00:00+02:00', '2026-10-25T02:00:00+02:00']] });
    expect(JSON.parse(run('good.yaml', '--json', '--from', '2026-10-27', '--days', '1').out)).toMatchObject({ sindaco: [['2026-10-27T11:00:00+01:00', '2026-10-27T13:00:00+01:00']] });
  });
});

test('a file with faults gives each as a line on stderr, and 1', () => {
  const { out, err, code } = run('bad.yaml');
  expect([out, code]).toEqual(['', 1]);
  expect(err.split('\n').filter((line) => line !== '')).toHaveLength(2);
});

test.each([
  [[], /^One configuration file is expected\. Usage: /u],
  [['a', 'b'], /^One configuration file is expected\. Usage: /u],
  [['good.yaml', '--from', 'monday'], /^--from expects a date such as 2026-12-24, not monday\. Usage: /u],
  [['good.yaml', '--days', '0'], /^--days expects a number from 1 to 3660, not 0\. Usage: /u],
  [['good.yaml', '--foo'], /--foo/u],
  [['folder'], /^folder is a folder: name the configuration file in it\.$/mu],
  [['none.yaml'], /^none\.yaml cannot be read: no such file\.$/mu],
])('asked wrongly (%j) it answers with one line and 2', (args, line) => {
  const { out, err, code } = run(...args);
  expect([out, code]).toEqual(['', 2]);
  expect(err).toMatch(line);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('it runs from the command line', () => {
  const script = fileURLToPath(new URL('./check.ts', import.meta.url));
  const demo = fileURLToPath(new URL('../maruggio.yaml', import.meta.url));
  const good = spawnSync(process.execPath, [script, demo, '--json'], { encoding: 'utf8' });
  expect(good.status).toBe(0);
  expect(Object.keys(JSON.parse(good.stdout) as object)).toContain('sindaco');
  expect(spawnSync(process.execPath, [script], { encoding: 'utf8' }).status).toBe(2);
});
