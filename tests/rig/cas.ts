/** A place to log in at beside the homeserver, in small: a CAS server (protocol 2.0) that knows who is there without asking. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Cas extends AsyncDisposable {
  readonly url: string;
  /** Who is there; null for somebody whom it does not let in. */
  user: string | null;
}

const said = (inner: string): string => `<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">${inner}</cas:serviceResponse>`;

export async function startCas(): Promise<Cas> {
  const cas: { user: string | null } = { user: null };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/login') {
      const back = new URL(searchParams.get('service') ?? '');
      back.searchParams.set('ticket', 'ST-1');
      return response.writeHead(302, { location: back.href }).end();
    }
    const answer = cas.user === null ? '<cas:authenticationFailure code="INVALID_TICKET">nobody</cas:authenticationFailure>' : `<cas:authenticationSuccess><cas:user>${cas.user}</cas:user></cas:authenticationSuccess>`;
    return response.writeHead(200, { 'content-type': 'application/xml' }).end(said(answer));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return Object.assign(cas, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }),
  });
}
