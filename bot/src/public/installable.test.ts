import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { comune, reception, running } from './http.fixture.ts';

const offices = comune().offices.map((office, index) => (index === 0 ? { ...office, phone: '+39 099 <1>' } : office));
const installed = reception({ comune: () => comune({ phone: '+39 099 000', colour: '#008055', offices }) });

test('the app is called as the comune is, in its colour and in the language of the page that it was installed from', async () => {
  await using server = await running({ reception: installed });
  const answer = await server.ask('/manifest.webmanifest?lang=en');
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/manifest+json; charset=utf-8']);
  expect(JSON.parse(answer.text)).toMatchObject({
    name: 'Comune di Maruggio', short_name: 'Reception', lang: 'en', start_url: '/?lang=en', scope: '/', display: 'standalone', theme_color: '#008055',
  });
  expect(JSON.parse((await server.ask('/manifest.webmanifest', { headers: { 'accept-language': 'it' } })).text)).toMatchObject({ lang: 'it', start_url: '/' });
  const { icons } = z.object({ icons: z.array(z.object({ src: z.string(), sizes: z.string(), type: z.string(), purpose: z.string() })) }).parse(JSON.parse(answer.text));
  for (const purpose of ['any', 'maskable']) expect(icons.filter((one) => one.purpose === purpose).map(({ sizes, type }) => [sizes, type])).toEqual([['192x192', 'image/png'], ['512x512', 'image/png'], ['any', 'image/svg+xml']]);
  for (const { src, type } of icons) expect([src, (await server.ask(src)).headers['content-type']]).toEqual([src, type]);
  const icon = await server.ask('/icon.svg');
  expect([icon.headers['content-type'], icon.text]).toEqual(['image/svg+xml', expect.stringContaining('fill="#008055" d="M0 0h32v32H0z"')]);
});

test('what it shows without a network is whole in itself, names the telephones, and runs and looks as its own policy lets it', async () => {
  await using server = await running({ reception: installed });
  const { text, headers } = await server.ask('/offline?lang=en');
  expect(text).toContain('<h1>No network</h1>');
  expect([...text.matchAll(/<li>(.*?)<\/li>/gu)].map(([, line]) => line)).toEqual(['Comune di Maruggio: <a href="tel:+39099000">+39 099 000</a>', 'Registry: <a href="tel:+390991">+39 099 &lt;1&gt;</a>']);
  expect(text).not.toMatch(/\ssrc=|<link/u);
  const policy = String(headers['content-security-policy']);
  for (const element of ['script', 'style']) {
    const [, inline = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 'u').exec(text) ?? [];
    expect(policy).toContain(`'sha256-${createHash('sha256').update(inline).digest('base64')}'`);
  }
});
