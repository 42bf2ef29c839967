/** What the module is told that holds temporary accounts to what a visit needs (portineria_visitors.py). */
import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import it from '../texts/it.json' with { type: 'json' };
import { PORTER, VISITORS } from './registrations.ts';

type Texts = Record<keyof typeof it, string>;

const FOLDER = new URL('../texts/', import.meta.url);

/** The sentences of each language, Italian first. */
export const TEXTS: ReadonlyMap<string, Texts> = new Map([
  ['it', it],
  ...readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file !== 'it.json')
    .sort()
    .map((file): [string, Texts] => [file.replace(/\.json$/u, ''), z.object({ 'visitor.name': z.string() }).parse(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')))]),
]);

/**
 * An entry of Synapse's `modules`. It lies beside embedded.py, where Python finds it; elsewhere PYTHONPATH names its folder.
 * @param server the homeserver's name
 * @param upload the most bytes of a file that a visitor may send
 * @param neighbours the names of other servers, at whose receptions' doors visitors of ours may knock
 */
export function visitorsModule(server: string, upload: number, neighbours: readonly string[] = []): { module: string; config: Record<string, unknown> } {
  const names = [...TEXTS.values()].map((texts) => texts['visitor.name']);
  const porterOf = (name: string): string => `@${PORTER.localpart}:${name}`;
  return { module: 'portineria_visitors.Visitors', config: { prefix: VISITORS.prefix, porter: porterOf(server), names, upload, neighbours: neighbours.map(porterOf) } };
}
