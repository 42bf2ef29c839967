import { expect, test } from 'vitest';
import { readAddress, readDesk } from './address.ts';

const search = '?widgetId=it.portineria.jitsi&parentUrl=https%3A%2F%2Fapp.example%2Fclient%2F';

test('an address that a client has filled in says who shows the page, for which room, in which language', () => {
  expect(readAddress({ search, hash: '#/?room=!visit%3Acomune.example&name=Anna%20Rossi&lang=it' })).toEqual({
    host: { widgetId: 'it.portineria.jitsi', origin: 'https://app.example', room: '!visit:comune.example', name: 'Anna Rossi' },
    language: 'it',
  });
});

test('what a client did not fill in is nothing, and a user id is shown without its server', () => {
  const { host, language } = readAddress({ search, hash: '#/?room=!visit%3Acomune.example&name=%40anna%3Acomune.example&lang=$org.matrix.msc2873.client_language' });
  expect([host?.name, language]).toEqual(['anna', '']);
});

test.each([
  ['', '#/?room=!visit%3Acomune.example'],
  ['?widgetId=x', '#/?room=!visit%3Acomune.example'],
  ['?widgetId=x&parentUrl=no%20address', '#/?room=!visit%3Acomune.example'],
  [search, ''],
  [search, '#/?room=$matrix_room_id'],
])('without a client around it, or a room, nobody shows it: %j %j', (query, hash) => {
  expect(readAddress({ search: query, hash }).host).toBe(null);
});

test('a desk is told who looks, whose word counts, and in which colours', () => {
  expect(readDesk({ hash: '#/?room=!o%3Acomune.example&user=%40anna%3Acomune.example&theme=dark&porter=%40portineria%3Acomune.example' })).toEqual({ me: '@anna:comune.example', porter: '@portineria:comune.example', theme: 'dark' });
  expect(readDesk({ hash: '#/?user=$matrix_user_id&theme=$org.matrix.msc2873.client_theme&porter=nobody' })).toEqual({ me: null, porter: null, theme: '' });
});
