/**
 * Renders pages from their sources while one works on them. What the bot loads as their build (server/page.js) is then a line that asks
 * here for each page: so the bot is the same as ever.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Connect, Plugin, ViteDevServer } from 'vite';
import { escapeHtml } from '@portineria/config/harmless';
import type { render } from '../src/page.ts';

/** What the bot loads in place of the built renderer. */
const asking = (address: string): string => `/** Asks for a page where it is rendered from its sources: client/build/renderer.ts. */
export async function render(request) {
  const answer = await fetch(${JSON.stringify(address)}, { method: 'POST', body: JSON.stringify(request) });
  return answer.json();
}
`;

type Rendered = Awaited<ReturnType<typeof render>>;

/** What stands in place of a page that cannot be rendered, until the next change. */
function broken(error: unknown): Rendered {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { status: 500, html: `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>500</title></head>\n<body><pre>${escapeHtml(said)}</pre></body>\n</html>\n`, csp: { script: [], style: [] } };
}

/** Renders a page, and lets it hear of changes. */
async function rendered(server: ViteDevServer, request: Parameters<typeof render>[0]): Promise<Rendered> {
  const page = await (async (): Promise<Rendered> => {
    try {
      const sources = await server.ssrLoadModule('/src/page.ts') as { render: typeof render };
      return await sources.render(request);
    } catch (error) {
      if (error instanceof Error) server.ssrFixStacktrace(error);
      server.config.logger.error(`The page ${request.path} cannot be rendered: ${String(error)}`);
      return broken(error);
    }
  })();
  return { ...page, html: await server.transformIndexHtml(request.path, page.html) };
}

/** The Vite plugin. @param publicUrl where this server listens for the bot */
export function renderer(): Plugin {
  return {
    name: 'portineria:renderer',
    apply: 'serve',
    configureServer(server) {
      const { host, port } = server.config.server;
      // Nobody but the bot knows it: what comes here is its own.
      const path = `/@render/${randomUUID()}`;
      const folder = server.environments.ssr.config.build.outDir;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'page.js'), asking(`http://${String(host)}:${port}${path}`));
      let isBroken = false;
      const answer = async (request: IncomingMessage): Promise<string> => {
        const page = await rendered(server, JSON.parse(await text(request)) as Parameters<typeof render>[0]);
        isBroken = page.status === 500;
        return JSON.stringify(page);
      };
      const handle: Connect.NextHandleFunction = (request, response, next) => {
        answer(request).then((page) => response.setHeader('content-type', 'application/json').end(page), next);
      };
      server.middlewares.use(path, handle);
      // A page that could not be rendered is in no graph of modules: any change may have mended it.
      server.watcher.on('change', () => {
        if (isBroken) server.ws.send({ type: 'full-reload' });
      });
    },
  };
}
