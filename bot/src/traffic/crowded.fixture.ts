/** Many at once, on real sockets: a homeserver that lets long polls wait, the reception before it, and those who ask. */
import { request as send, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { running, type Answer, type Running } from '../public/http.fixture.ts';
import { listening } from '../ground/listening.fixture.ts';

/** A homeserver that never answers a poll, and everything else at once. */
export interface Home extends AsyncDisposable {
  url: string;
  polls: Set<IncomingMessage>;
  seen: string[];
}
export async function home(): Promise<Home> {
  const polls = new Set<IncomingMessage>();
  const seen: string[] = [];
  const server = await listening((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url?.includes('/sync')) {
      polls.add(request);
      response.on('close', () => polls.delete(request));
      return;
    }
    let size = 0;
    request.on('data', (part: Buffer) => { size += part.length; });
    request.on('end', () => { response.setHeader('content-type', 'application/json').end(JSON.stringify({ size })); });
  });
  return { ...server, polls, seen };
}
export const before = (upstream: Home, more: Parameters<typeof running>[0] = {}): Promise<Running> =>
  running({ ...more, settings: { homeserver: { url: upstream.url, name: 'comune.example' }, trusted_proxies: ['127.0.0.1'], ...more.settings } });

export const POLL = '/_matrix/client/v3/sync?timeout=30000';
export async function so(look: () => boolean): Promise<void> {
  while (!look()) await sleep(10);
}
export interface Poll {
  asked: ClientRequest;
  refused: Promise<Answer>;
}
/** Begins to wait for news, from an address and as somebody. */
export function poll({ base }: Running, address: string, token = 'nobody'): Poll {
  const { port } = new URL(base);
  let done: (answer: Answer) => void;
  const refused = new Promise<Answer>((resolve) => { done = resolve; });
  const asked = send({ port, host: '127.0.0.1', path: POLL, agent: false, headers: { 'x-forwarded-for': address, authorization: `Bearer ${token}` } }, (answer) => {
    let text = '';
    answer.on('data', (part: Buffer) => { text += part.toString(); });
    answer.on('end', () => { done({ status: answer.statusCode ?? 0, headers: answer.headers, text }); });
  });
  asked.on('error', () => undefined).end();
  return { asked, refused };
}
