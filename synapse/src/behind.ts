/** `npm run behind`: which of our dependencies have newer versions, as their registries say. It changes nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULE, VERSION } from './livekit.ts';
import { SYNAPSE } from './paths.ts';
import { say } from './progress.ts';
import { askGo, askNpm, askPypi } from './registries.ts';
import { words } from './trouble.ts';
import { isOlder, pinnedIn, table } from './versions.ts';
import type { Behind, Pinned } from './versions.ts';

const onPypi = ['requirements.in', 'go-requirements.in', 'test-requirements.in', 'production-requirements.in'].flatMap((file) => pinnedIn(readFileSync(join(SYNAPSE, file), 'utf8')));

async function newerOf(pinned: Pinned, ask: (name: string) => Promise<string>): Promise<Behind[]> {
  const newest = await ask(pinned.name);
  return isOlder(pinned.have, newest) ? [{ ...pinned, newest }] : [];
}

const asked = await Promise.allSettled([
  askNpm(),
  ...onPypi.map((pinned) => newerOf(pinned, askPypi)),
  newerOf({ name: MODULE, have: VERSION }, askGo),
]);
const behind = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
const failed = asked.flatMap((one) => (one.status === 'rejected' ? [words(one.reason)] : []));
if (behind.length > 0) table(behind).forEach(say);
else if (failed.length === 0) say('Nothing is behind');
failed.forEach(say);
