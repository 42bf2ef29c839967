/** Something that is made once for the checkout, in a temporary name that is renamed when it is whole: an interrupted work never counts. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exclusively } from '../lock.mjs';

/**
 * Makes a folder, unless it is whole. Of several processes one does it, and the others wait for it.
 * @param whole whether what lies there is whole
 * @param make fills the draft that it is given; when it throws, nothing stays
 */
export async function makeOnce(folder: string, whole: () => boolean, make: (draft: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  await exclusively(`${folder}.lock`, async () => {
    if (whole()) return;
    // Only one process at a time comes here, so whatever half-made thing lies about is a killed one's.
    for (const left of readdirSync(dirname(folder))) {
      const path = join(dirname(folder), left);
      if (path === folder || path.startsWith(`${folder}.draft-`)) rmSync(path, { recursive: true, force: true });
    }
    // Not by mkdtemp, whose folders are this user's alone: whoever else starts from this checkout finds it made.
    const draft = `${folder}.draft-${randomBytes(6).toString('hex')}`;
    mkdirSync(draft);
    try {
      await make(draft);
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
}
