/** The options of the commands that open receptions. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Federation } from './federation.ts';
import { CACHE, ROOT } from './paths.ts';
import { Trouble, words } from './trouble.ts';

export interface Options {
  /** The comune's YAML file. */
  config: string;
  /** The folder of everything that the instance keeps. */
  data: string;
  /** Where people reach it on this machine. */
  port: number;
  /** Where on this machine the metrics are served; null for nowhere. */
  metrics: number | null;
  /** How its homeserver speaks with others on this machine, and is called by where it does so; without it, with none. */
  federation?: Federation;
  /** `false` where it is to have no server for calls. */
  calls?: boolean;
}

const OPTIONS = '[--config FILE] [--data DIR] [--port N] [--metrics N]';

/**
 * @param args as typed
 * @param from the folder that relative paths are read from
 * @param command what takes them
 * @throws Trouble naming the option that is not right
 */
export function optionsOf(args: string[], from: string, command: 'npm start' | 'npm run dev' = 'npm start'): Options {
  const usage = `Usage: ${command} -- ${OPTIONS}`;
  let values: { config?: string | undefined; data?: string | undefined; port?: string | undefined; metrics?: string | undefined };
  try {
    ({ values } = parseArgs({ args, options: { config: { type: 'string' }, data: { type: 'string' }, port: { type: 'string' }, metrics: { type: 'string' } } }));
  } catch (error) {
    throw new Trouble(`${words(error).split('. ')[0] ?? ''}. ${usage}`);
  }
  const portOf = (option: string, port: string): number => {
    if (/^\d{1,5}$/u.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return Number(port);
    throw new Trouble(`${option}: expected a number from 1 to 65535, came "${port}". ${usage}`);
  };
  return {
    config: values.config === undefined ? join(ROOT, 'config', 'maruggio.yaml') : resolve(from, values.config),
    data: values.data === undefined ? join(CACHE, 'data') : resolve(from, values.data),
    port: portOf('--port', values.port ?? '8080'),
    metrics: values.metrics === undefined ? null : portOf('--metrics', values.metrics),
  };
}

/** The options of `npm run demo:neighbours`. */
export interface NeighboursOptions {
  /** The folder of everything that both keep. */
  data: string;
  /** Where people reach the first; the second is at the next, and the two after are where the homeservers speak with each other. */
  port: number;
  /** Whether the second has a server for calls of its own. */
  calls: boolean;
}

/** @throws Trouble naming the option that is not right */
export function neighboursOptionsOf(args: string[], from: string): NeighboursOptions {
  const usage = 'Usage: npm run demo:neighbours -- [--data DIR] [--port N] [--without-calls]';
  let values: { data?: string | undefined; port?: string | undefined; 'without-calls'?: boolean | undefined };
  try {
    ({ values } = parseArgs({ args, options: { data: { type: 'string' }, port: { type: 'string' }, 'without-calls': { type: 'boolean' } } }));
  } catch (error) {
    throw new Trouble(`${words(error).split('. ')[0] ?? ''}. ${usage}`);
  }
  const port = values.port ?? '8080';
  // Three more follow it.
  if (!/^\d{1,5}$/u.test(port) || Number(port) < 1 || Number(port) > 65_532) throw new Trouble(`--port: expected a number from 1 to 65532, came "${port}". ${usage}`);
  return {
    data: values.data === undefined ? join(CACHE, 'neighbours') : resolve(from, values.data),
    port: Number(port),
    calls: values['without-calls'] !== true,
  };
}
