/**
 * What browsers reach under `npm run dev`: the pages as their sources stand, by Vite, and behind them the bot, which knows nothing of it.
 * What a page needs to be changed while it is open is let through here alone: the bot's own policies stay as they are.
 */
import { once } from 'node:events';
import { mkdirSync, realpathSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { dirname, join } from 'node:path';
import { createLogger, createServer } from 'vite';
import type { InlineConfig, Plugin, ViteDevServer } from 'vite';
import type { Program } from './builds.ts';
import { ROOT } from './paths.ts';

/** Of the pages' sources: all else is the bot's. */
const OF_VITE = /^\/(?:@|src\/|texts\/|look\/|node_modules\/|widget\/)/u;
const OF_THE_BOT = '^/(?!@|src/|texts/|look/|node_modules/|widget/)';

/** What who asks the bot is told while it is started anew, as Matrix clients read it. */
const AWAY = JSON.stringify({ errcode: 'M_UNKNOWN', error: 'The bot is being started anew', retry_after_ms: 1000 });

/**
 * When a saved file counts as written, in milliseconds. Without it a file's change is told as soon as it begins and no other for 50 ms: what
 * a formatter writes right after the editor, or who mends a fault at once, would never be seen.
 */
const SETTLED = { stabilityThreshold: 20, pollInterval: 10 };

/** What the bot is made of, beside its packages. A change starts it anew. */
const BOT_SOURCES = ['bot/src', 'bot/texts', 'config/src', 'config/languages'].map((folder) => join(ROOT, folder));

/** Whether the bot has to be started anew for a file. */
export function isBotSource(file: string): boolean {
  return BOT_SOURCES.some((folder) => file.startsWith(`${folder}/`)) && /\.(?:ts|json)$/u.test(file) && !/\.(?:test|fixture)\.ts$/u.test(file);
}

/**
 * The policy of a page that is changed while it is open: its modules lie in many folders, its styles are put in by script, and where the
 * server has gone a worker waits for it to come back.
 */
export function policyInWork(policy: string): string {
  const directive = (one: string): string => {
    if (one.startsWith('script-src ')) return `${one} 'self'`;
    if (one.startsWith('style-src ')) return "style-src 'self' 'unsafe-inline'";
    return one.startsWith('worker-src ') ? `${one.replace(" 'none'", '')} blob:` : one;
  };
  return policy.split('; ').map(directive).join('; ');
}

interface FrontOptions {
  /** Where people reach it on this machine. */
  port: number;
  botPort: number;
  /** The folder of what it writes. */
  folder: string;
  /** Told of each file of the bot that was changed. */
  changed: () => void;
}

export interface Front {
  /** The bot is away from now on: who asks for a page waits for its release, all others are told to ask again. */
  hold: () => void;
  release: () => void;
  /** Has the open pages load themselves anew. */
  reload: () => void;
  close: () => Promise<void>;
}

/** What the bot runs and serves while it is worked on: it starts twice as fast where it may take the memory. */
export function programIn(folder: string): Program {
  return { main: join(ROOT, 'bot/src/main.ts'), flags: [], pages: join(folder, 'pages'), widget: join(folder, 'widget') };
}

/** Serves the pages from their sources, and passes on to the bot what is not theirs. The bot is away until it is released. */
export async function openFront({ port, botPort, folder, changed }: FrontOptions): Promise<Front> {
  // What whoever calls has set would leave out what changes pages while they are open.
  process.env['NODE_ENV'] = 'development';
  const { pages, widget } = programIn(folder);
  for (const made of [join(pages, 'public'), widget]) mkdirSync(made, { recursive: true });

  let gate = Promise.withResolvers<void>();
  let isHeld = true;
  const beforeTheBot: Plugin = {
    name: 'portineria:front',
    configureServer(server) {
      server.watcher.add(BOT_SOURCES);
      server.watcher.on('all', (_event, file) => {
        if (isBotSource(file)) changed();
      });
      server.middlewares.use((request, response, next) => {
        const url = request.url ?? '/';
        if (url.startsWith('/widget/')) widgets.middlewares(request, response, next);
        else if (!isHeld || OF_VITE.test(url)) next();
        else if (request.headers['sec-fetch-mode'] === 'navigate') void gate.promise.then(() => next());
        else response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/json' }).end(AWAY);
      });
    },
  };

  const http = createHttpServer();
  const logger = createLogger('warn', { allowClearScreen: false });
  const error = logger.error.bind(logger);
  // Lines that break with the bot are no news: that it is started anew is said.
  logger.error = (said, options) => {
    if (!/\b(?:http|ws) proxy (?:socket )?error:/u.test(said)) error(said, options);
  };
  const serve = (name: 'client' | 'widget', more: InlineConfig): Promise<ViteDevServer> => createServer({
    ...more,
    configFile: join(ROOT, name, 'vite.config.ts'),
    cacheDir: join(folder, `packages-${name}`),
    customLogger: logger,
    appType: name === 'client' ? 'custom' : 'mpa',
    server: {
      ...more.server,
      watch: { awaitWriteFinish: SETTLED },
      middlewareMode: { server: http },
      ws: { server: http, path: '@ws' },
      host: '127.0.0.1',
      port,
      // What other origins may read is the bot's to say.
      cors: false,
      // Packages lie where they are installed. Nothing else of this checkout is served: data folders hold secrets.
      fs: { allow: [...['client', 'widget', 'config'].map((one) => join(ROOT, one)), dirname(realpathSync(join(ROOT, 'node_modules/vite'))), folder] },
    },
  });
  const widgets = await serve('widget', {});
  const client = await serve('client', {
    plugins: [beforeTheBot],
    environments: { client: { build: { outDir: join(pages, 'public') } }, ssr: { build: { outDir: join(pages, 'server') } } },
    server: {
      proxy: {
        [OF_THE_BOT]: {
          target: `http://127.0.0.1:${botPort}`,
          ws: true,
          configure: (proxy) => void proxy.on('proxyRes', ({ headers }, { url }) => {
            const policy = headers['content-security-policy'];
            if (typeof policy === 'string' && url?.startsWith('/element-call/') !== true) headers['content-security-policy'] = policyInWork(policy);
          }),
        },
      },
    },
  });
  http.on('request', (request, response) => client.middlewares(request, response));
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    hold: () => {
      if (!isHeld) gate = Promise.withResolvers();
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      gate.resolve();
    },
    reload: () => client.ws.send({ type: 'full-reload' }),
    close: async () => {
      gate.resolve();
      http.closeAllConnections();
      http.close();
      await Promise.all([client.close(), widgets.close()]);
    },
  };
}
