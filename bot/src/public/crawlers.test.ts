import { Parser } from 'htmlparser2';
import { expect, test } from 'vitest';
import { comune, running } from './http.fixture.ts';
import { sitemap } from './crawlers.ts';

/** What stands in the elements of a name. */
function inside(xml: string, name: string): string[] {
  const found: string[] = [];
  let open = false;
  const parser = new Parser({
    onopentag: (tag) => { open = tag === name; if (open) found.push(''); },
    ontext: (text) => { if (open) found.push(`${found.pop() ?? ''}${text}`); },
    onclosetag: () => { open = false; },
  }, { xmlMode: true });
  parser.end(xml);
  return found;
}

test('the map of the site has the list and each office, by their public addresses', async () => {
  await using server = await running();
  const answer = await server.ask('/sitemap.xml');
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/xml; charset=utf-8']);
  expect(inside(answer.text, 'loc')).toEqual(['http://sportello.example/', 'http://sportello.example/o/anagrafe', 'http://sportello.example/o/sindaco']);
  expect(sitemap(comune({ offices: [] }), 'https://a.example')).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<urlset xmlns="http:\/\/www\.sitemaps\.org\/schemas\/sitemap\/0\.9">\n<url><loc>https:\/\/a\.example\/<\/loc><\/url>\n<\/urlset>\n$/u);
});

test('search engines may look at the pages and what they are made of, not at what is no page, and find the map', async () => {
  await using server = await running();
  const answer = await server.ask('/robots.txt');
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
  const lines = answer.text.split('\n');
  expect(lines).toEqual(expect.arrayContaining(['User-agent: *', 'Disallow: /_matrix/', 'Sitemap: http://sportello.example/sitemap.xml']));
  const shut = lines.flatMap((line) => /^Disallow: (.*)$/u.exec(line)?.[1] ?? []);
  expect(['/', '/o/anagrafe', '/o/anagrafe.ics', '/assets/main.js', '/api/comune', '/embed.js'].filter((path) => shut.some((start) => path.startsWith(start)))).toEqual([]);
});
