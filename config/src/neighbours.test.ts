import { describe, expect, test } from 'vitest';
import { readComune } from './comune.ts';
import { sentence } from './faults.ts';
import { Description, descriptionFault, documentFault, ReceptionDocument } from './neighbours.ts';

const declared = (neighbours: string): string[] => {
  const read = readComune(`comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\nneighbours: ${neighbours}`);
  return 'faults' in read ? read.faults.map((fault) => sentence(fault).replace(/ \(line \d+\)/u, '')) : [];
};

describe('the neighbours of a configuration', () => {
  test('are an id, where the reception is, and a name for as long as it has not said one', () => {
    const read = readComune('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\nneighbours: [{ id: b, url: "https://Reception.B.example/" }, { id: d, url: "http://localhost:8090", name: Comune D }]');
    expect(read).toMatchObject({ comune: { neighbours: [{ id: 'b', url: 'https://reception.b.example', name: null }, { id: 'd', url: 'http://localhost:8090', name: { it: 'Comune D' } }] } });
    expect(readComune('comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]')).toMatchObject({ comune: { neighbours: [] } });
  });

  test('are reached by https, and without it only on this machine', () => {
    for (const url of ['http://b.example', 'http://127.0.0.1.b.example', 'ftp://b.example']) expect(declared(`[{ id: b, url: "${url}" }]`)).toEqual([`neighbours[0].url: expected an address of https, came "${url}"`]);
    for (const url of ['http://127.0.0.1:1', 'http://[::1]:1', 'https://10.0.0.1:8443']) expect(declared(`[{ id: b, url: "${url}" }]`)).toEqual([]);
    for (const url of ['https://b.example/reception', 'https://b.example/?x', 'https://anna:secret@b.example']) expect(declared(`[{ id: b, url: "${url}" }]`)).toEqual([`neighbours[0].url: expected the address of a reception, without anything behind its host, came "${url}"`]);
    expect(declared('[{ id: b, url: b.example }]')).toEqual(['neighbours[0].url: expected the address of a reception such as https://reception.altro.example, came "b.example"']);
  });

  test('are different ones, and not without number', () => {
    expect(declared('[{ id: b, url: "https://b.example" }, { id: b, url: "https://b.example" }]')).toEqual([
      'neighbours[1].id: expected an id that no other neighbour has, came "b"; it stands at neighbours[0].id already',
      'neighbours[1].url: expected each reception once, came "https://b.example"; it stands at neighbours[0].url already',
    ]);
    expect(declared(JSON.stringify(Array.from({ length: 501 }, (_, i) => ({ id: `b${i}`, url: `https://b${i}.example` })))).join()).toContain('at most 500 neighbours');
  });
});

const OFFICE = { id: 'anagrafe', alias: '#anagrafe:b.example', name: { it: 'Anagrafe' }, description: {}, door: { state: 'open', until: '2026-11-24T13:00:00+01:00', next: null }, waiting: 1, call: 'none', appointment: false, phone: null, hours: { tue: ['09:00-13:00'] } };
test('whose accounts are let in as a neighbour’s is named, and what the neighbour says must agree', () => {
  const file = (server: string): string => `comune: { id: c, name: C, zone: UTC }\noffices: [{ id: o, name: O }]\nfederation: { visitors: neighbours }\nneighbours: [{ id: b, url: "https://b.example"${server} }]`;
  expect(readComune(file(', server: "b.example:8448"'))).toMatchObject({ comune: { neighbours: [{ server: 'b.example:8448' }] } });
  const read = readComune(file(''));
  expect('faults' in read ? read.faults.map(({ path, hint }) => [path, hint]) : read).toEqual([['neighbours[0].server', 'it stands behind the colon of the neighbour’s addresses, as in @portineria:comune.example']]);
});

const SAID = { id: 'b', name: { it: 'Comune B' }, zone: 'Europe/Rome', languages: ['it'], phone: null, privacy: null, accessibility: null, colour: '#aa0000', sample: false, offices: [OFFICE], now: 'x', neighbours: [{}] };

describe('what a neighbour says of itself', () => {
  test('is taken as far as it is known here', () => {
    const { id: _id, now: _now, neighbours: _neighbours, ...known } = SAID;
    expect(Description.parse({ ...SAID, offices: [{ ...OFFICE, novelty: 1 }] })).toEqual(known);
  });

  test.each([
    ['no office', { offices: {} }],
    ['the same office twice', { offices: [OFFICE, OFFICE] }],
    ['more offices than any comune has', { offices: Array.from({ length: 301 }, (_, i) => ({ ...OFFICE, id: `o${i}` })) }],
    ['a zone that no clock knows', { zone: 'Europe/Atlantis' }],
    ['a colour that is more than one', { colour: 'red;background:url(//x)' }],
    ['a page that is a script', { privacy: 'javascript:alert(1)' }],
    ['a telephone that is none', { phone: 'tel:1;ext=<b>' }],
    ['a language that is none', { name: { __proto__x: 'x' } }],
    ['an instant that is none', { offices: [{ ...OFFICE, door: { ...OFFICE.door, until: 'tomorrow' } }] }],
    ['a day that is none', { offices: [{ ...OFFICE, hours: { constructor: ['09:00-10:00'] } }] }],
    ['an id that leads elsewhere', { offices: [{ ...OFFICE, id: '../../desk' }] }],
    ['more topics than any office suggests', { offices: [{ ...OFFICE, topics: Array.from({ length: 9 }, () => ({ it: 'IMU' })) }] }],
    ['a booking that is a script', { offices: [{ ...OFFICE, booking: 'data:text/html,x' }] }],
  ])('is not taken with %s', (_what, over) => {
    expect(Description.safeParse({ ...SAID, ...over }).success).toBe(false);
  });

  test('has the topics that its offices suggest, or none', () => {
    expect(Description.parse({ ...SAID, offices: [{ ...OFFICE, topics: [{ it: `I\u202EMU ${'a'.repeat(100)}`, en: 'Property tax' }] }] }).offices[0]?.topics).toEqual([{ it: `IMU ${'a'.repeat(55)}…`, en: 'Property tax' }]);
  });

  test('is cut where it is long, and made harmless', () => {
    const said = Description.parse({ ...SAID, name: { it: `Comune\u202E\n${'a'.repeat(5000)}` } });
    expect(said.name['it']).toMatch(/^Comune a+…$/u);
    expect(said.name['it']).toHaveLength(200);
  });

  test('is not believed about another homeserver than its own, nor about another address', () => {
    const document = ReceptionDocument.parse({ version: 1, reception: 'https://b.example', api: 'https://b.example/api/', homeserver: 'b.example', porter: '@portineria:b.example', comune: { id: 'b', name: { it: 'B' } } });
    expect(documentFault(document, 'https://b.example', 'a.example')).toBeNull();
    expect(documentFault({ ...document, version: 2 }, 'https://b.example', 'a.example')).toContain('version 2');
    expect(documentFault({ ...document, api: 'http://10.0.0.1/api/' }, 'https://b.example', 'a.example')).toContain('somewhere else');
    expect(documentFault(document, 'https://www.b.example', 'a.example')).toContain('somewhere else');
    expect(documentFault(document, 'https://b.example', 'b.example')).toContain('ours');
    expect(documentFault({ ...document, homeserver: 'c.example' }, 'https://b.example', 'a.example')).toContain('porter');
    expect(descriptionFault(Description.parse(SAID), 'b.example')).toBeNull();
    expect(descriptionFault(Description.parse(SAID), 'c.example')).toContain('homeserver');
  });
});
