/** Where things lie in this checkout. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is installed once and shared by all data folders of this checkout. */
export const CACHE = process.env['PORTINERIA_CACHE'] ?? join(ROOT, '.portineria');

/** The folder of this workspace. */
export const SYNAPSE = join(ROOT, 'synapse');
