/** The reverse proxy as the tests run it: built once from the very sources that its image is built from (synapse/proxy). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGo } from '../golang.ts';
import type { Part } from '../install.ts';
import { makeOnce } from '../once.ts';
import { CACHE, SYNAPSE } from '../paths.ts';

const SOURCES = join(SYNAPSE, 'proxy');

/** The proxy as something to install. @param cache the folder that it is made in */
export function proxy(cache: string = CACHE): Part & { program: string } {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(SOURCES, name)));
  const folder = join(cache, `proxy-${hash.digest('hex').slice(0, 12)}`);
  const program = join(folder, 'caddy');
  const present = (): boolean => existsSync(program);
  return {
    done: 'Proxy built',
    program,
    present,
    install: (signal) => makeOnce(folder, present, (draft) => buildGo('The proxy', folder, draft, ['build', '-ldflags=-s -w', '-o', join(draft, 'caddy'), '.'], { from: SOURCES, signal })),
  };
}
