import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SCHEMA, schemaText } from './schema.ts';

test('comune.schema.json is what the schema says; `node config/src/schema.ts` writes it anew', () => {
  expect(readFileSync(SCHEMA, 'utf8')).toBe(schemaText());
});
