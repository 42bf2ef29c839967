import { describe, expect, test } from 'vitest';
import { addressFor, serverIn, wayOf } from './home.ts';

const ORIGIN = 'https://sportello.comune.example';
const OTHER = { server: 'altro.example:8448', base_url: 'https://matrix.altro.example' };
const way = (user: string, other: Parameters<typeof wayOf>[1]['other'] = null) => wayOf(user, { server: 'comune.example', other }, ORIGIN);

describe('a login', () => {
  test.each(['anna', '', ' anna ', '@anna', '@anna:comune.example', '@anna:Comune.Example '])('with %j is at the reception’s own homeserver, wherever the page may lead besides', (user) => {
    const home = { to: 'home', home: { server: 'comune.example', base: ORIGIN } };
    expect([way(user), way(user, OTHER)]).toEqual([home, home]);
  });

  test('with a whole id of another server needs the page anew, for that server alone', () => {
    expect(way('@carla:altro.example:8448')).toEqual({ to: 'elsewhere', server: 'altro.example:8448' });
    expect(way('@carla:altro.example', OTHER)).toEqual({ to: 'elsewhere', server: 'altro.example' });
  });

  test('is then at that server, or is told why not', () => {
    expect(way('@carla:altro.example:8448', OTHER)).toEqual({ to: 'home', home: { server: OTHER.server, base: OTHER.base_url } });
    expect(way('@carla:altro.example', { server: 'altro.example', fault: 'lost' })).toEqual({ to: 'nowhere', server: 'altro.example', fault: 'lost' });
  });
});

test('a whole id is told from a user name', () => {
  expect([serverIn('@a:b.example'), serverIn('@a:[::1]:8448'), serverIn('@a:b:1')]).toEqual(['b.example', '[::1]:8448', 'b:1']);
  expect(['a', '@a', '@a:', 'a:b', 'a@b.example', '@a:b c', '@:b'].map(serverIn)).toEqual(Array.from({ length: 7 }, () => null));
});

test('the page that is opened anew keeps its language and the visit that it was opened for', () => {
  const address = addressFor('altro.example:8448', `${ORIGIN}/desk?lang=en#%23visita-1%3Acomune.example`);
  expect(address).toBe(`${ORIGIN}/desk?lang=en&server=altro.example%3A8448#%23visita-1%3Acomune.example`);
  // The same again is the same address.
  expect(addressFor('altro.example:8448', address)).toBe(address);
});
