import { expect, test } from 'vitest';
import { Responses } from './responses.ts';

function clock() {
  let now = 0;
  const responses = new Responses(() => now);
  return { responses, pass: (time: number) => { now += time; } };
}

test('what fails in passing is no fault; what goes on failing is one, until something succeeds', () => {
  const { responses, pass } = clock();
  responses.begin()('500');
  pass(2_000);
  expect(responses.fault).toBe(null);
  responses.begin()(null);
  pass(60_000);
  expect(responses.fault).toBe(null);
  responses.begin()('503');
  pass(6_000);
  responses.begin()('500');
  expect(responses.fault).toBe('500');
  responses.begin()(null);
  expect(responses.fault).toBe(null);
});

test('a request that is not answered is a fault before its time is over', () => {
  const { responses, pass } = clock();
  const end = responses.begin();
  pass(5_000);
  responses.begin()(null);
  expect(responses.fault).toBe(null);
  pass(7_000);
  expect(responses.fault).toBe('it has not answered for 12 s');
  end(null);
  expect(responses.fault).toBe(null);
});
