/** A small Matrix client that shows one widget, as Element does: its own origin, its own frame, ClientWidgetApi on the other side. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export interface WidgetHost {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Bundles the page's script. */
async function script(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, rolldownOptions: { input: fileURLToPath(new URL('widget-host/page.ts', import.meta.url)) } },
  });
  const [bundle] = [built].flat();
  const chunk = bundle !== undefined && 'output' in bundle ? bundle.output.find(({ type }) => type === 'chunk') : undefined;
  if (chunk?.type !== 'chunk') throw new Error('Expected one script of the widget’s host');
  return chunk.code;
}

/** Serves the client on loopback. */
export async function startWidgetHost(): Promise<WidgetHost> {
  const code = await script();
  const page = '<!doctype html><meta charset="utf-8"><title>A client</title><meta name="viewport" content="width=device-width"><style>body{margin:0}iframe{width:100%;height:420px;border:0}iframe.room{height:100vh}</style><body><script type="module" src="/page.js"></script>';
  const server = createServer(({ url }, response) => {
    if (url === '/page.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(code);
    else response.writeHead(200, { 'content-type': 'text/html' }).end(page);
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
