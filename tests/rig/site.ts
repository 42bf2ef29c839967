/** A comune's own site: another origin, with a look of its own, and a policy that lets in of the reception what docs/webmaster.md asks for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Site {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const LOOK = 'body { font-family: Georgia, serif; color: #222; background: #fff } portineria-offices { --portineria-open: rgb(0, 90, 60); --portineria-radius: 12px }';

/** Serves on loopback a page for each path, which has the offices as it writes them. @param reception where they come from */
export async function startSite(reception: string, offices: Readonly<Record<string, string>>): Promise<Site> {
  const policy = `default-src 'none'; style-src 'self'; script-src ${reception}/embed.js; connect-src ${reception}/api/comune; require-trusted-types-for 'script'; trusted-types 'none'`;
  const server = createServer(({ url }, response) => {
    const has = offices[url ?? ''];
    if (url === '/look.css') response.writeHead(200, { 'content-type': 'text/css' }).end(LOOK);
    else if (has === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
        .end(`<!doctype html><html lang="it"><title>Comune</title><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/look.css"><script src="${reception}/embed.js" async></script><main><h1>Comune</h1>${has}</main>`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
