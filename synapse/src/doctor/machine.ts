/** The machine itself: room on the disk, the clock, and what everything runs on. */
import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { SYNAPSE } from '../paths.ts';
import { isOlder, pinnedIn } from '../versions.ts';
import * as z from 'zod';
import { type Finding, fault, unseen, well } from './finding.ts';
import { ask, type House, reasonOf } from './house.ts';

/** Bytes that must be free. */
const LEAST_FREE = 2 * 1024 ** 3;
const GIB = 1024 ** 3;
/** Seconds that clocks may be apart: a `Date` header has whole seconds, and takes its way. */
const MOST_APART_S = 30;
const LEAST_NODE = 24;

/** @param least bytes that must be free */
export function disk(folder: string, least: number = LEAST_FREE): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const values = { folder, free: (bavail * bsize / GIB).toFixed(1), least: (least / GIB).toFixed(1) };
  return bavail * bsize < least ? fault('disk.full', values) : well('disk.free', values);
}

/** This machine's clock against another's. @param source whose `Date` header is read */
export async function clock(source: string, now: () => number): Promise<Finding> {
  const name = new URL(source).host;
  try {
    const { headers } = await ask(source, { method: 'HEAD' });
    const theirs = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return unseen('clock.none', { name, why: 'no Date header' });
    const seconds = Math.round((now() - theirs) / 1000);
    return Math.abs(seconds) > MOST_APART_S ? fault('clock.apart', { name, seconds }) : well('clock.right', { name });
  } catch (error) {
    return unseen('clock.none', { name, why: reasonOf(error) });
  }
}

export function node(version: string = process.versions.node): Finding {
  return Number(version.split('.')[0]) < LEAST_NODE ? fault('node.old', { version, least: LEAST_NODE }) : well('node.right', { version });
}

const Version = z.object({ server_version: z.string() });

/** Synapse's version against the one that this Portineria was tried with. */
export async function synapseVersion({ bot }: House, least?: string): Promise<Finding> {
  const tried = least ?? pinnedIn(readFileSync(join(SYNAPSE, 'requirements.in'), 'utf8')).find(({ name }) => name === 'matrix-synapse')?.have ?? '0';
  try {
    const answer = await ask(new URL('/_synapse/admin/v1/server_version', bot.homeserver.url));
    const version = Version.safeParse(answer.body);
    if (!version.success) return unseen('synapse.unknown', { why: `HTTP ${answer.status}` });
    const values = { version: version.data.server_version, tried };
    return isOlder(values.version.split(' ')[0] ?? '', tried) ? fault('synapse.old', values) : well('synapse.right', values);
  } catch (error) {
    return unseen('synapse.unknown', { why: reasonOf(error) });
  }
}
