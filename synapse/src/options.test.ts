import { expect, test } from 'vitest';
import { optionsOf } from './options.ts';
import { ROOT } from './paths.ts';
import { Trouble } from './trouble.ts';

test('without options it is the demo on port 8080', () => {
  expect(optionsOf([], '/home/anna')).toMatchObject({ config: `${ROOT}config/maruggio.yaml`, port: 8080, metrics: null });
});

test('paths are read from the folder where the command was typed', () => {
  expect(optionsOf(['--config', 'mine.yaml', '--data=/srv/data', '--port', '9000', '--metrics', '9001'], '/home/anna'))
    .toEqual({ config: '/home/anna/mine.yaml', data: '/srv/data', port: 9000, metrics: 9001 });
});

test.each([['--port', '0'], ['--port', '65536'], ['--port', '80a'], ['--port'], ['--metrics', 'x'], ['--prot', '80'], ['extra']])('%s %s is refused with the way to write it', (...args) => {
  expect(() => optionsOf(args, '/')).toThrow(Trouble);
  expect(() => optionsOf(args, '/')).toThrow(/npm start -- /u);
});
