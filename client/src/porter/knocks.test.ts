import { expect, test } from 'vitest';
import type { VisitorRequest } from '@portineria/config/api';
import { OfficeId } from '@portineria/config/ids';
import type { Shelf } from '../kept/shelf.ts';
import { knockKeys } from './knocks.ts';

const maria: VisitorRequest = { office: OfficeId.parse('sindaco'), name: 'Maria', topic: '', language: 'it', voice: false, consent: true };

test('a knock of the same words has the same key, over a reload too, and of other words another', () => {
  const kept = new Map<string, string>();
  const tab: Shelf = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => { kept.set(key, value); }, removeItem: (key) => { kept.delete(key); } };
  for (const shelf of [tab, null]) {
    const keys = knockKeys(shelf);
    const first = keys.of(maria);
    expect(first).toMatch(/^[0-9a-f]{32}$/u);
    expect(keys.of(maria)).toBe(first);
    if (shelf !== null) expect(knockKeys(shelf).of(maria)).toBe(first);
    const other = keys.of({ ...maria, name: 'Marta' });
    expect(other).not.toBe(first);
    keys.done();
    expect(keys.of({ ...maria, name: 'Marta' })).not.toBe(other);
  }
});
