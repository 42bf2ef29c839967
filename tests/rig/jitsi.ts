/**
 * What stands in for a Jitsi, as no real one runs here: its script, its conferences, and the check of tokens as Prosody's plugin is
 * documented to make it (lib-jitsi-meet, doc/tokens.md). It carries no sound.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { jwtVerify } from 'jose';
import type { BrowserContext } from 'playwright-core';
import * as z from 'zod';

/** Where browsers believe it to be. */
export const JITSI_DOMAIN = 'meet.comune.example';
export const JITSI_APP = 'portineria';
export const JITSI_SECRET = 'a secret of thirty-two characters';

/** A configuration with an office more, `protocollo`, which never closes and prefers Jitsi. @param staff its staff's user ids */
export function preferringJitsi(config: string, ...staff: string[]): string {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `${day}: ["00:00-24:00"]`).join(', ');
  return config.replace('limits:', `  - { id: protocollo, name: Protocollo, call: jitsi, hours: { ${days} }, staff: ${JSON.stringify(staff)} }
jitsi: { domain: ${JITSI_DOMAIN}, app_id: ${JITSI_APP}, secret_file: jitsi.secret }
limits:`);
}

/** Writes the secret that such a configuration names. */
export function giveSecret(configFile: string): void {
  writeFileSync(join(dirname(configFile), 'jitsi.secret'), `${JITSI_SECRET}\n`);
}

/** Somebody in a conference, and how they came in. */
interface Participant {
  readonly room: string;
  /** As shown to the others. */
  readonly name: string;
  readonly lang: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The frame got the microphone. */
  readonly microphone: boolean;
  /** From the token; null where none was asked for. */
  readonly affiliation: string | null;
}

export interface Jitsi {
  /** Where it is in truth. */
  readonly url: string;
  /** Who is in a conference now. */
  readonly inside: (room: string) => Participant[];
  /** Why people were not let in, so far. */
  readonly refused: string[];
  /** Nothing of it can be reached, until it is back. */
  readonly away: (away: boolean) => void;
  /** Leads a browser's requests for its domain here, and no others. */
  readonly lead: (context: BrowserContext) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const Entry = z.object({ room: z.string(), jwt: z.string().nullable(), lang: z.string().nullable(), name: z.string(), settings: z.record(z.string(), z.unknown()), microphone: z.boolean() });
const Whose = z.object({ id: z.string() });
const Context = z.object({ user: z.object({ id: z.string(), affiliation: z.string(), moderator: z.string() }) });
const GONE = 2_000;

const file = (name: string): string => readFileSync(new URL(`jitsi/${name}`, import.meta.url), 'utf8');
const ROOM = '<!doctype html><meta charset="utf-8"><title>Jitsi Meet</title><body><script src="/room.js"></script>';

/** The claims that Prosody checks. @throws Error with the reason */
async function admitted(room: string, jwt: string | null): Promise<string> {
  if (jwt === null) throw new Error('A token is required');
  const { payload } = await jwtVerify(jwt, new TextEncoder().encode(JITSI_SECRET), { algorithms: ['HS256'], issuer: JITSI_APP, audience: 'jitsi', requiredClaims: ['exp', 'nbf'] });
  if (payload['room'] !== room) throw new Error('The token is for another conference');
  if (payload.sub !== JITSI_DOMAIN) throw new Error('The token is for another domain');
  return Context.parse(payload['context']).user.affiliation;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array));
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

/** Starts it on loopback. @param tokens whether it asks for them */
export async function startJitsi({ tokens = true }: { tokens?: boolean } = {}): Promise<Jitsi> {
  const people = new Map<string, Participant & { seen: number }>();
  const refused: string[] = [];
  let isAway = false;
  const inside = (room: string): Participant[] => [...people.values()].filter((one) => one.room === room && Date.now() - one.seen < GONE);

  const enter = async (body: unknown): Promise<[number, object]> => {
    const { jwt, ...entry } = Entry.parse(body);
    try {
      const affiliation = tokens ? await admitted(entry.room, jwt) : null;
      const id = randomUUID();
      people.set(id, { ...entry, affiliation, seen: Date.now() });
      return [200, { id }];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      refused.push(why);
      return [403, { why }];
    }
  };
  const here = (body: unknown): [number, object] => {
    const { id } = Whose.parse(body);
    const one = people.get(id);
    if (one === undefined) return [404, { names: [] }];
    people.set(id, { ...one, seen: Date.now() });
    return [200, { names: inside(one.room).map(({ name }) => name) }];
  };
  const leave = (body: unknown): [number, object] => {
    people.delete(Whose.parse(body).id);
    return [200, {}];
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const send = (type: string, body: string, status = 200): void => void response.writeHead(status, { 'content-type': type }).end(body);
    if (request.method === 'POST') {
      const body = await bodyOf(request);
      const [status, told] = pathname === '/conference/enter' ? await enter(body) : pathname === '/conference/here' ? here(body) : leave(body);
      return send('application/json', JSON.stringify(told), status);
    }
    if (pathname === '/external_api.js') return send('text/javascript', file('external_api.js'));
    if (pathname === '/room.js') return send('text/javascript', file('room.js'));
    return send('text/html', ROOM);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    inside,
    refused,
    away: (away) => (isAway = away),
    lead: async (context) => {
      await context.route(`https://${JITSI_DOMAIN}/**`, async (route) => {
        if (isAway) return route.abort('connectionrefused');
        const { pathname, search } = new URL(route.request().url());
        const response = await route.fetch({ url: `${url}${pathname}${search}` });
        await route.fulfill({ response });
      });
    },
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
