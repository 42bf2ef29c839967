import { NeighbourBody } from '@portineria/config/api';
import { expect, test } from 'vitest';
import { freshen } from '../porter/doors.ts';
import { comune } from '../way/comune.fixture.ts';
import { comuneAt, freshenPlace, placeOf } from './place.ts';

const neighbour = NeighbourBody.parse({ ...comune, id: 'altrove', name: { de: 'Gemeinde Anderswo' }, languages: ['de'], colour: '#aa0000', url: 'https://altrove.example', age_s: 5, reachable: true });

test('a neighbour is shown as a comune of its own name and colour, in our languages, on a page that we answer for', () => {
  expect(comuneAt(neighbour, comune)).toMatchObject({ name: { de: 'Gemeinde Anderswo' }, colour: '#aa0000', languages: ['it', 'en'], accessibility: comune.accessibility, offices: comune.offices });
  expect(placeOf(neighbour, comune)).toEqual({ id: 'altrove', url: 'https://altrove.example', age_s: 5, reachable: true, home: comune.name });
});

test('its doors and its age follow a fresh body of its own, and nothing else does', () => {
  const place = placeOf(neighbour, comune);
  expect(freshenPlace(place, { ...neighbour, age_s: 700, reachable: false })).toEqual({ ...place, age_s: 700, reachable: false });
  for (const body of [null, 7, [], {}, { reachable: 'yes', age_s: 1 }, { reachable: true, age_s: {} }]) expect(freshenPlace(place, body)).toEqual(place);
  expect(freshen(comuneAt(neighbour, comune), { ...neighbour, now: comune.now })?.offices).toEqual(comune.offices);
});
