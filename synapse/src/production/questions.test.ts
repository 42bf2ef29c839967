import { expect, test } from 'vitest';
import { installationFrom, typedOptions, type Known, type Question } from './questions.ts';

const known = (different: Partial<Known> = {}): Known => ({ typed: {}, before: undefined, declared: undefined, lookUp: async () => '203.0.113.7', ...different });

/** Somebody who answers some questions, and accepts what is suggested to the others. */
function somebody(answers: Partial<Record<Question['key'], string>>): { asked: [string, string | undefined][]; answerTo: (question: Question) => Promise<string> } {
  const asked: [string, string | undefined][] = [];
  return {
    asked,
    answerTo: async ({ key, suggested }) => {
      asked.push([key, suggested]);
      return answers[key] ?? '';
    },
  };
}

test('what is asked for has an answer suggested, which follows from the answers before', async () => {
  const { asked, answerTo } = somebody({ domain: 'reception.comune.example', email: 'ced@comune.example' });
  expect(await installationFrom(known(), answerTo)).toEqual({
    domain: 'reception.comune.example', server: 'comune.example', turn: 'turn.reception.comune.example', email: 'ced@comune.example', address: '203.0.113.7', federation: 'any', certificates: 'acme', metrics: null,
  });
  expect(asked).toEqual([
    ['domain', undefined], ['server', 'comune.example'], ['turn', 'turn.reception.comune.example'], ['email', 'webmaster@comune.example'], ['address', '203.0.113.7'],
  ]);
});

test('what was typed is not asked for, and what was answered before is suggested', async () => {
  const before = await installationFrom(known({ typed: typedOptions(['--domain', 'reception.comune.example', '--email', 'ced@comune.example', '--federation', 'altro.example, terzo.example']) }));
  expect(before.federation).toEqual(['altro.example', 'terzo.example']);
  const { asked, answerTo } = somebody({});
  expect(await installationFrom(known({ typed: { address: '203.0.113.8' }, before }), answerTo)).toEqual({ ...before, address: '203.0.113.8' });
  expect(asked).toEqual([['domain', before.domain], ['server', 'comune.example'], ['turn', before.turn], ['email', 'ced@comune.example']]);
});

test('figures are nowhere unless a port is named, which stays until it is taken back', async () => {
  const before = await installationFrom(known({ typed: { domain: 'reception.comune.example', metrics: '9100' } }));
  expect([before, await installationFrom(known({ typed: {}, before })), await installationFrom(known({ typed: { metrics: 'none' }, before }))].map(({ metrics }) => metrics)).toEqual([9100, 9100, null]);
});

test('a domain right below a country’s is the server’s name itself, and the comune’s configuration beats both', async () => {
  expect((await installationFrom(known({ typed: { domain: 'comune.example' } }))).server).toBe('comune.example');
  expect((await installationFrom(known({ typed: { domain: 'reception.comune.example' }, declared: 'unione.example' }))).server).toBe('unione.example');
});

test.each([
  [{ typed: { domain: 'reception.comune.example', server: 'comune.example' }, declared: 'altro.example' }, 'make them the same'],
  [{ typed: { domain: 'reception.comune.example', turn: 'reception.comune.example' } }, '--turn must be another name'],
  [{ typed: { domain: 'reception.comune.example', federation: 'everybody' } }, '--federation'],
  [{ typed: { domain: 'reception.comune.example', metrics: 'everywhere' } }, '--metrics'],
  [{ typed: { domain: 'reception.comune.example' }, lookUp: async () => undefined }, '--address is needed'],
])('what does not fit together is said (%#)', async (different, sentence) => {
  await expect(installationFrom(known(different))).rejects.toThrow(sentence);
});
