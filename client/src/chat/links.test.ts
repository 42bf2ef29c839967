import { expect, test } from 'vitest';
import { piecesOf } from './links.ts';

const links = (text: string): [string, string | null][] => piecesOf(text).flatMap(({ text: shown, href }) => (href === null ? [] : [[shown, href]]));

test('addresses are links, without what ends their sentence, and nothing of the text is lost', () => {
  const text = 'Ecco: https://comune.example/moduli?a=1&b=(2), poi (www.comune.example/x). Bene.';
  expect(links(text)).toEqual([['https://comune.example/moduli?a=1&b=(2)', 'https://comune.example/moduli?a=1&b=(2)'], ['www.comune.example/x', 'https://www.comune.example/x']]);
  expect(piecesOf(text).map((piece) => piece.text).join('')).toBe(text);
});

test('what is no web address is no link', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'http://', 'https://localhost/x', 'maria@www.example.org', 'solo parole', '']) expect([text, links(text)]).toEqual([text, []]);
});

test('an address shows the host that it leads to, and none hides it behind another name', () => {
  expect(links('https://comune.example@evil.example/')).toEqual([]);
  expect(links('https://соmune.example/a')).toEqual([['https://xn--mune-45dr.example/a', 'https://xn--mune-45dr.example/a']]);
  expect(links('HTTPS://Comune.Example/A')).toEqual([['HTTPS://Comune.Example/A', 'https://comune.example/A']]);
});
