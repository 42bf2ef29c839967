import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isBotSource, policyInWork } from './front.ts';
import { ROOT } from './paths.ts';

test('of a page’s policy only scripts, styles and workers are let in from more places, and from none outside', () => {
  const policy = "default-src 'none'; script-src localhost:8080/assets/ 'wasm-unsafe-eval'; style-src 'self' 'sha256-AAAA='; connect-src 'self'; worker-src 'none'; frame-ancestors 'none'";
  expect(policyInWork(policy)).toBe("default-src 'none'; script-src localhost:8080/assets/ 'wasm-unsafe-eval' 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src blob:; frame-ancestors 'none'");
});

test('what the bot is made of has it started anew, and nothing else', () => {
  for (const file of ['bot/src/judgement/decide.ts', 'bot/texts/it.json', 'config/src/door.ts']) expect([file, isBotSource(join(ROOT, file))]).toEqual([file, true]);
  for (const file of ['bot/src/judgement/decide.test.ts', 'bot/src/ground/settings.fixture.ts', 'bot/dist/bot/main.js', 'client/src/app.ts', 'config/src/door.ts~', 'config/maruggio.yaml']) expect([file, isBotSource(join(ROOT, file))]).toEqual([file, false]);
});
