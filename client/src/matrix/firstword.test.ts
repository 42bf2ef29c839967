import { expect, test } from 'vitest';
import type { MatrixClient } from 'matrix-js-sdk';
import { firstWords } from './firstword.ts';

interface Asked {
  readonly since?: string;
  readonly timeout: number;
}

/** A homeserver that gives these answers, one after the other, and then none. */
function answering(...answers: object[]): { client: Pick<MatrixClient, 'http'>; asked: Asked[] } {
  const asked: Asked[] = [];
  const http = {
    authedRequest: (_method: string, _path: string, query: Asked, _body: unknown, { abortSignal }: { abortSignal: AbortSignal }) => {
      asked.push(query);
      const answer = answers.shift();
      return answer === undefined ? new Promise((_, fail) => abortSignal.addEventListener('abort', () => fail(new Error('aborted')))) : Promise.resolve(answer);
    },
  };
  return { client: { http } as unknown as Pick<MatrixClient, 'http'>, asked };
}

const word = { type: 'it.portineria.ticket', sender: '@portineria:comune.example', content: { state: 'waiting' } };

test('the first messages are given back, and nothing is asked for after them, so that the stream is given them again', async () => {
  const { client, asked } = answering({ next_batch: 'one' }, { next_batch: 'two', to_device: { events: [] } }, { next_batch: 'three', to_device: { events: [word] } });
  expect(await firstWords(client, new AbortController().signal)).toEqual([word]);
  expect(asked.map(({ since }) => since)).toEqual([undefined, 'one', 'two']);
  expect(asked[0]?.timeout).toBe(0);
});

test('it ends when it is told to, be it in the midst of a question', async () => {
  const { client, asked } = answering({ next_batch: 'one' });
  const end = new AbortController();
  const words = firstWords(client, end.signal);
  await expect.poll(() => asked.length).toBe(2);
  end.abort();
  await expect(words).rejects.toThrow('aborted');
  expect(await firstWords(client, end.signal)).toEqual([]);
});
