import type { Comune } from '@portineria/config/comune';
import { ComuneBody, NeighbourBody } from '@portineria/config/api';
import { Description, ReceptionDocument } from '@portineria/config/neighbours';
import { comuneOf } from '@portineria/config/testing';
import { describe, expect, test } from 'vitest';
import type { Said } from '../porter/neighbours.ts';
import { comune, reception, running } from './http.fixture.ts';
import { openVicinity } from './neighbours.ts';

const OFFICE = { id: 'anagrafe', alias: '#anagrafe:b.example', name: { it: 'Anagrafe' }, description: { it: 'x' }, door: { state: 'open', until: null, next: null }, waiting: 3, call: 'none', appointment: false, phone: null, hours: { mon: ['09:00-12:00'] } };
const said = (at: number, over: object = {}): Said => ({
  at,
  document: ReceptionDocument.parse({ version: 1, reception: 'https://b.example', api: 'https://b.example/api/', homeserver: 'b.example', porter: '@portineria:b.example', comune: { id: 'b', name: { it: 'B' } } }),
  description: Description.parse({ name: { it: 'Comune B' }, zone: 'Europe/Rome', languages: ['it'], phone: null, privacy: null, accessibility: null, colour: '#aa0000', sample: false, offices: [OFFICE], ...over }),
});
const OWN = JSON.stringify(comune());

/** The neighbours of a comune, of which some have said something. */
function vicinity(count: number, known: (id: string) => Said | null, { reachable = true, now = 60_000 } = {}) {
  const declared: Comune = comuneOf({ neighbours: Array.from({ length: count }, (_, i) => ({ id: `b${i}`, url: `https://b${i}.example` })) });
  return openVicinity({ of: ({ id }) => ({ said: known(id), reachable: reachable && known(id) !== null }), look: async () => undefined }, () => declared, () => now);
}
const besideOwn = (near: ReturnType<typeof vicinity>) => {
  const { text, etag } = near.beside({ text: OWN, etag: 'W/"own"' });
  const { offices, neighbours = [] } = ComuneBody.parse(JSON.parse(text));
  return { offices, neighbours, text, etag };
};

describe('neighbours beside the comune', () => {
  test('are as they said themselves, under our ids, each with its age', () => {
    const one = said(17_500);
    const { neighbours, offices } = besideOwn(vicinity(2, (id) => (id === 'b0' ? one : null)));
    expect(offices).toEqual(comune().offices);
    expect(neighbours[0]).toMatchObject({ id: 'b0', url: 'https://b0.example', age_s: 42, reachable: true, name: { it: 'Comune B' }, homeserver: 'b.example', porter: '@portineria:b.example', api: 'https://b.example/api/', offices: [OFFICE] });
    expect(neighbours[1]).toMatchObject({ id: 'b1', age_s: null, reachable: false, name: { und: 'b1.example' }, offices: [] });
  });

  test('that do not answer any more keep their offices, with doors that nobody knocks at', () => {
    const one = said(0);
    const [neighbour] = besideOwn(vicinity(1, () => one, { reachable: false })).neighbours;
    expect(neighbour?.offices).toEqual([{ ...OFFICE, door: { state: 'closed', until: null, next: null, by: 'trouble' }, waiting: 0 }]);
  });

  test('have a tag that grows no older with them, and changes with their doors', () => {
    const [one, other] = [said(0), said(0, { offices: [{ ...OFFICE, waiting: 4 }] })];
    const tags = [vicinity(1, () => one), vicinity(1, () => one, { now: 90_000 }), vicinity(1, () => other)].map((near) => besideOwn(near).etag);
    expect(tags[0]).toBe(tags[1]);
    expect(tags[0]).not.toBe(tags[2]);
  });

  test('weigh no more than a bound, however many there are and however much they say: those past it are named alone', () => {
    const large = said(0, { offices: Array.from({ length: 300 }, (_, i) => ({ ...OFFICE, id: `o${i}`, description: { it: 'x'.repeat(1000) } })) });
    const { text, neighbours } = besideOwn(vicinity(500, () => large));
    expect(text.length).toBeLessThan(9_000_000);
    expect(neighbours).toHaveLength(500);
    expect(neighbours[0]?.offices).toHaveLength(300);
    expect(neighbours[499]).toMatchObject({ name: { it: 'Comune B' }, offices: [] });
  });

  test('are named on the page of our own offices while they are few; with many, the page does not grow', () => {
    expect(vicinity(12, () => null).around(false).named).toHaveLength(12);
    expect(vicinity(500, () => null).around(false)).toEqual({ count: 500, named: [] });
    expect(vicinity(500, () => null).around(true).named).toHaveLength(500);
  });
});

describe('over HTTP', () => {
  test('one neighbour is told as it is now, and what is none is not found', async () => {
    await using server = await running();
    const answer = await server.ask('/api/neighbours/anagrafe');
    expect(NeighbourBody.parse(JSON.parse(answer.text))).toMatchObject({ id: 'anagrafe', reachable: true });
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store', etag: expect.any(String) });
    for (const path of ['/api/neighbours/nessuno', '/api/neighbours/__proto__', '/n/nessuno', '/n/anagrafe/o/nessuno', '/n/nessuno/o/anagrafe']) expect([path, (await server.ask(path)).status]).toEqual([path, 404]);
  });

  test('the comune comes with its neighbours, or without where nobody has a use for them', async () => {
    await using server = await running({ reception: reception({ vicinity: vicinity(2, () => null) }) });
    expect(JSON.parse((await server.ask('/api/comune')).text)).toMatchObject({ id: 'maruggio', neighbours: [{ id: 'b0' }, { id: 'b1' }] });
    expect(JSON.parse((await server.ask('/api/comune?neighbours=false')).text)).not.toHaveProperty('neighbours');
  });

  test('a reception says what it is, so that another reads it', async () => {
    await using server = await running();
    const { text, headers } = await server.ask('/.well-known/portineria');
    expect(ReceptionDocument.parse(JSON.parse(text))).toEqual(JSON.parse(text));
    expect(JSON.parse(text)).toMatchObject({ version: 1, comune: { id: 'maruggio', name: { it: 'Comune di Maruggio' } } });
    expect(headers['access-control-allow-origin']).toBe('*');
  });
});
