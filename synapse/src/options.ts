/** The options of `npm start`. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CACHE, ROOT } from './paths.ts';
import { Trouble, words } from './trouble.ts';

export interface Options {
  /** The comune's YAML file. */
  config: string;
  /** The folder of everything that the instance keeps. */
  data: string;
  /** Where people reach it on this machine. */
  port: number;
}

const USAGE = 'npm start -- [--config FILE] [--data DIR] [--port N]';

/**
 * @param args as typed
 * @param from the folder that relative paths are read from
 * @throws Trouble naming the option that is not right
 */
export function optionsOf(args: string[], from: string): Options {
  let values: { config?: string | undefined; data?: string | undefined; port?: string | undefined };
  try {
    ({ values } = parseArgs({ args, options: { config: { type: 'string' }, data: { type: 'string' }, port: { type: 'string' } } }));
  } catch (error) {
    throw new Trouble(`${words(error).split('. ')[0] ?? ''}. Usage: ${USAGE}`);
  }
  const port = values.port ?? '8080';
  if (!/^\d{1,5}$/u.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new Trouble(`--port: expected a number from 1 to 65535, came "${port}". Usage: ${USAGE}`);
  }
  return {
    config: values.config === undefined ? join(ROOT, 'config', 'maruggio.yaml') : resolve(from, values.config),
    data: values.data === undefined ? join(CACHE, 'data') : resolve(from, values.data),
    port: Number(port),
  };
}
