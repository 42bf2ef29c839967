/** docker-compose.yml as Docker Compose itself reads it, without an engine. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { productionTools } from '@portineria/synapse/install';
import { ROOT } from '@portineria/synapse/paths';
import * as z from 'zod';

const run = promisify(execFile);

/** A program of the tools that production's files are looked at with. They are no scripts, and run wherever they lie. */
const tool = (name: string): string => join(dirname(productionTools.python), name);

const Words = z.array(z.string()).nullish().transform((words) => words ?? []);
const Service = z.looseObject({
  image: z.string(),
  entrypoint: Words,
  command: Words,
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.looseObject({ type: z.string(), source: z.string(), target: z.string(), read_only: z.boolean().default(false) })).default([]),
  build: z.looseObject({ context: z.string(), dockerfile: z.string() }).optional(),
});
const Compose = z.looseObject({ services: z.record(z.string(), Service), secrets: z.record(z.string(), z.looseObject({ file: z.string() })) });
export type Compose = z.infer<typeof Compose>;

/** All of it, with what an installation's `.env` says in its place. @throws Error with what Compose finds wrong */
export async function readCompose(environment: string): Promise<Compose> {
  const { stdout } = await run(tool('docker-compose'), ['--file', join(ROOT, 'docker-compose.yml'), '--env-file', environment, 'config', '--format', 'json']);
  return Compose.parse(JSON.parse(stdout));
}

/** What hadolint finds wrong in a Dockerfile; empty where nothing is. */
export async function lintDockerfile(file: string): Promise<string> {
  return run(tool('hadolint'), ['--no-color', file]).then(() => '', (error: unknown) => (error as { stdout: string }).stdout);
}

/** The instructions of a Dockerfile's last stage, each with what follows it. */
export function lastStage(file: string): [string, string][] {
  const lines = readFileSync(file, 'utf8').replaceAll(/\\\n/gu, ' ').split('\n').filter((line) => /^[A-Z]/u.test(line));
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM '))).map((line) => {
    const at = line.indexOf(' ');
    return [line.slice(0, at), line.slice(at + 1)];
  });
}

/** How a container's first process is called: what the Dockerfile says, and the service's command behind it. */
export function callOf(name: string, { services }: Compose): string[] {
  const service = services[name];
  if (service === undefined) throw new Error(`There is no service ${name}.`);
  if (service.build === undefined || service.entrypoint.length > 0) return [...service.entrypoint, ...service.command];
  const [, words = '[]'] = lastStage(join(service.build.context, service.build.dockerfile)).find(([instruction]) => instruction === 'ENTRYPOINT') ?? [];
  return [...z.array(z.string()).parse(JSON.parse(words)), ...service.command];
}
