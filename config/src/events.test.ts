import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as book from './book.ts';
import * as published from './events.ts';

const PAGE = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
/** Ours, and those of others that we write. */
const EVENT = /^(?:it\.portineria|im\.vector|io\.element)\./u;

const all = Object.fromEntries<unknown>([...Object.entries(published), ...Object.entries(book)]);

/** Every event type that this package exports, and the schema of its content: `DOOR` and `DoorContent`. A type of rooms is none. */
const exported = Object.entries(all).flatMap(([name, value]): [string, z.core.$ZodType][] => {
  if (typeof value !== 'string' || !EVENT.test(value) || name.endsWith('_ROOM_TYPE')) return [];
  const schemaName = `${name.slice(0, 1)}${name.slice(1).toLowerCase()}Content`;
  const schema = all[schemaName];
  if (!(schema instanceof z.core.$ZodType)) throw new Error(`${name} needs a schema named ${schemaName}.`);
  return [[value, schema]];
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
}

/** Every field with its path, and whether it may be absent from what is written. */
function fieldsOf(schema: JsonSchema, path = ''): Map<string, { optional: boolean; nullable: boolean; values: readonly unknown[] }> {
  const found = new Map<string, { optional: boolean; nullable: boolean; values: readonly unknown[] }>();
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    const here = path === '' ? key : `${path}.${key}`;
    const nullable = field.anyOf?.some((one) => 'type' in one && one.type === 'null') ?? false;
    found.set(here, { optional: !(schema.required ?? []).includes(key), nullable, values: field.enum ?? [] });
    for (const one of [field, ...(field.anyOf ?? [])]) for (const [name, inner] of fieldsOf(one, here)) found.set(name, inner);
    if (field.items !== undefined) for (const [name, inner] of fieldsOf(field.items, `${here}[]`)) found.set(name, inner);
  }
  return found;
}

const schemaOf = (schema: z.core.$ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'output' }) as JsonSchema;

const sections = new Map(
  PAGE.split(/^## /mu)
    .slice(1)
    .flatMap((section): [string, string][] => {
      const [title = ''] = section.split('\n', 1);
      return EVENT.test(title) ? [[title.trim(), section]] : [];
    }),
);
const rowsOf = (section: string): Map<string, string> => new Map([...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gmu)].map(([, field = '', meaning = '']) => [field, meaning]));

test('docs/events.md documents every event type, and no other', () => {
  expect([...sections.keys()].toSorted()).toEqual(exported.map(([type]) => type).toSorted());
});

describe.each(exported)('%s', (type, schema) => {
  const section = sections.get(type) ?? '';
  const fields = fieldsOf(schemaOf(schema));
  const rows = rowsOf(section);

  test('is documented with every field of its schema, and no other', () => {
    expect([...rows.keys()].toSorted()).toEqual([...fields.keys()].toSorted());
  });

  test('says which fields may be absent, which may be null, and every value of a choice', () => {
    for (const [field, { optional, nullable, values }] of fields) {
      const meaning = rows.get(field) ?? '';
      expect({ field, optional: meaning.startsWith('optional;') }).toEqual({ field, optional });
      expect({ field, nullable: meaning.includes('`null`') }).toEqual({ field, nullable });
      for (const value of values) expect(meaning).toContain(`\`${String(value)}\``);
    }
  });

  test('says where it lives and who writes it', () => {
    expect(section).toMatch(/\b(State|Account data|to-device|A key)\b/u);
    expect(section).toMatch(/\b(porter|staff)\b/u);
  });

  test('has examples that its schema takes as they are', () => {
    const examples = [...section.matchAll(/```json\n([\s\S]*?)```/gu)].map(([, text = '']): unknown => JSON.parse(text));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const content = type === published.CARD ? z.record(z.string(), z.unknown()).parse(example)[published.CARD] : example;
      expect(z.parse(schema, content)).toEqual(content);
    }
  });
});
