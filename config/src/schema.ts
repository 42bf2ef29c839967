/** Writes comune.schema.json, which editors check a configuration with. Run as `node config/src/schema.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ComuneFile } from './shape.ts';

/** Where the generated schema lies. */
export const SCHEMA = fileURLToPath(new URL('../comune.schema.json', import.meta.url));

/** The JSON Schema (draft 2020-12) of the file as it is written, defaults left out. */
export function schemaText(): string {
  const schema = z.toJSONSchema(ComuneFile, { io: 'input', reused: 'inline' });
  return `${JSON.stringify({ title: 'A comune in Portineria', ...schema }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(SCHEMA, schemaText());
